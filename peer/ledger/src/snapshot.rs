use crate::error::Result;
use crate::{HistoryRow, VersionedValue};
use bytes::Bytes;
use selvedge_interface::MetadataEntry;

/// The ledger at one committed height. Cheap to clone; reads are not recorded and never wait for a commit.
#[derive(Clone)]
pub struct Snapshot {
    _skeleton: (),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: String,
    pub value: VersionedValue,
}

impl Snapshot {
    /// Number of blocks; the next one has this number.
    pub fn height(&self) -> u64 {
        todo!()
    }

    pub fn get(&self, namespace: &str, key: &str) -> Result<Option<VersionedValue>> {
        todo!("{namespace}{key}")
    }

    /// At most `limit` rows of `[start, end)`; an empty bound is open.
    pub fn range(&self, namespace: &str, start: &str, end: &str, limit: usize) -> Result<Vec<Row>> {
        todo!("{namespace}{start}{end}{limit}")
    }

    /// Hash and version of a private value, by plain key.
    pub fn private_hash(
        &self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<VersionedValue>> {
        todo!("{namespace}{collection}{key}")
    }

    pub fn private_hash_by_key_hash(
        &self,
        namespace: &str,
        collection: &str,
        hash: &[u8],
    ) -> Result<Option<VersionedValue>> {
        todo!("{namespace}{collection}{hash:?}")
    }

    /// The private value this peer holds, whether current or not.
    pub fn private(
        &self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<VersionedValue>> {
        todo!("{namespace}{collection}{key}")
    }

    pub fn private_range(
        &self,
        namespace: &str,
        collection: &str,
        start: &str,
        end: &str,
        limit: usize,
    ) -> Result<Vec<Row>> {
        todo!("{namespace}{collection}{start}{end}{limit}")
    }

    pub fn metadata(&self, namespace: &str, key: &str) -> Result<Vec<MetadataEntry>> {
        todo!("{namespace}{key}")
    }

    pub fn private_metadata(
        &self,
        namespace: &str,
        collection: &str,
        key_hash: &[u8],
    ) -> Result<Vec<MetadataEntry>> {
        todo!("{namespace}{collection}{key_hash:?}")
    }

    /// Newest first, at most `limit` rows older than `before` (`None`: from the newest).
    pub fn history(
        &self,
        namespace: &str,
        key: &str,
        before: Option<crate::Version>,
        limit: usize,
    ) -> Result<Vec<HistoryRow>> {
        todo!("{namespace}{key}{before:?}{limit}")
    }

    /// `Payload.data` of the last configuration transaction: a serialized `common.ConfigEnvelope`.
    pub fn channel_config(&self) -> Result<Option<Bytes>> {
        Ok(self
            .get("", "CHANNEL_CONFIG_ENV_BYTES")?
            .map(|found| found.value))
    }
}
