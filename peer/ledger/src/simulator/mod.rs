//! Simulation of one transaction: reads from a frozen height, recorded; writes kept aside; results in Fabric's bytes.

mod error;
mod private;
mod public;
mod results;
mod scan;

pub use error::SimulationError;
pub use results::{SimulationResults, WrittenKey};
pub use scan::ScanId;

use crate::rwset::Builder;
use crate::{CollectionNames, CollectionSource, Snapshot};
use bytes::Bytes;
use scan::OpenScan;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rows a peer delivers together, before it pulls one more to learn whether there are others (Fabric: MaxResultLimit).
pub const MAX_BATCH: usize = 100;

pub(crate) type Result<T> = std::result::Result<T, SimulationError>;

/// One transaction's view of the ledger. Namespaces are arguments because a chaincode's callees share its simulator.
///
/// Reads never show the transaction's own writes.
pub struct Simulator {
    snapshot: Snapshot,
    tx_id: String,
    source: Arc<dyn CollectionSource>,
    collections: BTreeMap<String, Option<CollectionNames>>,
    builder: Builder,
    scans: Vec<OpenScan>,
    private_reads: BTreeSet<(String, String)>,
    written: bool,
    private_queried: bool,
    paged: bool,
    done: bool,
    results_taken: bool,
}

impl Simulator {
    pub(crate) fn new(
        snapshot: Snapshot,
        tx_id: String,
        source: Arc<dyn CollectionSource>,
    ) -> Self {
        Self {
            snapshot,
            tx_id,
            source,
            collections: BTreeMap::new(),
            builder: Builder::default(),
            scans: Vec::new(),
            private_reads: BTreeSet::new(),
            written: false,
            private_queried: false,
            paged: false,
            done: false,
            results_taken: false,
        }
    }

    /// Reads the same height without recording.
    pub fn peek(&self) -> &Snapshot {
        &self.snapshot
    }

    pub fn tx_id(&self) -> &str {
        &self.tx_id
    }

    /// Number of blocks this simulation sees.
    pub fn height(&self) -> u64 {
        self.snapshot.height()
    }

    /// Ends the simulation: every later read and write fails.
    pub fn done(&mut self) {
        self.done = true;
    }

    fn check_open(&self) -> Result<()> {
        if self.done {
            Err(SimulationError::Done)
        } else {
            Ok(())
        }
    }

    /// Fabric: tx_simulator.go, checkWritePrecondition. `value`: empty for what is no value.
    fn before_write(&mut self, key: &str, value: &[u8]) -> Result<()> {
        self.check_open()?;
        if self.private_queried {
            return Err(SimulationError::WriteAfterPrivateQuery(self.tx_id.clone()));
        }
        if self.paged {
            return Err(SimulationError::WriteAfterPage(self.tx_id.clone()));
        }
        self.written = true;
        self.check_key(key)?;
        if self.snapshot.0.rules().couchdb() {
            selvedge_query::check_value(value).map_err(SimulationError::NotForCouchDb)?;
        }
        Ok(())
    }

    fn check_key(&self, key: &str) -> Result<()> {
        if self.snapshot.0.rules().couchdb() {
            selvedge_query::check_key(key).map_err(SimulationError::NotForCouchDb)?;
        }
        Ok(())
    }

    fn shown(&self, value: Bytes) -> Bytes {
        self.snapshot.0.rules().shown(value)
    }

    /// Fabric: tx_simulator.go, checkBeforePvtdataQueries.
    fn before_private_query(&mut self) -> Result<()> {
        if self.written {
            return Err(SimulationError::PrivateQueryAfterWrite(self.tx_id.clone()));
        }
        self.private_queried = true;
        Ok(())
    }

    /// Fabric: tx_simulator.go, checkBeforePaginatedQueries.
    fn before_page(&mut self) -> Result<()> {
        if self.written {
            return Err(SimulationError::PageAfterWrite(self.tx_id.clone()));
        }
        self.paged = true;
        Ok(())
    }

    fn check_collection(&mut self, namespace: &str, collection: &str) -> Result<()> {
        if !self.collections.contains_key(namespace) {
            let source = Arc::clone(&self.source);
            let names = source.collections(self, namespace)?;
            self.collections.insert(namespace.to_owned(), names);
        }
        match self.collections.get(namespace) {
            Some(Some(names)) if names.contains(collection) => Ok(()),
            Some(Some(_)) => Err(SimulationError::UnknownCollection {
                namespace: namespace.to_owned(),
                collection: collection.to_owned(),
            }),
            _ => Err(SimulationError::NoCollections(namespace.to_owned())),
        }
    }
}
