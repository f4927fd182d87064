use super::{Result, SimulationError, Simulator};
use crate::rich::{RichScan, Space};
use crate::rwset::RangeRecorder;
use crate::store::{Column, private_namespace, state_bounds};
use crate::{Row, Snapshot};
use bytes::Bytes;
use selvedge_query::Query;

/// A range scan or a rich query of one simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScanId(usize);

pub(super) enum OpenScan {
    Range(Box<RangeScan>),
    Rich {
        scan: Box<RichScan>,
        /// Of the plain reads that the rows become; absent for private data, of which nothing is recorded.
        namespace: Option<String>,
    },
}

pub(super) struct RangeScan {
    column: Column,
    /// Bytes of namespace before the key.
    prefix: usize,
    next: Vec<u8>,
    upper: Vec<u8>,
    end: String,
    /// Absent for private data, of which nothing is recorded.
    recorder: Option<RangeRecorder>,
}

impl Simulator {
    /// Opens a scan over `[start, end)`; an empty bound is open. Recorded as far as [`Simulator::advance`] pulls it.
    pub fn scan(&mut self, namespace: &str, start: &str, end: &str) -> Result<ScanId> {
        self.check_open()?;
        let recorder = RangeRecorder::new(namespace, start, end);
        Ok(self.add_range(Column::State, namespace, start, end, Some(recorder)))
    }

    /// As [`Simulator::scan`] for one page: only in a transaction that writes nothing, before and after.
    pub fn scan_page(&mut self, namespace: &str, start: &str, end: &str) -> Result<ScanId> {
        self.before_page()?;
        self.scan(namespace, start, end)
    }

    /// Opens a scan over private values. Records nothing, so only in a transaction that writes nothing, before and
    /// after.
    pub fn scan_private(
        &mut self,
        namespace: &str,
        collection: &str,
        start: &str,
        end: &str,
    ) -> Result<ScanId> {
        self.before_private_query()?;
        self.check_collection(namespace, collection)?;
        self.check_open()?;
        let namespace = private_namespace(namespace, collection);
        Ok(self.add_range(Column::Private, &namespace, start, end, None))
    }

    /// Opens a Mango query. Every row that [`Simulator::advance`] pulls is recorded as a read of its key; nothing
    /// protects against rows that appear later.
    pub fn rich_query(&mut self, namespace: &str, query: &str) -> Result<ScanId> {
        self.check_open()?;
        self.add_rich(namespace, query, "", SimulationError::RichQuery)
    }

    /// As [`Simulator::rich_query`] for one page: only in a transaction that writes nothing, before and after.
    pub fn rich_query_page(
        &mut self,
        namespace: &str,
        query: &str,
        bookmark: &str,
    ) -> Result<ScanId> {
        self.before_page()?;
        self.check_open()?;
        self.add_rich(namespace, query, bookmark, SimulationError::RichPage)
    }

    /// Over private values: records nothing, so only in a transaction that writes nothing, before and after.
    pub fn rich_query_private(
        &mut self,
        namespace: &str,
        collection: &str,
        query: &str,
    ) -> Result<ScanId> {
        self.before_private_query()?;
        self.check_collection(namespace, collection)?;
        self.check_open()?;
        if !self.snapshot.0.rules().couchdb() {
            return Err(SimulationError::RichQuery);
        }
        let space = Space {
            column: Column::Private,
            namespace: private_namespace(namespace, collection),
        };
        self.open_rich(space, Query::parse(query, "")?, None)
    }

    /// At most `limit` further rows. Fewer: the scan is exhausted, and recorded so.
    pub fn advance(&mut self, scan: ScanId, limit: usize) -> Result<Vec<Row>> {
        self.check_open()?;
        let mut rows = match self.scans.get_mut(scan.0) {
            None => return Ok(Vec::new()),
            Some(OpenScan::Range(range)) => range.advance(&self.snapshot, limit)?,
            Some(OpenScan::Rich { scan, namespace }) => {
                let rows = scan.advance(&self.snapshot.0, limit)?;
                if let Some(namespace) = namespace {
                    for row in &rows {
                        self.builder
                            .read(namespace, &row.key, Some(row.value.version));
                    }
                }
                return Ok(rows);
            }
        };
        for row in &mut rows {
            row.value.value = self.shown(std::mem::replace(&mut row.value.value, Bytes::new()));
        }
        Ok(rows)
    }

