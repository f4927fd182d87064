use super::super::golden::{golden, joined, received};
use super::draft::Draft;
use crate::node::{Channel, CommitError, Peer, commit_block};
use crate::validation::{World, look_ahead, validate};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SigningIdentity;
use selvedge_ledger::{ParsedBlock, data_hash};
use selvedge_protos::common::{Block, BlockData, BlockHeader, BlockMetadata};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A peer of Org1 on the recorded channel, and everybody's keys.
pub(super) struct Bench {
    _dir: tempfile::TempDir,
    peer: Peer,
    pub(super) channel: Arc<Channel>,
    pub(super) org1: SigningIdentity,
    pub(super) org2: SigningIdentity,
    pub(super) org3: SigningIdentity,
    pub(super) user: SigningIdentity,
    nonce: AtomicU64,
}

fn identity(org: u8, folder: &str) -> SigningIdentity {
    let dir = golden().join(format!(
        "crypto/peerOrganizations/org{org}.example.com/{folder}.org{org}.example.com/msp"
    ));
    let dir = if folder.starts_with("users") {
        dir.with_file_name("msp")
    } else {
        dir
    };
    SigningIdentity::from_msp_dir(dir, &format!("Org{org}MSP")).unwrap()
}

impl Bench {
    /// With the channel fed up to its last block.
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (peer, channel) = joined(dir.path(), &golden());
        for number in 1..54 {
            let path = golden().join(format!("blocks/{number:04}.block"));
            commit_block(&peer, &channel, received(&path).0).unwrap();
        }
        let user = golden()
            .join("crypto/peerOrganizations/org2.example.com/users/User1@org2.example.com/msp");
        Self {
            _dir: dir,
            peer,
            channel,
            org1: identity(1, "peers/peer0"),
            org2: identity(2, "peers/peer0"),
            org3: identity(3, "peers/peer0"),
            user: SigningIdentity::from_msp_dir(user, "Org2MSP").unwrap(),
            nonce: AtomicU64::new(0),
        }
    }

    /// A valid transaction of `kv`, endorsed by Org1, that writes nothing yet.
    pub(super) fn draft(&self) -> Draft<'_> {
        let nonce = self.nonce.fetch_add(1, Ordering::Relaxed);
        Draft::new(&self.user, &[&self.org1], nonce)
    }

    pub(super) fn block(&self, data: Vec<Bytes>) -> Bytes {
        let info = self.channel.ledger().chain_info().unwrap();
        let header = BlockHeader {
            number: info.height,
            previous_hash: info.current_block_hash,
            data_hash: Bytes::copy_from_slice(&data_hash(&data)),
        };
        Block {
            header: Some(header),
            data: Some(BlockData { data }),
            metadata: Some(BlockMetadata {
                metadata: vec![Bytes::new(); 5],
            }),
        }
        .encode_to_vec()
        .into()
    }

    /// The codes before conflicts, on one thread and on several.
    pub(super) fn judge(&self, envelopes: Vec<Bytes>) -> Vec<u8> {
        self.verdicts(envelopes).unwrap()
    }

    /// As [`Bench::judge`], also of blocks that cannot be judged.
    pub(super) fn verdicts(&self, envelopes: Vec<Bytes>) -> Result<Vec<u8>, String> {
        let codes = |threads| {
            let config = self.channel.config();
            let snapshot = self.channel.ledger().snapshot();
            let world = World {
                config: &config,
                snapshot: &snapshot,
                is_committed: &|tx_id| {
                    let found = self.channel.ledger().has_transaction(tx_id);
                    found.map_err(|error| error.to_string())
                },
                channel: &|id| self.peer.channel(id).map(|channel| channel.config()),
                threads,
            };
            let parsed = ParsedBlock::parse(&self.block(envelopes.clone())).unwrap();
            let judged = validate(&parsed, &world).map(|validated| validated.codes);
            judged.map_err(|error| error.to_string())
        };
        // Whether signatures were looked at before makes no difference either.
        if self.nonce.load(Ordering::Relaxed).is_multiple_of(2) {
            let config = self.channel.config();
            look_ahead(&envelopes, &config, &AtomicBool::new(false));
        }
        let serial = codes(1);
        assert_eq!(serial, codes(3));
        serial
    }

    /// The code of one transaction alone in its block.
    pub(super) fn code(&self, draft: &Draft<'_>) -> u8 {
        self.judge(vec![draft.envelope()])[0]
    }

    /// The final codes; the block is committed.
    pub(super) fn commit(&self, drafts: &[Draft<'_>]) -> Vec<u8> {
        self.try_commit(drafts).unwrap()
    }

    pub(super) fn try_commit(&self, drafts: &[Draft<'_>]) -> Result<Vec<u8>, CommitError> {
        let block = self.block(drafts.iter().map(Draft::envelope).collect());
        let committed = commit_block(&self.peer, &self.channel, block)?;
        Ok(committed.codes.clone())
    }
}
