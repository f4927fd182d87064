use super::phantom;
use super::state::State;
use crate::error::Result;
use crate::rwset::{CollectionSet, NsSet, TxSet, version_of};
use crate::{ConflictSubject, Version};
use selvedge_protos::kvrwset;
use selvedge_protos::protos::TxValidationCode;

/// Why a transaction does not fit the state it meets.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) code: TxValidationCode,
    pub(super) namespace: String,
    pub(super) collection: Option<String>,
    pub(super) subject: ConflictSubject,
    pub(super) read: Option<Version>,
    pub(super) found: Option<Version>,
    pub(super) by: Option<Version>,
}

/// Public reads, ranges, hashed reads, namespace by namespace; the first that fails decides (Fabric:
/// core/ledger/kvledger/txmgmt/validation/validator.go).
pub(super) fn check(state: &State<'_>, set: &TxSet) -> Result<Option<Finding>> {
    for namespace in &set.namespaces {
        if let Some(finding) = check_namespace(state, namespace)? {
            return Ok(Some(finding));
        }
    }
    Ok(None)
}

fn check_namespace(state: &State<'_>, set: &NsSet) -> Result<Option<Finding>> {
    for read in &set.public.reads {
        if let Some(finding) = check_read(state, &set.namespace, read)? {
            return Ok(Some(finding));
        }
    }
    for range in &set.public.range_queries_info {
        if let Some(finding) = phantom::check(state, &set.namespace, range)? {
            return Ok(Some(finding));
        }
    }
    for collection in &set.collections {
        for read in &collection.hashed.hashed_reads {
            if let Some(finding) = check_hashed_read(state, &set.namespace, collection, read)? {
                return Ok(Some(finding));
            }
        }
    }
    Ok(None)
}

fn check_read(
    state: &State<'_>,
    namespace: &str,
    read: &kvrwset::KvRead,
) -> Result<Option<Finding>> {
    let expected = version_of(read.version.as_ref());
    let clash = compare(state, namespace, "", read.key.as_bytes(), expected)?;
    Ok(clash.map(|(found, by)| Finding {
        code: TxValidationCode::MvccReadConflict,
        namespace: namespace.to_owned(),
        collection: None,
        subject: ConflictSubject::Key(read.key.clone()),
        read: expected,
        found,
        by,
    }))
}

fn check_hashed_read(
    state: &State<'_>,
    namespace: &str,
    set: &CollectionSet,
    read: &kvrwset::KvReadHash,
) -> Result<Option<Finding>> {
    let expected = version_of(read.version.as_ref());
    let clash = compare(state, namespace, &set.collection, &read.key_hash, expected)?;
    Ok(clash.map(|(found, by)| Finding {
        code: TxValidationCode::MvccReadConflict,
        namespace: namespace.to_owned(),
        collection: Some(set.collection.clone()),
        subject: ConflictSubject::KeyHash(read.key_hash.clone()),
        read: expected,
        found,
        by,
    }))
}

type Clash = (Option<Version>, Option<Version>);

/// A key that an earlier transaction of the block touched conflicts whatever version was read, deletions of absent keys
/// included. Answers what is found and who wrote it.
fn compare(
    state: &State<'_>,
    namespace: &str,
    collection: &str,
    key: &[u8],
    expected: Option<Version>,
) -> Result<Option<Clash>> {
    if let Some(pending) = state.pending(namespace, collection, key) {
        let found = pending.value.as_ref().map(|_| pending.version);
        return Ok(Some((found, Some(pending.version))));
    }
    let committed = state.committed_version(namespace, collection, key)?;
    Ok((committed != expected).then_some((committed, committed)))
}
