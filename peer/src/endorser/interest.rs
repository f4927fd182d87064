//! What a gateway must know to find enough endorsers: which chaincodes, collections and key-level policies the
//! simulation touched. Not signed, and not compared.
//!
//! Fabric: core/endorser/endorser.go, buildChaincodeInterest and parseWritesetMetadata.

use super::system;
use crate::wire::why;
use prost::{DecodeError, Message as _};
use selvedge_interface::VALIDATION_PARAMETER;
use selvedge_ledger::{SimulationResults, WrittenKey};
use selvedge_protos::{
    common::SignaturePolicyEnvelope,
    protos::{ChaincodeCall, ChaincodeInterest},
    rwset::TxReadWriteSet,
};
use std::collections::BTreeMap;

#[derive(Debug, thiserror::Error)]
pub(super) enum InterestError {
    #[error("error unmarshalling SignaturePolicyEnvelope: {}", why(.0))]
    KeyPolicy(DecodeError),
    /// The simulator's own output.
    #[error("error unmarshalling TxReadWriteSet: {0}")]
    Results(DecodeError),
}

/// One namespace: whether its policy is needed, by collection (empty: public state), and the policies of its keys.
#[derive(Default)]
struct Namespace {
    needed: BTreeMap<String, bool>,
    key_policies: Vec<SignaturePolicyEnvelope>,
}

pub(super) fn interest(results: &SimulationResults) -> Result<ChaincodeInterest, InterestError> {
    let mut namespaces = written(&results.written)?;
    let public = TxReadWriteSet::decode(results.public.clone()).map_err(InterestError::Results)?;
    for set in public.ns_rwset {
        // Read and not written: its policy is needed all the same.
        namespaces
            .entry(set.namespace)
            .or_insert_with(|| Namespace {
                needed: BTreeMap::from([(String::new(), true)]),
                ..Namespace::default()
            });
    }
    for (namespace, collection) in &results.private_reads {
        namespaces
            .entry(namespace.clone())
            .or_default()
            .needed
            .insert(collection.clone(), true);
    }
    namespaces.retain(|name, _| !system::is_system(name));
    let is_read = |namespace: &str, collection: &str| {
        results
            .private_reads
            .iter()
            .any(|(n, c)| n == namespace && c == collection)
    };
    let chaincodes = namespaces
        .iter()
        .flat_map(|(name, namespace)| calls(name, namespace, &is_read))
        .collect();
    Ok(ChaincodeInterest { chaincodes })
}

fn written(keys: &[WrittenKey]) -> Result<BTreeMap<String, Namespace>, InterestError> {
    let mut namespaces = BTreeMap::<String, Namespace>::new();
    for key in keys {
        let namespace = namespaces.entry(key.namespace.clone()).or_default();
        namespace.needed.entry(String::new()).or_insert(false);
        match key
            .metadata
            .iter()
            .find(|entry| entry.name == VALIDATION_PARAMETER)
        {
            Some(policy) => {
                let policy = SignaturePolicyEnvelope::decode(policy.value.clone())
                    .map_err(InterestError::KeyPolicy)?;
                namespace.key_policies.push(policy);
            }
            None => {
                namespace.needed.insert(key.collection.clone(), true);
            }
        }
    }
    Ok(namespaces)
}

fn calls(
    name: &str,
    namespace: &Namespace,
    is_read: &dyn Fn(&str, &str) -> bool,
) -> Vec<ChaincodeCall> {
    let call = || ChaincodeCall {
        name: name.to_owned(),
        ..ChaincodeCall::default()
    };
    let public_needed = namespace.needed.get("").copied().unwrap_or_default();
    let of_collection = |collection: &String| match collection.as_str() {
        "" if namespace.key_policies.is_empty() => public_needed.then(call),
        "" => Some(ChaincodeCall {
            key_policies: namespace.key_policies.clone(),
            disregard_namespace_policy: !public_needed,
            ..call()
        }),
        collection => Some(ChaincodeCall {
            collection_names: vec![collection.to_owned()],
            no_private_reads: !is_read(name, collection),
            ..call()
        }),
    };
    namespace.needed.keys().filter_map(of_collection).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use selvedge_interface::MetadataEntry;
    use selvedge_protos::rwset::NsReadWriteSet;

    fn results(
        namespaces: &[&str],
        written: Vec<WrittenKey>,
        reads: &[(&str, &str)],
    ) -> SimulationResults {
        let ns_rwset = namespaces
            .iter()
            .map(|name| NsReadWriteSet {
                namespace: (*name).to_owned(),
                ..NsReadWriteSet::default()
            })
            .collect();
        SimulationResults {
            public: TxReadWriteSet {
                ns_rwset,
                ..TxReadWriteSet::default()
            }
            .encode_to_vec()
            .into(),
            written,
            private_reads: reads
                .iter()
                .map(|(n, c)| ((*n).to_owned(), (*c).to_owned()))
                .collect(),
            ..SimulationResults::default()
        }
    }

    fn key(namespace: &str, collection: &str, policy: Option<Bytes>) -> WrittenKey {
        let metadata = policy.map(|value| MetadataEntry {
            name: VALIDATION_PARAMETER.to_owned(),
            value,
        });
        WrittenKey {
            namespace: namespace.to_owned(),
            collection: collection.to_owned(),
            key: "k".to_owned(),
            metadata: metadata.into_iter().collect(),
        }
    }

    #[test]
    fn a_plain_write_needs_the_chaincode_policy_and_system_namespaces_nothing() {
        let interest = interest(&results(
            &["_lifecycle", "kv"],
            vec![key("kv", "", None)],
            &[],
        ))
        .unwrap();
        assert_eq!(
            interest.chaincodes,
            [ChaincodeCall {
                name: "kv".into(),
                ..ChaincodeCall::default()
            }]
        );
    }

    #[test]
    fn a_collection_written_but_not_read_says_so_and_needs_no_public_entry() {
        let interest = interest(&results(&["kv"], vec![key("kv", "collA", None)], &[])).unwrap();
        assert_eq!(interest.chaincodes.len(), 1);
        assert_eq!(interest.chaincodes[0].collection_names, ["collA"]);
        assert!(interest.chaincodes[0].no_private_reads);
    }

    #[test]
    fn keys_with_their_own_policies_replace_the_namespace_policy() {
        let policy = Bytes::from(SignaturePolicyEnvelope::default().encode_to_vec());
        let interest = interest(&results(
            &["kv"],
            vec![key("kv", "", Some(policy))],
            &[("kv", "collB")],
        ))
        .unwrap();
        let public = &interest.chaincodes[0];
        assert!(public.disregard_namespace_policy);
        assert_eq!(public.key_policies.len(), 1);
        assert_eq!(interest.chaincodes[1].collection_names, ["collB"]);
        assert!(!interest.chaincodes[1].no_private_reads);
    }

    #[test]
    fn a_stored_policy_that_does_not_parse_refuses_the_endorsement() {
        let error = interest(&results(
            &["kv"],
            vec![key("kv", "", Some(Bytes::from_static(b"\xff")))],
            &[],
        ));
        assert!(
            error
                .unwrap_err()
                .to_string()
                .starts_with("error unmarshalling SignaturePolicyEnvelope: ")
        );
    }
}
