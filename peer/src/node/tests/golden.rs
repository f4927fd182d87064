//! Feeds the recorded channels through verification, validation and commit, and compares every code and hash.

use super::super::{Channel, Clock, Parts, Peer, Verifier, commit_block};
use crate::lifecycle::DefinedBlockToLive;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{Msp, SigningIdentity};
use selvedge_protos::common::Block;
use selvedge_runtime::{PackageStore, Runtimes};
use serde_json::Value;
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
        clock: Clock::system(),
        ledgers: dir.join("ledgers"),
        ledger_options: selvedge_ledger::Options {
            block_to_live: Arc::new(DefinedBlockToLive),
            sync: false,
            ..Default::default()
        },
    })
    .unwrap()
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
                .persist(tx["txid"].as_str().unwrap(), number, bytes.into());
        }
    }
}

/// Returns what differs.
fn replay(dir: &Path, genesis: &Path, others: &[&Path]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let peer = peer(home.path());
    for other in others {
        peer.join(received(other).0).unwrap();
    }
    let channel = peer.join(received(genesis).0).unwrap();
    let info = channel.ledger().chain_info().unwrap();
    let mut verifier = Verifier::new(channel.config(), 1, info.current_block_hash);
    let mut differences = Vec::new();
    for block in json(&dir.join("expected.json"))["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
    {
        let number = block["number"].as_u64().unwrap();
        let (bytes, message) = received(&dir.join(format!("blocks/{number:04}.block")));
        let txs = block["txs"].as_array().unwrap();
        verifier.verify(&message).unwrap();
        endorse_private(&channel, dir, number, txs);
        let committed = commit_block(&peer, &channel, bytes).unwrap();
        for (tx, code) in txs.iter().zip(&committed.codes) {
            if tx["code"] != *code {
                differences.push(format!("block {number}: got {code}, recorded {tx}"));
            }
        }
        let hash = hex::encode(&committed.commit_hash);
        if block["commit_hash"] != hash.as_str() {
            differences.push(format!(
                "block {number}: commit hash {hash}, recorded {}",
                block["commit_hash"]
            ));
        }
    }
    assert!(channel.ledger().height() > 1);
    differences
}

#[test]
fn recorded_blocks_get_their_recorded_codes_and_hashes() {
    let dir = golden();
    let differences = replay(
        &dir,
        &dir.join("genesis.block"),
        &[&dir.join("aux/blocks/0000.block")],
    );
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_second_channel_too() {
    let dir = golden().join("aux");
    let differences = replay(&dir, &dir.join("blocks/0000.block"), &[]);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
