//! Blocks that no honest orderer would make: they are judged, or refused whole, and the peer goes on.

use super::golden::{golden, peer, received};
use crate::node::{Channel, CommitError, Peer, commit_block};
use crate::validation::{World, validate};
use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;
use selvedge_ledger::{ParsedBlock, data_hash};
use selvedge_protos::common::{Block, BlockData, BlockHeader, BlockMetadata};
use std::rc::Rc;
use std::sync::Arc;

struct Bench {
    _dir: tempfile::TempDir,
    peer: Peer,
    channel: Arc<Channel>,
    /// Real envelopes, to be broken.
    envelopes: Vec<Bytes>,
}

/// One peer for all cases of a test, after the recorded deployment of its chaincode. It goes with the test's thread, which
/// a static would outlive.
fn bench() -> Rc<Bench> {
    thread_local! {
        static BENCH: Rc<Bench> = Rc::new(Bench::found());
    }
    BENCH.with(Rc::clone)
}

impl Bench {
    fn found() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let peer = peer(dir.path());
        let channel = peer
            .join(received(&golden().join("genesis.block")).0)
            .unwrap();
        let mut envelopes = Vec::new();
        for number in 1..54 {
            let (bytes, block) = received(&golden().join(format!("blocks/{number:04}.block")));
            envelopes.extend(block.data.unwrap().data);
            if number < 8 {
                commit_block(&peer, &channel, bytes).unwrap();
            }
        }
        Self {
            _dir: dir,
            peer,
            channel,
            envelopes,
        }
    }
}

/// The next block of the bench's channel, whatever its envelopes.
fn block(channel: &Channel, data: Vec<Bytes>, metadata: Vec<Bytes>) -> Bytes {
    let info = channel.ledger().chain_info().unwrap();
    let header = BlockHeader {
        number: info.height,
        previous_hash: info.current_block_hash,
        data_hash: Bytes::copy_from_slice(&data_hash(&data)),
    };
    Block {
        header: Some(header),
        data: Some(BlockData { data }),
        metadata: Some(BlockMetadata { metadata }),
    }
    .encode_to_vec()
    .into()
}

#[derive(Clone, Debug)]
enum Envelope {
    Random(Vec<u8>),
    Recorded(prop::sample::Index),
    Flipped(prop::sample::Index, prop::sample::Index, u8),
    Cut(prop::sample::Index, prop::sample::Index),
}

fn envelope() -> impl Strategy<Value = Envelope> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..64).prop_map(Envelope::Random),
        any::<prop::sample::Index>().prop_map(Envelope::Recorded),
        any::<(prop::sample::Index, prop::sample::Index, u8)>()
            .prop_map(|(a, b, c)| Envelope::Flipped(a, b, c)),
        any::<(prop::sample::Index, prop::sample::Index)>().prop_map(|(a, b)| Envelope::Cut(a, b)),
    ]
}

fn make(envelope: Envelope, recorded: &[Bytes]) -> Bytes {
    match envelope {
        Envelope::Random(bytes) => bytes.into(),
        Envelope::Recorded(which) => which.get(recorded).clone(),
        Envelope::Flipped(which, at, with) => {
            let mut bytes = which.get(recorded).to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= with;
            bytes.into()
        }
        Envelope::Cut(which, at) => {
            let bytes = which.get(recorded);
            bytes.slice(..at.index(bytes.len()))
        }
    }
}

/// The codes, judged on so many threads.
fn judge(bench: &Bench, block: &Bytes, threads: usize) -> Result<Vec<u8>, String> {
    let config = bench.channel.config();
    let snapshot = bench.channel.ledger().snapshot();
    let world = World {
        config: &config,
        snapshot: &snapshot,
        is_committed: &|tx_id| {
            let status = bench
                .channel
                .ledger()
                .tx_status(tx_id)
                .map_err(|error| error.to_string())?;
            Ok(status.is_some())
        },
        channel: &|_| None,
        threads,
    };
    let parsed = ParsedBlock::parse(block).unwrap();
    validate(&parsed, &world)
        .map(|validated| validated.codes)
        .map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_block_is_judged_the_same_on_any_number_of_threads_and_never_panics(
        envelopes in proptest::collection::vec(envelope(), 1..12),
        metadata in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..8), 0..7),
    ) {
        let bench = bench();
        let count = envelopes.len();
        let data = envelopes.into_iter().map(|envelope| make(envelope, &bench.envelopes)).collect();
        let metadata = metadata.into_iter().map(Bytes::from).collect();
        let block = block(&bench.channel, data, metadata);
        let serial = judge(&bench, &block, 1);
        prop_assert_eq!(&serial, &judge(&bench, &block, 4));
        let height = bench.channel.ledger().height();
        match commit_block(&bench.peer, &bench.channel, block) {
            Ok(committed) => {
                prop_assert_eq!(committed.codes.len(), count);
                prop_assert_eq!(bench.channel.ledger().height(), height + 1);
            }
            Err(CommitError::Validation(error)) => {
                prop_assert_eq!(serial, Err(error.to_string()));
                prop_assert_eq!(bench.channel.ledger().height(), height);
            }
            Err(other) => prop_assert!(false, "{other}: {:?}", std::error::Error::source(&other)),
        }
    }

    #[test]
    fn bytes_that_are_no_block_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bench = bench();
        let height = bench.channel.ledger().height();
        prop_assert!(commit_block(&bench.peer, &bench.channel, bytes.into()).is_err());
        prop_assert_eq!(bench.channel.ledger().height(), height);
    }
}
