//! Read-write sets, and the policies kept in the metadata of keys.

use bytes::Bytes;
use selvedge_protos::common::SignaturePolicyEnvelope;
use selvedge_protos::kvrwset::{HashedRwSet, KvMetadataEntry, KvrwSet};
use selvedge_protos::protos::MetaDataKeys;
use selvedge_protos::rwset::{TxPvtReadWriteSet, TxReadWriteSet};

use crate::lifecycle;
use crate::policies;
use crate::tally::Tally;

pub(crate) fn public(tally: &mut Tally, bytes: &Bytes) {
    let Some(results) = tally.exact::<TxReadWriteSet>(bytes) else {
        return;
    };
    for namespace in &results.ns_rwset {
        keys(tally, &namespace.namespace, &namespace.rwset);
        for collection in &namespace.collection_hashed_rwset {
            if let Some(set) = tally.exact::<HashedRwSet>(&collection.hashed_rwset) {
                for write in &set.metadata_writes {
                    metadata(tally, &write.entries);
                }
            }
        }
    }
}

pub(crate) fn private(tally: &mut Tally, bytes: &Bytes) {
    let Some(results) = tally.exact::<TxPvtReadWriteSet>(bytes) else {
        return;
    };
    for namespace in &results.ns_pvt_rwset {
        for collection in &namespace.collection_pvt_rwset {
            keys(tally, &namespace.namespace, &collection.rwset);
        }
    }
}

fn keys(tally: &mut Tally, namespace: &str, bytes: &Bytes) {
    let Some(set) = tally.exact::<KvrwSet>(bytes) else {
        return;
    };
    for write in &set.metadata_writes {
        metadata(tally, &write.entries);
    }
    if namespace == "_lifecycle" {
        for write in &set.writes {
            lifecycle::state(tally, &write.key, &write.value);
        }
    }
}

pub(crate) fn metadata(tally: &mut Tally, entries: &[KvMetadataEntry]) {
    for entry in entries {
        assert_eq!(entry.name, MetaDataKeys::ValidationParameter.as_str_name());
        if let Some(policy) = tally.exact::<SignaturePolicyEnvelope>(&entry.value) {
            policies::principals(tally, &policy);
        }
    }
}
