use super::{Result, SimulationError, Simulator};
use crate::rwset::RangeRecorder;
use crate::store::{Column, private_namespace, state_bounds};
use crate::{Row, Snapshot};

/// A range scan of one simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScanId(usize);

pub(super) struct ScanState {
    column: Column,
    /// Bytes of namespace before the key.
    prefix: usize,
    next: Vec<u8>,
    upper: Vec<u8>,
    /// Absent for private data, of which nothing is recorded.
    pub(super) recorder: Option<RangeRecorder>,
}

impl Simulator {
    /// Opens a scan over `[start, end)`; an empty bound is open. Recorded as far as [`Simulator::advance`] pulls it.
    pub fn scan(&mut self, namespace: &str, start: &str, end: &str) -> Result<ScanId> {
        self.check_open()?;
        let recorder = RangeRecorder::new(namespace, start, end);
        Ok(self.add_scan(Column::State, namespace, start, end, Some(recorder)))
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
        Ok(self.add_scan(Column::Private, &namespace, start, end, None))
    }

    /// A Mango query; this state database has none.
    pub fn rich_query(&mut self) -> Result<ScanId> {
        self.check_open()?;
        Err(SimulationError::RichQuery)
    }

    pub fn rich_query_page(&mut self) -> Result<ScanId> {
        self.before_page()?;
        self.check_open()?;
        Err(SimulationError::RichPage)
    }

    pub fn rich_query_private(&mut self, namespace: &str, collection: &str) -> Result<ScanId> {
        self.before_private_query()?;
        self.check_collection(namespace, collection)?;
        self.check_open()?;
        Err(SimulationError::RichQuery)
    }

    /// At most `limit` further rows. Fewer: the scan is exhausted, and recorded so.
    pub fn advance(&mut self, scan: ScanId, limit: usize) -> Result<Vec<Row>> {
        self.check_open()?;
        let Some(state) = self.scans.get_mut(scan.0) else {
            return Ok(Vec::new());
        };
        state.advance(&self.snapshot, limit)
    }

    /// The key a next page would start at; nothing is recorded. `None` at the end of the range.
    pub fn bookmark(&mut self, scan: ScanId) -> Result<Option<String>> {
        self.check_open()?;
        let Some(state) = self.scans.get(scan.0) else {
            return Ok(None);
        };
        Ok(state.rows(&self.snapshot, 1)?.pop().map(|row| row.key))
    }

    /// All rows of `[start, end)`, recorded as an exhausted range.
    pub fn range(&mut self, namespace: &str, start: &str, end: &str) -> Result<Vec<Row>> {
        let scan = self.scan(namespace, start, end)?;
        self.advance(scan, usize::MAX)
    }

    fn add_scan(
        &mut self,
        column: Column,
        namespace: &str,
        start: &str,
        end: &str,
        recorder: Option<RangeRecorder>,
    ) -> ScanId {
        let (next, upper) = state_bounds(namespace, start, end);
        self.scans.push(ScanState {
            column,
            prefix: namespace.len() + 1,
            next,
            upper,
            recorder,
        });
        ScanId(self.scans.len() - 1)
    }
}

impl ScanState {
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
