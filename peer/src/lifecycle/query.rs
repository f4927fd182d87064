//! What is defined and what this organisation approved.

use super::{
    call::Call,
    commit,
    definition::{self, Definition, LocalPackage, Parameters},
    error::{Doing as _, Error},
    keys::{self, CHAINCODE_SOURCES, NAMESPACES},
    serializer,
    state::HostState,
};
use selvedge_protos::lifecycle::{
    ChaincodeSource, QueryApprovedChaincodeDefinitionArgs, QueryApprovedChaincodeDefinitionResult,
    QueryApprovedChaincodeDefinitionsArgs, QueryApprovedChaincodeDefinitionsResult,
    QueryChaincodeDefinitionArgs, QueryChaincodeDefinitionResult, QueryChaincodeDefinitionsArgs,
    QueryChaincodeDefinitionsResult, StateMetadata, chaincode_source,
    query_approved_chaincode_definitions_result::ApprovedChaincodeDefinition,
    query_chaincode_definitions_result::ChaincodeDefinition,
};

/// The committed definition with the approvals of its own sequence: an organisation that approved later counts.
pub(super) fn committed(
    call: &mut Call<'_>,
    args: QueryChaincodeDefinitionArgs,
) -> Result<QueryChaincodeDefinitionResult, Error> {
    let definition = read_committed(&args.name, &mut call.public())?;
    let organisations = call.organisations()?;
    let approvals = commit::approvals(call, &args.name, &definition, &organisations)?;
    let Definition {
        sequence,
        parameters:
            Parameters {
                endorsement,
                validation,
                collections,
                ..
            },
    } = definition;
    Ok(QueryChaincodeDefinitionResult {
        sequence,
        version: endorsement.version,
        endorsement_plugin: endorsement.endorsement_plugin,
        validation_plugin: validation.validation_plugin,
        validation_parameter: validation.validation_parameter,
        collections,
        init_required: endorsement.init_required,
        approvals: approvals
            .into_iter()
            .map(|(org, missing)| (org, missing.is_empty()))
            .collect(),
    })
}

fn read_committed(name: &str, state: &mut HostState<'_>) -> Result<Definition, Error> {
    let metadata = serializer::metadata(NAMESPACES, name, state)
        .doing(|| format!("could not fetch metadata for namespace {name}"))?
        .ok_or_else(|| Error::NotDefined(name.to_owned()))?;
    Definition::read(name, &metadata, state)
        .doing(|| format!("could not deserialize namespace {name} as chaincode"))
}

/// All committed definitions, in the order of their names.
pub(super) fn all_committed(
    call: &mut Call<'_>,
    _: QueryChaincodeDefinitionsArgs,
) -> Result<QueryChaincodeDefinitionsResult, Error> {
    let mut state = call.public();
    let all = serializer::all_metadata(NAMESPACES, &mut state)
        .doing(|| "could not query namespace metadata".to_owned())?;
    let mut found = Vec::new();
    for (name, _) in all
        .into_iter()
        .filter(|(_, metadata)| metadata.datatype == definition::DEFINITION)
    {
        let Definition {
            sequence,
            parameters,
        } = read_committed(&name, &mut state)?;
        let Parameters {
            endorsement,
            validation,
            collections,
            ..
        } = parameters;
        found.push(ChaincodeDefinition {
            name,
            sequence,
            version: endorsement.version,
            endorsement_plugin: endorsement.endorsement_plugin,
            validation_plugin: validation.validation_plugin,
            validation_parameter: validation.validation_parameter,
            collections,
            init_required: endorsement.init_required,
        });
    }
    Ok(QueryChaincodeDefinitionsResult {
        chaincode_definitions: found,
    })
}

/// This organisation's approval; sequence 0 asks for the newest of the committed and the next one.
pub(super) fn approved(
    call: &mut Call<'_>,
    args: QueryApprovedChaincodeDefinitionArgs,
) -> Result<QueryApprovedChaincodeDefinitionResult, Error> {
    let name = args.name;
    let sequence = if args.sequence == 0 {
        newest(call, &name)?
    } else {
        args.sequence
    };
    let private_name = keys::private_name(&name, sequence);
    let collection = call.my_collection();
    let channel = call.channel_id.to_owned();
    let mut state = call.collection(&collection);
    let metadata = serializer::metadata(NAMESPACES, &private_name, &mut state)
        .doing(|| format!("could not deserialize namespace metadata for {private_name}"))?
        .ok_or(Error::NotApproved {
            name,
            sequence,
            channel,
        })?;
    let (parameters, source) = read_approval(&private_name, &metadata, &mut state)?;
    let Parameters {
        endorsement,
        validation,
        collections,
        ..
    } = parameters;
    Ok(QueryApprovedChaincodeDefinitionResult {
        sequence,
        version: endorsement.version,
        endorsement_plugin: endorsement.endorsement_plugin,
        validation_plugin: validation.validation_plugin,
        validation_parameter: validation.validation_parameter,
        collections,
        init_required: endorsement.init_required,
        source: Some(source),
    })
}

