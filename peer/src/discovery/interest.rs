//! From the calls of a transaction to the sets of principals that satisfy all their policies.

use super::chaincode::Defined;
use super::error::SelectError;
use super::inquire::satisfying_sets;
use super::merge::{merge, reduce};
use super::principal::{Principals, Set};
use selvedge_identity::ChannelConfig;
use selvedge_protos::common::SignaturePolicyEnvelope;
use selvedge_protos::protos::ChaincodeCall;
use std::sync::Arc;

/// The question, and what is committed about each of its chaincodes.
pub(super) struct Question<'a> {
    pub(super) channel: &'a str,
    pub(super) config: &'a ChannelConfig,
    pub(super) calls: &'a [ChaincodeCall],
    pub(super) defined: &'a [Arc<Defined>],
}

/// Fabric: discovery/endorsement/endorsement.go, computePrincipalSets.
pub(super) fn principal_sets(
    question: &Question<'_>,
    principals: &mut Principals,
    pick: &mut dyn FnMut(usize) -> usize,
) -> Result<Vec<Set>, SelectError> {
    let mut all = Vec::new();
    for (call, defined) in question.calls.iter().zip(question.defined) {
        for policy in policies(question, call, defined)? {
            let sets = comparable(&policy, principals, pick).ok_or(SelectError::Principal)?;
            if sets.is_empty() {
                return Err(SelectError::Unsatisfiable);
            }
            all.push(sets);
        }
    }
    all.extend(of_keys(question.calls, principals, pick)?);
    merge_all(principals, all).ok_or(SelectError::NoSets)
}

fn policies(
    question: &Question<'_>,
    call: &ChaincodeCall,
    defined: &Defined,
) -> Result<Vec<Arc<SignaturePolicyEnvelope>>, SelectError> {
    let found = defined.policies(question.config, &call.collection_names);
    let mut found = found.map_err(|error| {
        tracing::error!(chaincode = call.name, %error, "a collection's policy cannot be used");
        SelectError::NoMetadata {
            chaincode: call.name.clone(),
            channel: question.channel.to_owned(),
        }
    })?;
    if found.is_empty() {
        return Err(SelectError::NoPolicy);
    }
    if call.disregard_namespace_policy {
        if found.len() == 1 && call.key_policies.is_empty() {
            return Err(SelectError::NothingLeft(call.name.clone()));
        }
        // The first one, whosever it is.
        found.remove(0);
    }
    Ok(found)
}

fn of_keys(
    calls: &[ChaincodeCall],
    principals: &mut Principals,
    pick: &mut dyn FnMut(usize) -> usize,
) -> Result<Option<Vec<Set>>, SelectError> {
    let mut policies: Vec<&SignaturePolicyEnvelope> = Vec::new();
    let mut repeated = false;
    for policy in calls.iter().flat_map(|call| &call.key_policies) {
        // A transaction that writes many keys of one owner names one policy many times.
        if policies.contains(&policy) {
            repeated = true;
        } else {
            policies.push(policy);
        }
    }
    let mut all = Vec::new();
    for policy in policies {
        let sets = comparable(policy, principals, pick).ok_or(SelectError::KeyPrincipal)?;
        if sets.is_empty() {
            return Err(SelectError::KeyUnsatisfiable);
        }
        all.push(sets);
    }
    let merged = merge_all(principals, all);
    Ok(merged.map(|sets| match repeated {
        true => reduce(principals, sets),
        false => sets,
    }))
}

fn merge_all(principals: &Principals, all: Vec<Vec<Set>>) -> Option<Vec<Set>> {
    all.into_iter()
        .reduce(|left, right| merge(principals, left, right))
}

fn comparable(
    policy: &SignaturePolicyEnvelope,
    principals: &mut Principals,
    pick: &mut dyn FnMut(usize) -> usize,
) -> Option<Vec<Set>> {
    let places: Vec<Option<usize>> = policy
        .identities
        .iter()
        .map(|principal| principals.place(principal))
        .collect();
    let translate = |set: Set| -> Option<Set> {
        let mut places = set.into_iter().map(|at| places.get(at).copied().flatten());
        places.by_ref().collect()
    };
    let sets = satisfying_sets(policy, pick).into_iter();
    sets.map(translate).collect()
}