    /// Where a next page would start; nothing is recorded. At the end of a range it is empty, and with the rules of
    /// CouchDB the end key, escaped as in JSON (Fabric: couchdb.go, readDocRange).
    pub fn bookmark(&mut self, scan: ScanId) -> Result<String> {
        self.check_open()?;
        match self.scans.get(scan.0) {
            None => Ok(String::new()),
            Some(OpenScan::Rich { scan, .. }) => Ok(scan.bookmark()),
            Some(OpenScan::Range(range)) => Ok(match range.rows(&self.snapshot, 1)?.pop() {
                Some(row) => row.key,
                None if self.snapshot.0.rules().couchdb() => selvedge_query::escape(&range.end),
                None => String::new(),
            }),
        }
    }

    /// All rows of `[start, end)`, recorded as an exhausted range.
    pub fn range(&mut self, namespace: &str, start: &str, end: &str) -> Result<Vec<Row>> {
        let scan = self.scan(namespace, start, end)?;
        self.advance(scan, usize::MAX)
    }

    fn add_rich(
        &mut self,
        namespace: &str,
        query: &str,
        bookmark: &str,
        refusal: SimulationError,
    ) -> Result<ScanId> {
        if !self.snapshot.0.rules().couchdb() {
            return Err(refusal);
        }
        let space = Space {
            column: Column::State,
            namespace: namespace.to_owned(),
        };
        self.open_rich(space, Query::parse(query, bookmark)?, Some(namespace))
    }

    fn open_rich(&mut self, space: Space, query: Query, recorded: Option<&str>) -> Result<ScanId> {
        let view = &*self.snapshot.0;
        let scan = RichScan::new(view, space, query, view.rules().rich_query_portion)?;
        self.scans.push(OpenScan::Rich {
            scan: Box::new(scan),
            namespace: recorded.map(str::to_owned),
        });
        Ok(ScanId(self.scans.len() - 1))
    }

    fn add_range(
        &mut self,
        column: Column,
        namespace: &str,
        start: &str,
        end: &str,
        recorder: Option<RangeRecorder>,
    ) -> ScanId {
        let (next, upper) = state_bounds(namespace, start, end);
        self.scans.push(OpenScan::Range(Box::new(RangeScan {
            column,
            prefix: namespace.len() + 1,
            next,
            upper,
            end: end.to_owned(),
            recorder,
        })));
        ScanId(self.scans.len() - 1)
    }
}

impl OpenScan {
    pub(super) fn take_recorder(&mut self) -> Option<RangeRecorder> {
        match self {
            Self::Range(range) => range.recorder.take(),
            Self::Rich { .. } => None,
        }
    }
}

impl RangeScan {
    /// Every batch seeks anew: an open database iterator would pin files for as long as chaincode thinks.
    fn rows(&self, snapshot: &Snapshot, limit: usize) -> Result<Vec<Row>> {
        Ok(snapshot.0.state_rows(
            self.column,
            self.prefix,
            &self.next,
            self.upper.clone(),
            limit,
        )?)
    }

    fn advance(&mut self, snapshot: &Snapshot, limit: usize) -> Result<Vec<Row>> {
        let rows = self.rows(snapshot, limit)?;
        if let Some(last) = rows.last() {
            self.next.truncate(self.prefix);
            self.next.extend_from_slice(last.key.as_bytes());
            self.next.push(0);
        }
        if let Some(recorder) = &mut self.recorder {
            for row in &rows {
                recorder.row(&row.key, row.value.version);
            }
            if rows.len() < limit {
                recorder.exhaust();
            }
        }
        Ok(rows)
    }
}