fn newest(call: &mut Call<'_>, name: &str) -> Result<i64, Error> {
    let current = serializer::integer(NAMESPACES, name, "Sequence", &mut call.public())
        .doing(|| "could not get current sequence".to_owned())?;
    let next = current.saturating_add(1);
    let collection = call.my_collection();
    let private_name = keys::private_name(name, next);
    let approved =
        serializer::metadata(NAMESPACES, &private_name, &mut call.collection(&collection)).doing(
            || format!("could not deserialize namespace metadata for next sequence {next}"),
        )?;
    Ok(if approved.is_some() { next } else { current })
}

/// All approvals of this organisation, in the order of their private names.
pub(super) fn all_approved(
    call: &mut Call<'_>,
    _: QueryApprovedChaincodeDefinitionsArgs,
) -> Result<QueryApprovedChaincodeDefinitionsResult, Error> {
    let channel = call.channel_id.to_owned();
    let collection = call.my_collection();
    let mut state = call.collection(&collection);
    let all = serializer::all_metadata(NAMESPACES, &mut state)
        .doing(|| "could not fetch metadatas".to_owned())?;
    let mut found = Vec::with_capacity(all.len());
    for (private_name, metadata) in all {
        let (name, sequence) = split(&private_name).doing(|| {
            format!(
                "could not extract chaincode name and sequence number from metadata: {private_name}"
            )
        })?;
        // The key is built from the parsed number, as Fabric does: a name like `cc#01` reads the fields of `cc#1`.
        let private_name = keys::private_name(name, sequence);
        let (parameters, source) = read_approval(&private_name, &metadata, &mut state).doing(|| {
            format!("could not fetch approved chaincode definition (name: '{name}', sequence: '{sequence}') on channel '{channel}'")
        })?;
        let Parameters {
            endorsement,
            validation,
            collections,
            ..
        } = parameters;
        found.push(ApprovedChaincodeDefinition {
            name: name.to_owned(),
            sequence,
            version: endorsement.version,
            endorsement_plugin: endorsement.endorsement_plugin,
            validation_plugin: validation.validation_plugin,
            validation_parameter: validation.validation_parameter,
            collections,
            init_required: endorsement.init_required,
            source: Some(source),
        });
    }
    Ok(QueryApprovedChaincodeDefinitionsResult {
        approved_chaincode_definitions: found,
    })
}

fn split(private_name: &str) -> Result<(&str, i64), Error> {
    let malformed = || Error::PrivateName(private_name.to_owned());
    let (name, sequence) = private_name.split_once('#').ok_or_else(malformed)?;
    if sequence.contains('#') {
        return Err(malformed());
    }
    let sequence = sequence.parse().map_err(|source| Error::PrivateSequence {
        name: private_name.to_owned(),
        source,
    })?;
    Ok((name, sequence))
}

fn read_approval(
    name: &str,
    metadata: &StateMetadata,
    state: &mut HostState<'_>,
) -> Result<(Parameters, ChaincodeSource), Error> {
    if metadata.datatype != definition::PARAMETERS {
        return Err(Error::NotParameters(metadata.datatype.clone()));
    }
    let parameters = Parameters::read(name, definition::PARAMETERS, metadata, state)
        .doing(|| format!("could not deserialize chaincode parameters for {name}"))?;
    let metadata = serializer::metadata(CHAINCODE_SOURCES, name, state)
        .doing(|| format!("could not deserialize chaincode-source metadata for {name}"))?
        .ok_or_else(|| Error::NoSource(name.to_owned()))?;
    if metadata.datatype != definition::LOCAL_PACKAGE {
        return Err(Error::NotALocalPackage(metadata.datatype));
    }
    let package = LocalPackage::read(name, &metadata, state)
        .doing(|| format!("could not deserialize chaincode package for {name}"))?;
    Ok((parameters, source(package)))
}

fn source(LocalPackage(package_id): LocalPackage) -> ChaincodeSource {
    let source = if package_id.is_empty() {
        chaincode_source::Type::Unavailable(chaincode_source::Unavailable {})
    } else {
        chaincode_source::Type::LocalPackage(chaincode_source::Local { package_id })
    };
    ChaincodeSource {
        r#type: Some(source),
    }
}
