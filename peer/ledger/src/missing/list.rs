use crate::commit::Expiry;
use crate::error::Result;
use crate::store::{Column, MissingKind, missing_bounds, missing_row, parse_missing_row};
use crate::{Ledger, LedgerError, Version};
use rocksdb::WriteBatch;
use std::collections::BTreeSet;

/// Private data that a block names by hash and this peer did not have at commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingPrivateData {
    pub version: Version,
    pub namespace: String,
    pub collection: String,
}

impl Ledger {
    /// What this peer should have and lacks, newest block first, at most `limit`. What was put off is not among it.
    pub fn missing_private_data(&self, limit: usize) -> Result<Vec<MissingPrivateData>> {
        self.list(MissingKind::Wanted, limit, |_| true)
    }

    /// The same for the newest `blocks` blocks that lack something.
    pub fn missing_of_recent_blocks(&self, blocks: usize) -> Result<Vec<MissingPrivateData>> {
        self.of_recent_blocks(MissingKind::Wanted, blocks)
    }

    /// What was put off, for the newest `blocks` blocks that lack something.
    pub fn put_off_of_recent_blocks(&self, blocks: usize) -> Result<Vec<MissingPrivateData>> {
        self.of_recent_blocks(MissingKind::PutOff, blocks)
    }

    /// What this peer lacks and may not have, newest block first, at most `limit`.
    pub fn ineligible_private_data(&self, limit: usize) -> Result<Vec<MissingPrivateData>> {
        self.list(MissingKind::Ineligible, limit, |_| true)
    }

    /// Namespaces and names of the collections that this peer lacks data of and may not have.
    pub fn ineligible_collections(&self) -> Result<BTreeSet<(String, String)>> {
        let mut out = BTreeSet::new();
        self.list(MissingKind::Ineligible, usize::MAX, |row| {
            let place = (row.namespace.as_str(), row.collection.as_str());
            if !out
                .iter()
                .any(|(ns, name): &(String, String)| (ns.as_str(), name.as_str()) == place)
            {
                out.insert((row.namespace.clone(), row.collection.clone()));
            }
            false
        })?;
        Ok(out)
    }

    /// Nobody had these when they were asked for: they are asked for more rarely from here on.
    pub fn put_off(&self, missing: &[MissingPrivateData]) -> Result<()> {
        self.change(MissingKind::Wanted, MissingKind::PutOff, missing)
    }

    /// A definition made this peer a member of a collection that was there before: what it lacks of it is wanted now.
    /// Answers how many rows changed; call again until none does.
    ///
    /// Fabric: core/ledger/pvtdatastorage/store.go, processCollElgEvents.
    pub fn become_eligible(
        &self,
        namespace: &str,
        collection: &str,
        limit: usize,
    ) -> Result<usize> {
        let found = self.list(MissingKind::Ineligible, limit, |row| {
            row.namespace == namespace && row.collection == collection
        })?;
        self.change(MissingKind::Ineligible, MissingKind::Wanted, &found)?;
        Ok(found.len())
    }

    fn of_recent_blocks(
        &self,
        kind: MissingKind,
        blocks: usize,
    ) -> Result<Vec<MissingPrivateData>> {
        let (mut seen, mut last) = (0, None);
        let mut more = true;
        self.list(kind, usize::MAX, |row| {
            if more && last != Some(row.version.block) {
                last = Some(row.version.block);
                seen += 1;
                more = seen <= blocks;
            }
            more
        })
    }

    fn list(
        &self,
        kind: MissingKind,
        limit: usize,
        mut wanted: impl FnMut(&MissingPrivateData) -> bool,
    ) -> Result<Vec<MissingPrivateData>> {
        let snapshot = self.snapshot();
        let (lower, upper) = missing_bounds(kind);
        let mut rows = snapshot.0.rows_backward(Column::PrivateSets, &lower, upper);
        let mut out = Vec::new();
        while out.len() < limit {
            let row = rows.next_with(|key, _| {
                let parsed = parse_missing_row(kind, key);
                let parsed = parsed.map(|(version, namespace, collection)| MissingPrivateData {
                    version,
                    namespace: namespace.to_owned(),
                    collection: collection.to_owned(),
                });
                parsed.ok_or_else(|| LedgerError::Corrupt {
                    what: "missing entry",
                    key: hex::encode(key),
                })
            })?;
            let Some(row) = row else { break };
            let row = row?;
            if wanted(&row) {
                out.push(row);
            }
        }
        Ok(out)
    }

    /// Rows that are not there any more stay away: they were reconciled or expired.
    fn change(
        &self,
        from: MissingKind,
        to: MissingKind,
        missing: &[MissingPrivateData],
    ) -> Result<()> {
        if missing.is_empty() {
            return Ok(());
        }
        self.amend(|snapshot, database, options| {
            let column = database.column(Column::PrivateSets)?;
            let mut batch = WriteBatch::default();
            for row in missing {
                let (namespace, collection) = (&row.namespace, &row.collection);
                let before = missing_row(from, row.version, namespace, collection);
                if snapshot.0.bytes(Column::PrivateSets, &before)?.is_none() {
                    continue;
                }
                let after = missing_row(to, row.version, namespace, collection);
                let source = &*options.block_to_live;
                let mut expiry = Expiry::new(row.version.block, snapshot, source, database);
                // A collection that is not known any more keeps its rows.
                let _ = expiry.remove_later(namespace, collection, &after, &mut batch);
                batch.delete_cf(column, before);
                batch.put_cf(column, after, b"");
            }
            Ok(((), batch))
        })
    }
}
