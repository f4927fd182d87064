//! What a contract asks of its peer, seen from between the two: for costs, for traps and to let a call fail.

mod call;
mod host;
mod leak;
mod trap;
mod value;

pub use call::{Cost, HostCall};
pub(crate) use host::Watched;
pub(crate) use leak::Secrets;
pub use trap::{Trap, TrapKind};
pub(crate) use value::overwrites_something_else;

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

/// One transaction with all the chaincode that it calls.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) calls: Vec<HostCall>,
    /// The host call that fails, counted from 0 over those that can.
    pub(crate) fault: Option<usize>,
    /// Host calls so far that can fail.
    pub(crate) fallible: usize,
    pub(crate) traps: Vec<Trap>,
    /// Namespace, collection, key.
    written: BTreeSet<(String, String, String)>,
    /// Public values as they would be written.
    pub(crate) public_writes: Vec<(String, String, Bytes)>,
    pub(crate) secrets: Secrets,
    rich_queries: Vec<String>,
    /// Queries that are not read to their end, by the call of a chaincode and its cursor.
    open: BTreeMap<(u64, u32), String>,
    closed_early: Vec<String>,
    events: u32,
    hosts: u64,
    pub(crate) reads: usize,
}

impl Watch {
    pub(crate) fn trap(&mut self, kind: TrapKind, subject: impl Into<String>) {
        let trap = Trap::new(kind, subject);
        if !self.traps.contains(&trap) {
            self.traps.push(trap);
        }
    }

    pub(crate) fn writes(&self) -> usize {
        self.written.len()
    }

    fn note_write(&mut self, namespace: &str, collection: &str, key: &str) {
        self.written
            .insert((namespace.to_owned(), collection.to_owned(), key.to_owned()));
    }

    fn was_written(&self, namespace: &str, collection: &str, key: &str) -> bool {
        // Few keys and three owned strings: looking at all is cheaper than building a key.
        self.written
            .iter()
            .any(|(ns, of, known)| ns == namespace && of == collection && known == key)
    }

    /// What can only be said when the transaction is over.
    pub(crate) fn finish(&mut self) {
        for query in std::mem::take(&mut self.open).into_values() {
            self.trap(TrapKind::UnclosedQuery, query);
        }
        if self.written.is_empty() {
            return;
        }
        for query in std::mem::take(&mut self.closed_early) {
            self.trap(TrapKind::PartialRange, query);
        }
        for query in std::mem::take(&mut self.rich_queries) {
            self.trap(TrapKind::RichQueryInUpdate, query);
        }
    }
}
