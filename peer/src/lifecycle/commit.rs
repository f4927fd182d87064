//! From approvals to a committed definition.

use super::{
    call::Call,
    definition::{Definition, Parameters},
    error::{Doing as _, Error, SequenceError},
    implicit,
    keys::{self, NAMESPACES},
    serializer,
};
use selvedge_protos::lifecycle::{
    ChaincodeEndorsementInfo, ChaincodeValidationInfo, CheckCommitReadinessArgs,
    CheckCommitReadinessResult, CommitChaincodeDefinitionArgs, CommitChaincodeDefinitionResult,
    check_commit_readiness_result::Mismatches,
};
use std::collections::BTreeMap;

/// What is missing of each organisation's approval; an empty list is an approval.
pub(super) type Approvals = BTreeMap<String, Vec<String>>;

/// Who has approved this definition, and what differs in the approvals of the others.
///
/// Fabric: core/chaincode/lifecycle/scc.go and lifecycle.go, CheckCommitReadiness.
pub(super) fn check_readiness(
    call: &mut Call<'_>,
    args: CheckCommitReadinessArgs,
) -> Result<CheckCommitReadinessResult, Error> {
    let organisations = call.organisations()?;
    let name = args.name.clone();
    let definition = definition(args, call);
    let (_, approvals) = readiness(call, &name, definition, &organisations)?;
    let approved = approvals
        .iter()
        .map(|(org, missing)| (org.clone(), missing.is_empty()))
        .collect();
    let mismatches = approvals
        .into_iter()
        .filter(|(_, missing)| !missing.is_empty())
        .map(|(org, items)| (org, Mismatches { items }))
        .collect();
    Ok(CheckCommitReadinessResult {
        approvals: approved,
        mismatches,
    })
}

/// Writes the definition to public state, if this peer's organisation agrees. Whether enough others do is decided by
/// the endorsement policy of the namespace.
///
/// Fabric: core/chaincode/lifecycle/scc.go, CommitChaincodeDefinition.
pub(super) fn commit(
    call: &mut Call<'_>,
    args: CommitChaincodeDefinitionArgs,
) -> Result<CommitChaincodeDefinitionResult, Error> {
    call.check(&args.name, &args.version, args.collections.as_ref())
        .doing(|| "error validating chaincode definition".to_owned())?;
    let organisations = call.organisations()?;
    if !organisations
        .iter()
        .any(|organisation| organisation == call.msp_id)
    {
        return Err(Error::NotOfThisChannel);
    }
    let name = args.name.clone();
    let definition = definition(same_fields(args), call);
    let (definition, approvals) = readiness(call, &name, definition, &organisations)?;
    serializer::store(NAMESPACES, &name, &definition.record(), &mut call.public())
        .doing(|| "could not serialize chaincode definition".to_owned())?;
    match approvals.get(call.msp_id) {
        Some(missing) if missing.is_empty() => Ok(CommitChaincodeDefinitionResult {}),
        _ => Err(Error::NotAgreed(call.msp_id.to_owned())),
    }
}

/// The two messages have the same fields with the same numbers.
fn same_fields(args: CommitChaincodeDefinitionArgs) -> CheckCommitReadinessArgs {
    CheckCommitReadinessArgs {
        sequence: args.sequence,
        name: args.name,
        version: args.version,
        endorsement_plugin: args.endorsement_plugin,
        validation_plugin: args.validation_plugin,
        validation_parameter: args.validation_parameter,
        collections: args.collections,
        init_required: args.init_required,
    }
}

fn definition(args: CheckCommitReadinessArgs, call: &Call<'_>) -> Definition {
    Definition {
        sequence: args.sequence,
        parameters: Parameters {
            endorsement: ChaincodeEndorsementInfo {
                version: args.version,
                init_required: args.init_required,
                endorsement_plugin: args.endorsement_plugin,
            },
            validation: ChaincodeValidationInfo {
                validation_plugin: args.validation_plugin,
                validation_parameter: args.validation_parameter,
            },
            collections: args.collections,
            exact_collections: call.exact_collections.clone(),
        },
    }
}

fn readiness(
    call: &mut Call<'_>,
    name: &str,
    mut definition: Definition,
    organisations: &[String],
) -> Result<(Definition, Approvals), Error> {
    let current = serializer::integer(NAMESPACES, name, "Sequence", &mut call.public())
        .doing(|| "could not get current sequence".to_owned())?;
    let (requested, next) = (definition.sequence, current.saturating_add(1));
    if requested != next {
        return Err(SequenceError::NotNext { requested, next }.into());
    }
    call.set_defaults(&mut definition.parameters)?;
    let approvals = approvals(call, name, &definition, organisations)?;
    Ok((definition, approvals))
}

/// Compares every organisation's approval by hash.
pub(super) fn approvals(
    call: &mut Call<'_>,
    name: &str,
    definition: &Definition,
    organisations: &[String],
) -> Result<Approvals, Error> {
    let name = keys::private_name(name, definition.sequence);
    let record = definition.parameters.record();
    let mut approvals = Approvals::new();
    for organisation in organisations {
        let collection = implicit::collection_of(organisation);
        let missing = serializer::mismatches(
            NAMESPACES,
            &name,
            &record,
            &mut call.collection(&collection),
        )
        .doing(|| format!("serialization check failed for key {name}"))?;
        approvals.insert(organisation.clone(), missing);
    }
    Ok(approvals)
}
