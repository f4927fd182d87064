//! A million transactions: what a ledger needs of memory does not grow with what it holds.

use crate::synthetic;
use bytes::Bytes;
use selvedge_ledger::{BlockAndCodes, NoCollections};
use std::sync::Arc;

const BLOCKS: u64 = 2000;
const TRANSACTIONS: u64 = 500;

/// Resident memory of this process in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}

#[test]
#[ignore = "takes a minute and a GiB of disk; run by hand"]
fn memory_stays_flat_over_a_million_transactions() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = synthetic::create(dir.path());
    let mut highest_early = 0;
    let mut highest = 0;
    for block in 0..BLOCKS {
        let mut envelopes = Vec::new();
        for tx in 0..TRANSACTIONS {
            let id = format!("{:064x}", block * TRANSACTIONS + tx);
            let mut simulator = ledger.simulator(id.clone(), Arc::new(NoCollections));
            let key = format!("key-{id}");
            simulator.get("cc", &key).unwrap();
            simulator
                .put("cc", &key, Bytes::from(vec![7; 100]))
                .unwrap();
            let results = simulator.results().unwrap();
            envelopes.push(synthetic::transaction(&id, results.public));
        }
        let input = BlockAndCodes {
            block: synthetic::next_block(&ledger, envelopes),
            codes: vec![0; TRANSACTIONS as usize],
            private: Vec::new(),
        };
        let committed = ledger.commit(input).unwrap();
        assert!(committed.codes.iter().all(|code| *code == 0));
        let now = resident();
        highest = highest.max(now);
        if block == BLOCKS / 4 {
            highest_early = highest;
        }
        if block % 200 == 0 {
            println!("{} transactions: {now} MiB", (block + 1) * TRANSACTIONS);
        }
    }
    println!("highest after a quarter {highest_early} MiB, at the end {highest} MiB");
    assert!(highest < highest_early + highest_early / 2);
}
