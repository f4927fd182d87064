//! Differences between verdicts, explained.

use super::report::Verdict;
use crate::validation::{Explanation, World, explain};
use selvedge_ledger::{Committed, Conflict, ConflictSubject, Ledger, ParsedBlock, Version};
use selvedge_protos::protos::TxValidationCode as Code;

/// One transaction of a block that was judged.
pub(super) struct Case<'a> {
    pub(super) block: &'a ParsedBlock,
    pub(super) tx: usize,
    /// What validation said, before conflicts were looked for.
    pub(super) validated: u8,
    pub(super) recorded: Option<Verdict>,
    pub(super) committed: &'a Committed,
    pub(super) ledger: &'a Ledger,
}

impl Case<'_> {
    /// `world` is that of the block: the state before it.
    pub(super) fn explain(&self, world: &World<'_>) -> Explanation {
        let mut conflicts = self.committed.conflicts.iter();
        if let Some(conflict) = conflicts.find(|conflict| conflict.tx == self.tx as u64) {
            return self.conflict(conflict);
        }
        let code = Code::try_from(i32::from(self.validated)).unwrap_or(Code::InvalidOtherReason);
        let mut out = explain(self.block, self.tx, code, world);
        if code == Code::DuplicateTxid {
            self.first_of_its_id(&mut out);
        }
        if self.committed.codes.get(self.tx) == Some(&(Code::Valid as u8)) {
            self.fits(&mut out);
        }
        out
    }

    fn conflict(&self, conflict: &Conflict) -> Explanation {
        let namespace = &conflict.namespace;
        let place = match &conflict.collection {
            None => format!("[{namespace}]"),
            Some(collection) => format!("collection [{collection}] of [{namespace}]"),
        };
        let mut out = Explanation::of(match &conflict.subject {
            ConflictSubject::Range { .. } => {
                format!("rows of a range of {place} are not those that the endorsers read")
            }
            _ => format!("a key of {place} is not at the version that the endorsers read"),
        });
        out.fact("namespace", namespace);
        if let Some(collection) = &conflict.collection {
            out.fact("collection", collection);
        }
        match &conflict.subject {
            ConflictSubject::Key(key) => out.fact("key", printable(key)),
            ConflictSubject::KeyHash(hash) => out.fact("key hash", hex::encode(hash)),
            ConflictSubject::Range { start, end, key } => {
                out.fact(
                    "range",
                    format!("[{}, {})", printable(start), printable(end)),
                );
                if let Some(key) = key {
                    out.fact("key", printable(key));
                }
            }
        }
        out.fact("version read", version(conflict.read));
        out.fact("version in the state", version(conflict.found));
        if let Some(by) = conflict.by {
            out.fact("written by", self.writer(by));
        }
        out
    }

    /// Said of what is valid here and recorded as a conflict.
    fn fits(&self, out: &mut Explanation) {
        let conflicts = [
            Code::MvccReadConflict as u8,
            Code::PhantomReadConflict as u8,
        ];
        if self
            .recorded
            .is_some_and(|verdict| conflicts.contains(&verdict.0))
        {
            out.fact(
                "reads",
                "every version that was read is that of the state, and every range has the rows that were read",
            );
        }
    }

    fn first_of_its_id(&self, out: &mut Explanation) {
        let id = self.committed.tx_ids.get(self.tx);
        let status = id.and_then(|id| self.ledger.tx_status(id).ok().flatten());
        if let Some(status) = status {
            out.fact(
                "first seen",
                format!("block {}, transaction {}", status.block, status.tx),
            );
        }
    }

    fn writer(&self, by: Version) -> String {
        let id = match by.block == self.committed.number {
            true => usize::try_from(by.tx)
                .ok()
                .and_then(|tx| self.committed.tx_ids.get(tx).cloned()),
            false => self.ledger.tx_id_at(by).ok().flatten(),
        };
        let place = format!("block {}, transaction {}", by.block, by.tx);
        match id {
            None => place,
            Some(id) => format!("{place} ({id})"),
        }
    }
}

fn version(version: Option<Version>) -> String {
    match version {
        None => "absent".to_owned(),
        Some(version) => format!("block {}, transaction {}", version.block, version.tx),
    }
}

fn printable(key: &str) -> String {
    key.escape_debug().to_string()
}
