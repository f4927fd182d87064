//! Blocks under the test's control.

use crate::block::Block;
use crate::judge::Judge;
use crate::must::must;
use crate::{Network, Simulated, Verdict};
use bytes::Bytes;
use selvedge_ledger::{Committed, StateKind, TxPrivateData};
use selvedge_protos::protos::TxValidationCode as Code;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Network {
    /// Puts simulated transactions into one block, in this order, and commits it on every peer that takes blocks. The
    /// order is the test's: an orderer may choose any.
    ///
    /// # Panics
    /// As [`Simulated::expect_ok`]: no such transaction would be ordered. For a transaction of another network. If peers
    /// come to different results.
    #[track_caller]
    pub fn commit<'s>(
        &self,
        transactions: impl IntoIterator<Item = &'s Simulated>,
    ) -> Vec<Verdict> {
        let transactions: Vec<&Simulated> = transactions.into_iter().collect();
        for transaction in &transactions {
            transaction.expect_ok();
            assert!(
                transaction.is_of(self),
                "the transaction was simulated on another network; `request().on(&network)` takes it along"
            );
        }
        self.commit_unchecked(&transactions)
    }

    #[track_caller]
    pub(crate) fn commit_unchecked(&self, transactions: &[&Simulated]) -> Vec<Verdict> {
        let mut chain = self.0.chain.lock();
        let snapshot = self.ledger().snapshot();
        let mut judge = Judge::new(self, &snapshot);
        let (codes, reasons): (Vec<Code>, Vec<Option<String>>) =
            transactions.iter().map(|one| judge.judge(one)).unzip();
        let envelopes = transactions.iter().map(|one| one.envelope().clone());
        let previous = chain.last().map_or([0; 32], |last| last.hash);
        let block = Block::new(
            snapshot.height(),
            &previous,
            envelopes.collect(),
            // A TxValidationCode is one byte in the block.
            codes.iter().map(|code| *code as i32 as u8).collect(),
            private_data(transactions),
        );
        let committed = self.give(&block);
        chain.push(block);
        Verdict::all(&committed, reasons)
    }

    #[track_caller]
    pub(crate) fn give(&self, block: &Block) -> Arc<Committed> {
        let mut first: Option<Arc<Committed>> = None;
        for peer in self.0.peers.iter().filter(|peer| peer.is_current()) {
            let committed = peer.commit(block);
            match &first {
                None => first = Some(committed),
                Some(first) => assert_eq!(
                    (&first.codes, &first.commit_hash),
                    (&committed.codes, &committed.commit_hash),
                    "the peer of {} has another state after block {}",
                    peer.name(),
                    block.number
                ),
            }
        }
        first.unwrap_or_else(|| panic!("no peer takes blocks"))
    }

    /// Commits a block without transactions.
    pub fn commit_empty(&self) {
        self.commit([]);
    }

    /// Commits blocks without transactions: what expires after some blocks, expires.
    pub fn advance_blocks(&self, blocks: u64) {
        for _ in 0..blocks {
            self.commit_empty();
        }
    }

    /// A copy that goes its own way: to try something and look back, or to try several things on one state. The
    /// definitions, the clock and the blocks are copied; peers that are down or lag are up and current there.
    pub fn fork(&self) -> Self {
        self.fork_at(self.height())
    }

    /// The network as it was when it had this many blocks; the chaincode is that of now.
    ///
    /// # Panics
    /// For a height that it never had, or 0.
    pub fn fork_at(&self, height: u64) -> Self {
        assert!(
            (1..=self.height()).contains(&height),
            "there is no height {height}: the network has {} blocks",
            self.height()
        );
        let inner = &self.0;
        let fork = Self::build(inner.organisations.clone(), inner.state_database);
        fork.0.chaincode.write().clone_from(&inner.chaincode.read());
        fork.0.collections.take(&inner.collections);
        for (chaincode, collection, definition) in &*inner.indexes.lock() {
            fork.add_index(chaincode, collection.as_deref(), definition);
        }
        fork.0.strict.lock().clone_from(&inner.strict.lock());
        let clock = inner.clock.load(Ordering::Relaxed);
        fork.0.clock.store(clock, Ordering::Relaxed);
        let nonces = inner.nonces.load(Ordering::Relaxed);
        fork.0.nonces.store(nonces, Ordering::Relaxed);
        let mut chain = fork.0.chain.lock();
        let blocks = inner.chain.lock();
        for block in blocks.iter().skip(1).take_while(|b| b.number < height) {
            fork.give(block);
            chain.push(block.clone());
        }
        drop((chain, blocks));
        fork
    }

    /// The public state, one line for each key, sorted: for goldens, and to compare two networks.
    pub fn dump(&self) -> String {
        let rows = self.ledger().snapshot().dump(StateKind::Public);
        let mut out = String::new();
        for (namespace, key, value) in must("reading the state", rows) {
            if namespace.is_empty() {
                continue;
            }
            let key = String::from_utf8_lossy(&key);
            // Writing to a string does not fail.
            let _ = writeln!(
                out,
                "{namespace}/{} = {}",
                crate::rwset::readable_key(&key),
                crate::rwset::readable_value(&value.value)
            );
        }
        out
    }
}

fn private_data(transactions: &[&Simulated]) -> Vec<TxPrivateData> {
    let sets = (0..).zip(transactions).filter_map(|(tx, transaction)| {
        let write_set: Bytes = transaction.results().private.clone()?;
        Some(TxPrivateData { tx, write_set })
    });
    sets.collect()
}
