use super::{ReadsHelper, ReadsOutcome};
use crate::Version;
use selvedge_protos::kvrwset::{self, range_query_info::ReadsInfo};

/// What one range scan of a simulation saw.
pub(crate) struct RangeRecorder {
    pub(crate) namespace: String,
    start: String,
    end: String,
    last: Option<String>,
    exhausted: bool,
    reads: ReadsHelper,
}

impl RangeRecorder {
    pub(crate) fn new(namespace: &str, start: &str, end: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            start: start.to_owned(),
            end: end.to_owned(),
            last: None,
            exhausted: false,
            reads: ReadsHelper::recording(),
        }
    }

    /// A row the peer pulled, whether or not chaincode looked at it.
    pub(crate) fn row(&mut self, key: &str, version: Version) {
        self.reads.add(key.to_owned(), version);
        // The last key matters only while the end is not reached; reuse its buffer.
        let last = self.last.get_or_insert_default();
        last.clear();
        last.push_str(key);
    }

    pub(crate) fn exhaust(&mut self) {
        self.exhausted = true;
    }

    pub(crate) fn finish(self) -> (String, kvrwset::RangeQueryInfo) {
        let reads_info = match self.reads.finish() {
            ReadsOutcome::Raw(reads) if reads.is_empty() => None,
            ReadsOutcome::Raw(kv_reads) => {
                Some(ReadsInfo::RawReads(kvrwset::QueryReads { kv_reads }))
            }
            ReadsOutcome::Summary(summary) => Some(ReadsInfo::ReadsMerkleHashes(summary)),
        };
        let end_key = if self.exhausted {
            self.end
        } else {
            self.last.unwrap_or_default()
        };
        let info = kvrwset::RangeQueryInfo {
            start_key: self.start,
            end_key,
            itr_exhausted: self.exhausted,
            reads_info,
        };
        (self.namespace, info)
    }
}
