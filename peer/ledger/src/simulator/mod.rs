//! Simulation of one transaction: reads from a frozen height, recorded; writes kept aside; results in Fabric's bytes.

mod error;

pub use error::SimulationError;

use crate::{CollectionSource, Row, Snapshot};
use bytes::Bytes;
use selvedge_interface::MetadataEntry;
use std::sync::Arc;

/// Rows a peer delivers together, before it pulls one more to learn whether there are others (Fabric: MaxResultLimit).
pub const MAX_BATCH: usize = 100;

pub(crate) type Result<T> = std::result::Result<T, SimulationError>;

/// A range scan of this simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScanId(usize);

/// The outcome of a simulation, in the bytes that endorsers sign.
#[derive(Clone, Debug, Default)]
pub struct SimulationResults {
    /// Serialized `rwset.TxReadWriteSet`.
    pub public: Bytes,
    /// Serialized `rwset.TxPvtReadWriteSet`; `None` when nothing private was written.
    pub private: Option<Bytes>,
    /// Every key written, with the metadata it has in the ledger: whose key-level policies the transaction must satisfy.
    pub written: Vec<WrittenKey>,
    /// (namespace, collection) whose values were read in clear, sorted.
    pub private_reads: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenKey {
    pub namespace: String,
    /// Empty: public.
    pub collection: String,
    pub key: String,
    pub metadata: Vec<MetadataEntry>,
}

/// One transaction's view of the ledger. Namespaces are arguments because a chaincode's callees share its simulator.
pub struct Simulator {
    _skeleton: (),
}

impl Simulator {
    /// Reads the same height without recording.
    pub fn peek(&self) -> &Snapshot {
        todo!()
    }

    pub fn tx_id(&self) -> &str {
        todo!()
    }

    /// Ends the simulation: every later call fails. The view is released.
    pub fn done(&mut self) {
        todo!()
    }

    /// Once only.
    pub fn results(&mut self) -> Result<SimulationResults> {
        todo!()
    }

    pub fn get(&mut self, namespace: &str, key: &str) -> Result<Option<Bytes>> {
        todo!("{namespace}{key}")
    }

    pub fn get_metadata(&mut self, namespace: &str, key: &str) -> Result<Vec<MetadataEntry>> {
        todo!("{namespace}{key}")
    }

    /// An empty value deletes.
    pub fn put(&mut self, namespace: &str, key: &str, value: Bytes) -> Result<()> {
        todo!("{namespace}{key}{value:?}")
    }

    pub fn delete(&mut self, namespace: &str, key: &str) -> Result<()> {
        todo!("{namespace}{key}")
    }

    /// Replaces all metadata of the key; none removes it.
    pub fn put_metadata(
        &mut self,
        namespace: &str,
        key: &str,
        entries: Vec<MetadataEntry>,
    ) -> Result<()> {
        todo!("{namespace}{key}{entries:?}")
    }

    /// Opens a scan over `[start, end)`; an empty bound is open. Recorded as far as [`Simulator::advance`] pulls it.
    pub fn scan(&mut self, namespace: &str, start: &str, end: &str) -> Result<ScanId> {
        todo!("{namespace}{start}{end}")
    }

    /// As [`Simulator::scan`] for one page: forbids writes in this transaction, before and after.
    pub fn scan_page(&mut self, namespace: &str, start: &str, end: &str) -> Result<ScanId> {
        todo!("{namespace}{start}{end}")
    }

    /// At most `limit` further rows. Fewer: the scan was found to be exhausted, and is recorded so.
    pub fn advance(&mut self, scan: ScanId, limit: usize) -> Result<Vec<Row>> {
        todo!("{scan:?}{limit}")
    }

    /// The key a next page would start at, unrecorded; `None` at the end of the range.
    pub fn bookmark(&mut self, scan: ScanId) -> Result<Option<String>> {
        todo!("{scan:?}")
    }

    /// All rows of `[start, end)`, recorded as an exhausted range.
    pub fn range(&mut self, namespace: &str, start: &str, end: &str) -> Result<Vec<Row>> {
        let scan = self.scan(namespace, start, end)?;
        self.advance(scan, usize::MAX)
    }

    /// Fails when this peer's private value is not the one the ledger's hash names.
    pub fn get_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<Bytes>> {
        todo!("{namespace}{collection}{key}")
    }

    /// As Fabric's multi-key read: no comparison with the hash.
    pub fn get_private_multiple(
        &mut self,
        namespace: &str,
        collection: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Bytes>>> {
        todo!("{namespace}{collection}{keys:?}")
    }

    pub fn get_private_hash(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<Bytes>> {
        todo!("{namespace}{collection}{key}")
    }

    pub fn get_private_metadata(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Vec<MetadataEntry>> {
        todo!("{namespace}{collection}{key}")
    }

    pub fn put_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        value: Bytes,
    ) -> Result<()> {
        todo!("{namespace}{collection}{key}{value:?}")
    }

    pub fn delete_private(&mut self, namespace: &str, collection: &str, key: &str) -> Result<()> {
        self.put_private(namespace, collection, key, Bytes::new())
    }

    pub fn purge_private(&mut self, namespace: &str, collection: &str, key: &str) -> Result<()> {
        todo!("{namespace}{collection}{key}")
    }

    pub fn put_private_metadata(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        entries: Vec<MetadataEntry>,
    ) -> Result<()> {
        todo!("{namespace}{collection}{key}{entries:?}")
    }

    /// Opens a scan over private values; records nothing and forbids writes in this transaction, before and after.
    pub fn scan_private(
        &mut self,
        namespace: &str,
        collection: &str,
        start: &str,
        end: &str,
    ) -> Result<ScanId> {
        todo!("{namespace}{collection}{start}{end}")
    }

    pub(crate) fn new(
        _snapshot: Snapshot,
        _tx_id: String,
        _collections: Arc<dyn CollectionSource>,
    ) -> Self {
        Self { _skeleton: () }
    }
}
