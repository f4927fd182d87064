use super::merged::Merged;
use super::mvcc::Finding;
use super::state::State;
use crate::error::Result;
use crate::rwset::{ReadsHelper, ReadsOutcome, version_of};
use crate::{ConflictSubject, Version};
use selvedge_protos::kvrwset::{
    QueryReads, QueryReadsMerkleSummary, RangeQueryInfo, range_query_info::ReadsInfo,
};
use selvedge_protos::protos::TxValidationCode;

/// The first row that is not as the endorsers saw it; nothing is known of it when they recorded a summary.
#[derive(Debug, Default, PartialEq)]
struct Mismatch {
    key: Option<String>,
    read: Option<Version>,
    found: Option<Version>,
}

/// Scans the range again as the transaction would meet it (Fabric:
/// core/ledger/kvledger/txmgmt/validation/rangequery_validator.go).
pub(super) fn check(
    state: &State<'_>,
    namespace: &str,
    info: &RangeQueryInfo,
) -> Result<Option<Finding>> {
    // A scan that was abandoned ends with the last key it saw, which belongs to it.
    let mut rows = Merged::new(
        state,
        namespace,
        &info.start_key,
        &info.end_key,
        !info.itr_exhausted,
    )?;
    let mismatch = match &info.reads_info {
        Some(ReadsInfo::ReadsMerkleHashes(summary)) => compare_summary(&mut rows, summary)?,
        Some(ReadsInfo::RawReads(reads)) => compare_rows(&mut rows, reads)?,
        None => compare_rows(&mut rows, &QueryReads::default())?,
    };
    Ok(mismatch.map(|mismatch| Finding {
        code: TxValidationCode::PhantomReadConflict,
        namespace: namespace.to_owned(),
        collection: None,
        subject: ConflictSubject::Range {
            start: info.start_key.clone(),
            end: info.end_key.clone(),
            key: mismatch.key,
        },
        read: mismatch.read,
        found: mismatch.found,
        by: mismatch.found,
    }))
}

fn compare_rows(rows: &mut Merged<'_>, reads: &QueryReads) -> Result<Option<Mismatch>> {
    for read in &reads.kv_reads {
        let expected = version_of(read.version.as_ref());
        let Some((key, version)) = rows.next()? else {
            return Ok(Some(Mismatch {
                key: Some(read.key.clone()),
                read: expected,
                found: None,
            }));
        };
        if key == read.key && Some(version) == expected {
            continue;
        }
        // Whichever key comes first is the one that was added, removed or changed.
        let mismatch = match key.cmp(&read.key) {
            std::cmp::Ordering::Less => Mismatch {
                key: Some(key),
                read: None,
                found: Some(version),
            },
            std::cmp::Ordering::Equal => Mismatch {
                key: Some(key),
                read: expected,
                found: Some(version),
            },
            std::cmp::Ordering::Greater => Mismatch {
                key: Some(read.key.clone()),
                read: expected,
                found: None,
            },
        };
        return Ok(Some(mismatch));
    }
    Ok(rows.next()?.map(|(key, version)| Mismatch {
        key: Some(key),
        read: None,
        found: Some(version),
    }))
}

/// Stops at the first hash that differs.
fn compare_summary(
    rows: &mut Merged<'_>,
    summary: &QueryReadsMerkleSummary,
) -> Result<Option<Mismatch>> {
    let differs = Ok(Some(Mismatch::default()));
    // Go peers stop at a degree below 2; no honest endorser records one.
    let Some(mut helper) = ReadsHelper::new(summary.max_degree) else {
        return differs;
    };
    let mut matched = 0;
    while let Some((key, version)) = rows.next()? {
        helper.add(key, version);
        let (level, hashes) = helper.top();
        if level < summary.max_level || hashes.len() == matched {
            continue;
        }
        // Go indexes without looking where a full top level was folded; both sides must have the hash here.
        match (hashes.get(matched), summary.max_level_hashes.get(matched)) {
            (Some(ours), Some(theirs))
                if hashes.len() <= summary.max_level_hashes.len() && ours == theirs => {}
            _ => return differs,
        }
        matched += 1;
    }
    match helper.finish() {
        ReadsOutcome::Summary(ours) if ours == *summary => Ok(None),
        _ => differs,
    }
}
