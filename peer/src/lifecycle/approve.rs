//! An organisation's approval of a definition, written to its implicit collection.

use super::{
    call::Call,
    definition::{Definition, LocalPackage, Parameters},
    error::{Doing as _, Error, SequenceError},
    keys::{self, CHAINCODE_SOURCES, NAMESPACES},
    serializer,
};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ApproveChaincodeDefinitionForMyOrgResult,
    ChaincodeEndorsementInfo, ChaincodeSource, ChaincodeValidationInfo, chaincode_source,
};

type Args = ApproveChaincodeDefinitionForMyOrgArgs;

/// Fabric: core/chaincode/lifecycle/scc.go and lifecycle.go, ApproveChaincodeDefinitionForOrg.
pub(super) fn approve(
    call: &mut Call<'_>,
    args: Args,
) -> Result<ApproveChaincodeDefinitionForMyOrgResult, Error> {
    call.check(&args.name, &args.version, args.collections.as_ref())
        .doing(|| "error validating chaincode definition".to_owned())?;
    let package_id = package_id(args.source);
    let mut parameters = Parameters {
        endorsement: ChaincodeEndorsementInfo {
            version: args.version,
            init_required: args.init_required,
            endorsement_plugin: args.endorsement_plugin,
        },
        validation: ChaincodeValidationInfo {
            validation_plugin: args.validation_plugin,
            validation_parameter: args.validation_parameter,
        },
        collections: Some(args.collections.unwrap_or_default()),
        exact_collections: call.exact_collections.clone(),
    };
    let (name, requested) = (args.name.as_str(), args.sequence);
    let current = serializer::integer(NAMESPACES, name, "Sequence", &mut call.public())
        .doing(|| "could not get current sequence".to_owned())?;
    check_sequence(current, requested)?;
    call.set_defaults(&mut parameters)?;
    if requested == current {
        check_same_as_committed(call, name, current, &parameters)?;
    }
    if is_approved_alike(call, name, requested, &parameters, &package_id)? {
        let name = name.to_owned();
        return Err(if requested == current {
            SequenceError::Committed { current, name }.into()
        } else {
            SequenceError::Unchanged { requested, name }.into()
        });
    }
    store(call, name, requested, &parameters, package_id)?;
    Ok(ApproveChaincodeDefinitionForMyOrgResult {})
}

fn package_id(source: Option<ChaincodeSource>) -> String {
    match source.and_then(|source| source.r#type) {
        Some(chaincode_source::Type::LocalPackage(local)) => local.package_id,
        Some(chaincode_source::Type::Unavailable(_)) | None => String::new(),
    }
}

/// The current sequence or the next one.
fn check_sequence(current: i64, requested: i64) -> Result<(), SequenceError> {
    if current == 0 && requested == 0 {
        return Err(SequenceError::Zero);
    }
    if requested < current {
        return Err(SequenceError::Past { current, requested });
    }
    let next = current.saturating_add(1);
    if requested > next {
        return Err(SequenceError::Future { requested, next });
    }
    Ok(())
}

/// Approving what is committed attaches a package and changes nothing else.
fn check_same_as_committed(
    call: &mut Call<'_>,
    name: &str,
    current: i64,
    passed: &Parameters,
) -> Result<(), Error> {
    let mut state = call.public();
    let metadata = serializer::metadata(NAMESPACES, name, &mut state)
        .doing(|| "could not fetch metadata for current definition".to_owned())?
        .ok_or(SequenceError::NoMetadata(current))?;
    let committed = Definition::read(name, &metadata, &mut state)
        .doing(|| format!("could not deserialize namespace {name} as chaincode"))?;
    committed.parameters.difference(passed).doing(|| {
        format!(
            "attempted to redefine the current committed sequence ({current}) for namespace {name} with different parameters"
        )
    })
}

/// Whether this organisation approved the very same thing with the very same package before.
///
/// Fabric: core/chaincode/lifecycle/lifecycle.go, isAttemptToRedefine.
fn is_approved_alike(
    call: &mut Call<'_>,
    name: &str,
    requested: i64,
    parameters: &Parameters,
    package_id: &str,
) -> Result<bool, Error> {
    let name = &keys::private_name(name, requested);
    let collection = call.my_collection();
    let mut state = call.collection(&collection);
    let metadata = serializer::metadata(NAMESPACES, name, &mut state).doing(|| {
        format!("could not fetch chaincode definition, chaincode {name}, requested at sequence {requested}")
    })?;
    let Some(metadata) = metadata else {
        return Ok(false);
    };
    let approved = Parameters::read(name, super::definition::PARAMETERS, &metadata, &mut state)
        .doing(|| format!("could not deserialize namespace {name} as chaincode"))?;
    if approved.difference(parameters).is_err() {
        return Ok(false);
    }
    let metadata = serializer::metadata(CHAINCODE_SOURCES, name, &mut state)
        .doing(|| format!("could not deserialize chaincode-source metadata for {name}"))?;
    let Some(metadata) = metadata else {
        return Ok(false);
    };
    let package = LocalPackage::read(name, &metadata, &mut state)
        .doing(|| format!("could not deserialize chaincode package for {name}"))?;
    Ok(package.0 == package_id)
}

/// The package is stored even when it is none: that is how an organisation stops running a chaincode.
fn store(
    call: &mut Call<'_>,
    name: &str,
    requested: i64,
    parameters: &Parameters,
    package_id: String,
) -> Result<(), Error> {
    let name = keys::private_name(name, requested);
    let collection = call.my_collection();
    let mut state = call.collection(&collection);
    serializer::store(NAMESPACES, &name, &parameters.record(), &mut state)
        .doing(|| "could not serialize chaincode parameters to state".to_owned())?;
    serializer::store(
        CHAINCODE_SOURCES,
        &name,
        &LocalPackage(package_id).record(),
        &mut state,
    )
    .doing(|| "could not serialize chaincode package info to state".to_owned())
}
