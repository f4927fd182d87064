//! Feeds the recorded channels through verification, validation and commit, and compares every code and hash.

use super::super::{Channel, Clock, Parts, Peer, Verifier, commit_block};
use crate::legacy::LegacyPackages;
use crate::lifecycle::{DefinedBlockToLive, DefinedConfigs};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{Msp, SigningIdentity};
use selvedge_protos::common::Block;
use selvedge_runtime::{PackageStore, Runtimes};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

pub(super) fn peer(dir: &Path) -> Peer {
    let msp =
        golden().join("crypto/peerOrganizations/org1.example.com/peers/peer0.org1.example.com/msp");
    let store = PackageStore::open(dir.join("packages")).unwrap();
    Peer::open(Parts {
        signer: Arc::new(SigningIdentity::from_msp_dir(&msp, "Org1MSP").unwrap()),
        local_msp: Arc::new(Msp::from_dir(&msp, "Org1MSP").unwrap()),
        runtimes: Arc::new(Runtimes::new(store, Vec::new())),
        legacy: Arc::new(LegacyPackages::open(dir.join("legacy")).unwrap()),
        clock: Clock::system(),
        operations: Default::default(),
        ledgers: dir.join("ledgers"),
        validators: 0,
        ledger_options: options(dir),
    })
    .unwrap()
}

fn options(dir: &Path) -> selvedge_ledger::Options {
    selvedge_ledger::Options {
        block_to_live: Arc::new(DefinedBlockToLive),
        collection_configs: Arc::new(DefinedConfigs),
        snapshots: Some(dir.join("snapshots")),
        sync: false,
        ..Default::default()
    }
}

/// A block as the ordering node sent it: without what the peer wrote into it.
pub(super) fn received(path: &Path) -> (Bytes, Block) {
    let mut block = Block::decode(Bytes::from(std::fs::read(path).unwrap())).unwrap();
    let metadata = &mut block.metadata.as_mut().unwrap().metadata;
    metadata[2] = Bytes::new();
    metadata[4] = Bytes::new();
    (block.encode_to_vec().into(), block)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Puts what Org1 may know of the block's private data where an endorsing peer has it.
fn endorse_private(channel: &Channel, dir: &Path, number: u64, txs: &[Value]) {
    let lines = std::fs::read_to_string(dir.join("pvtdata.jsonl")).unwrap();
    for line in lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
    {
        let peers = line["peers"].as_array().unwrap();
        if line["block"] == number && peers.iter().any(|peer| peer == "Org1") {
            let tx = &txs[line["tx"].as_u64().unwrap() as usize];
            let bytes = hex::decode(line["txpvtrwset_hex"].as_str().unwrap()).unwrap();
            channel
                .transient()
                .persist(tx["txid"].as_str().unwrap(), number, &stored(&bytes))
                .unwrap();
        }
    }
}

/// As an endorser keeps it; which collections there are does not matter to a commit.
fn stored(write_set: &[u8]) -> Vec<u8> {
    use prost::Message as _;
    let stored = selvedge_protos::transientstore::TxPvtReadWriteSetWithConfigInfo {
        pvt_rwset: Some(prost::Message::decode(write_set).unwrap()),
        ..Default::default()
    };
    stored.encode_to_vec()
}

/// A recorded channel, fed block by block.
struct Replay<'a> {
    dir: &'a Path,
    blocks: Vec<Value>,
    differences: Vec<String>,
}

impl<'a> Replay<'a> {
    fn of(dir: &'a Path) -> Self {
        let expected = json(&dir.join("expected.json"));
        Self {
            dir,
            blocks: expected["blocks"].as_array().unwrap().clone(),
            differences: Vec::new(),
        }
    }

    /// Verifies, judges and commits everything from the channel's height up to `last`.
    fn feed(&mut self, peer: &Peer, channel: &Channel, last: u64) {
        let info = channel.ledger().chain_info().unwrap();
        let mut verifier = Verifier::new(channel.config(), info.height, info.current_block_hash);
        for number in info.height..=last {
            let (bytes, message) = received(&self.dir.join(format!("blocks/{number:04}.block")));
            let txs = self.blocks[number as usize]["txs"].as_array().unwrap();
            verifier.verify(&message).unwrap();
            endorse_private(channel, self.dir, number, txs);
            let committed = commit_block(peer, channel, bytes).unwrap();
            self.compare(number, &committed.codes, &committed.commit_hash);
        }
    }

