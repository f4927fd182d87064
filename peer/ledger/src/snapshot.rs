use crate::error::Result;
use crate::history::{self, HistoryRow};
use crate::store::{
    Column, View, decode_metadata, hashed_namespace, private_namespace, split_row, state_bounds,
    state_key,
};
use crate::{Version, VersionedValue};
use bytes::Bytes;
use selvedge_interface::MetadataEntry;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Namespace and key under which the channel's configuration is kept in the state (Fabric:
/// core/peer/configtx_processor.go).
pub(crate) const CONFIG_NAMESPACE: &str = "";
pub(crate) const CONFIG_KEY: &str = "CHANNEL_CONFIG_ENV_BYTES";

/// The ledger at one committed height. Cheap to clone; reads are not recorded and never wait for a commit.
#[derive(Clone)]
pub struct Snapshot(pub(crate) Arc<View>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: String,
    pub value: VersionedValue,
}

impl Snapshot {
    /// Number of blocks; the next one has this number.
    pub fn height(&self) -> u64 {
        self.0.savepoint.block + 1
    }

    pub fn get(&self, namespace: &str, key: &str) -> Result<Option<VersionedValue>> {
        self.0
            .get(Column::State, &state_key(namespace, key.as_bytes()))
    }

    /// At most `limit` rows of `[start, end)`; an empty bound is open.
    pub fn range(&self, namespace: &str, start: &str, end: &str, limit: usize) -> Result<Vec<Row>> {
        self.rows(Column::State, namespace, start, end, limit)
    }

    /// Hash and version of a private value, by plain key.
    pub fn private_hash(
        &self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<VersionedValue>> {
        self.private_hash_by_key_hash(namespace, collection, &Sha256::digest(key))
    }

    pub fn private_hash_by_key_hash(
        &self,
        namespace: &str,
        collection: &str,
        key_hash: &[u8],
    ) -> Result<Option<VersionedValue>> {
        self.0.get(
            Column::Hashed,
            &state_key(&hashed_namespace(namespace, collection), key_hash),
        )
    }

    /// The private value this peer holds, whether current or not.
    pub fn private(
        &self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<VersionedValue>> {
        self.0.get(
            Column::Private,
            &state_key(&private_namespace(namespace, collection), key.as_bytes()),
        )
    }

    pub fn private_range(
        &self,
        namespace: &str,
        collection: &str,
        start: &str,
        end: &str,
        limit: usize,
    ) -> Result<Vec<Row>> {
        self.rows(
            Column::Private,
            &private_namespace(namespace, collection),
            start,
            end,
            limit,
        )
    }

    /// Of a public key; sorted as stored.
    pub fn metadata(&self, namespace: &str, key: &str) -> Result<Vec<MetadataEntry>> {
        if !self.0.with_metadata.contains(namespace) {
            return Ok(Vec::new());
        }
        self.get(namespace, key)?
            .map_or_else(|| Ok(Vec::new()), |found| decode_metadata(&found.metadata))
    }

    /// Of a private key, by its hash.
    pub fn private_metadata(
        &self,
        namespace: &str,
        collection: &str,
        key_hash: &[u8],
    ) -> Result<Vec<MetadataEntry>> {
        let hashed = hashed_namespace(namespace, collection);
        if !self.0.with_metadata.contains(&hashed) {
            return Ok(Vec::new());
        }
        let found = self.0.get(Column::Hashed, &state_key(&hashed, key_hash))?;
        found.map_or_else(|| Ok(Vec::new()), |found| decode_metadata(&found.metadata))
    }

    /// Newest first, at most `limit` rows older than `before` (`None`: from the newest).
    pub fn history(
        &self,
        namespace: &str,
        key: &str,
        before: Option<Version>,
        limit: usize,
    ) -> Result<Vec<HistoryRow>> {
        history::read(&self.0, namespace, key, before, limit)
    }

    /// The block that configured the channel last; `None` where [`Self::channel_config`] has nothing.
    pub fn channel_configured_in(&self) -> Result<Option<u64>> {
        let found = self.get(CONFIG_NAMESPACE, CONFIG_KEY)?;
        Ok(found.map(|found| found.version.block))
    }

    /// `Payload.data` of the last configuration transaction: a serialized `common.ConfigEnvelope`.
    pub fn channel_config(&self) -> Result<Option<Bytes>> {
        Ok(self
            .get(CONFIG_NAMESPACE, CONFIG_KEY)?
            .map(|found| found.value))
    }

    /// Every row of a column family, as (derived namespace, key, value), for dumps and tests.
    pub fn dump(&self, kind: StateKind) -> Result<Vec<(String, Bytes, VersionedValue)>> {
        self.0.dump(kind.column())
    }

    /// The rows that [`Snapshot::dump`] answers, one at a time, until `take` fails.
    pub fn each<E: From<crate::LedgerError>>(
        &self,
        kind: StateKind,
        mut take: impl FnMut(String, Bytes, VersionedValue) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows = self.0.all(kind.column());
        while let Some(row) = rows.next_with(split_row)? {
            let (namespace, key, value) = row?;
            take(namespace, key, value)?;
        }
        Ok(())
    }

    /// A row by the names that [`Snapshot::dump`] gives it.
    pub fn row(
        &self,
        kind: StateKind,
        namespace: &str,
        key: &[u8],
    ) -> Result<Option<VersionedValue>> {
        self.0.get(kind.column(), &state_key(namespace, key))
    }

    fn rows(
        &self,
        column: Column,
        namespace: &str,
        start: &str,
        end: &str,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let (lower, upper) = state_bounds(namespace, start, end);
        self.0
            .state_rows(column, namespace.len() + 1, &lower, upper, limit)
    }
}

/// One of the three state spaces. In dumps, private spaces have the names Fabric's snapshots give them:
/// `<namespace>$$h<collection>` and `<namespace>$$p<collection>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    Public,
    Hashed,
    Private,
}

impl StateKind {
    fn column(self) -> Column {
        match self {
            Self::Public => Column::State,
            Self::Hashed => Column::Hashed,
            Self::Private => Column::Private,
        }
    }
}