    fn compare(&mut self, number: u64, codes: &[u8], commit_hash: &[u8]) {
        let block = &self.blocks[number as usize];
        for (tx, code) in block["txs"].as_array().unwrap().iter().zip(codes) {
            if tx["code"] != *code {
                self.differences
                    .push(format!("block {number}: got {code}, recorded {tx}"));
            }
        }
        let hash = hex::encode(commit_hash);
        if block["commit_hash"] != hash.as_str() {
            self.differences.push(format!(
                "block {number}: commit hash {hash}, recorded {}",
                block["commit_hash"]
            ));
        }
    }

    fn last(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }

    fn assert_equal(&self) {
        assert!(
            self.differences.is_empty(),
            "{}",
            self.differences.join("\n")
        );
    }
}

/// The peer of Org1 with the first channel, and the second beside it, which transactions of the first name.
pub(super) fn joined(home: &Path, dir: &Path) -> (Peer, Arc<Channel>) {
    let peer = peer(home);
    peer.join(received(&dir.join("aux/blocks/0000.block")).0)
        .unwrap();
    let channel = peer.join(received(&dir.join("genesis.block")).0).unwrap();
    (peer, channel)
}

#[test]
fn recorded_blocks_get_their_recorded_codes_and_hashes() {
    let dir = golden();
    let home = tempfile::tempdir().unwrap();
    let (peer, channel) = joined(home.path(), &dir);
    let mut replay = Replay::of(&dir);
    replay.feed(&peer, &channel, replay.last());
    replay.assert_equal();
    let mut codes = BTreeMap::new();
    for tx in replay
        .blocks
        .iter()
        .flat_map(|block| block["txs"].as_array().unwrap())
    {
        *codes
            .entry(tx["code_name"].as_str().unwrap_or_default().to_owned())
            .or_insert(0) += 1;
    }
    println!("{codes:?}");
}

#[test]
fn the_second_channel_too() {
    let dir = golden().join("aux");
    let home = tempfile::tempdir().unwrap();
    let peer = peer(home.path());
    let channel = peer
        .join(received(&dir.join("blocks/0000.block")).0)
        .unwrap();
    let mut replay = Replay::of(&dir);
    replay.feed(&peer, &channel, replay.last());
    replay.assert_equal();
}

#[test]
fn a_peer_that_is_started_anew_for_every_block() {
    let dir = golden();
    let home = tempfile::tempdir().unwrap();
    drop(joined(home.path(), &dir));
    let mut replay = Replay::of(&dir);
    for number in 1..=replay.last() {
        let peer = peer(home.path());
        let channel = peer.channel("golden").unwrap();
        assert_eq!(channel.ledger().height(), number);
        replay.feed(&peer, &channel, number);
    }
    replay.assert_equal();
}

#[test]
fn the_snapshot_is_the_recorded_one_byte_for_byte() {
    let dir = golden();
    let home = tempfile::tempdir().unwrap();
    let (peer, channel) = joined(home.path(), &dir);
    let mut replay = Replay::of(&dir);
    channel
        .ledger()
        .submit_snapshot_request(replay.last())
        .unwrap();
    replay.feed(&peer, &channel, replay.last());
    channel.ledger().wait_for_snapshot();
    let ours = home.path().join("snapshots/completed/golden/53");
    let mut compared = 0;
    for entry in std::fs::read_dir(dir.join("snapshot")).unwrap() {
        let recorded = entry.unwrap().path();
        let name = recorded.file_name().unwrap();
        let found = std::fs::read(ours.join(name)).unwrap();
        assert!(found == std::fs::read(&recorded).unwrap(), "{name:?}");
        compared += 1;
    }
    assert_eq!(compared, 10);
    assert_eq!(std::fs::read_dir(&ours).unwrap().count(), compared);
}

/// From a snapshot of any height a peer judges the rest as one that has all blocks.
#[test]
fn a_peer_that_joins_by_snapshot_judges_the_rest_alike() {
    let dir = golden();
    let first = tempfile::tempdir().unwrap();
    let (first_peer, channel) = joined(first.path(), &dir);
    let mut replay = Replay::of(&dir);
    let starts = [1, 5, 12, 20, 26, 31, 38, 45, 52];
    for start in starts {
        channel.ledger().submit_snapshot_request(start).unwrap();
    }
    replay.feed(&first_peer, &channel, replay.last());
    for start in starts {
        let home = tempfile::tempdir().unwrap();
        let snapshot = first
            .path()
            .join(format!("snapshots/completed/golden/{start}"));
        let ledger = selvedge_ledger::Ledger::create_from_snapshot(
            &home.path().join("ledgers/golden"),
            &snapshot,
            options(home.path()),
        )
        .unwrap();
        drop(ledger);
        let peer = peer(home.path());
        peer.join(received(&dir.join("aux/blocks/0000.block")).0)
            .unwrap();
        let channel = peer.channel("golden").unwrap();
        replay.feed(&peer, &channel, replay.last());
        replay.assert_equal();
    }
}
