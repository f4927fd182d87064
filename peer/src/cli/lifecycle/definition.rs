//! The definition flags as the messages of `_lifecycle`.

use anyhow::{Result, bail};
use selvedge_protos::lifecycle::chaincode_source::{Local, Type as SourceType, Unavailable};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CheckCommitReadinessArgs,
    CommitChaincodeDefinitionArgs,
};

use super::policy::{collections, policy_bytes};
use crate::cli::args::DefinitionFlags;

/// Refuses a definition that lacks what every organisation must name.
pub(super) fn check(flags: &DefinitionFlags) -> Result<()> {
    let required = [
        ("channelID", flags.channel.is_empty(), "-C"),
        ("name", flags.name.is_empty(), "-n"),
        ("version", flags.version.is_empty(), "-v"),
        ("sequence", flags.sequence == 0, "--sequence"),
    ];
    for (parameter, missing, flag) in required {
        if missing {
            bail!(
                "The required parameter '{parameter}' is empty. Rerun the command with {flag} flag"
            );
        }
    }
    Ok(())
}

pub(super) fn commit(flags: &DefinitionFlags) -> Result<CommitChaincodeDefinitionArgs> {
    let validation_parameter = policy_bytes(&flags.signature_policy, &flags.channel_config_policy)?;
    let collections = collections(flags.collections_config.as_deref())?;
    check(flags)?;
    Ok(CommitChaincodeDefinitionArgs {
        sequence: flags.sequence,
        name: flags.name.clone(),
        version: flags.version.clone(),
        endorsement_plugin: flags.endorsement_plugin.clone(),
        validation_plugin: flags.validation_plugin.clone(),
        validation_parameter,
        collections,
        init_required: flags.init_required,
    })
}

pub(super) fn readiness(flags: &DefinitionFlags) -> Result<CheckCommitReadinessArgs> {
    let definition = commit(flags)?;
    Ok(CheckCommitReadinessArgs {
        sequence: definition.sequence,
        name: definition.name,
        version: definition.version,
        endorsement_plugin: definition.endorsement_plugin,
        validation_plugin: definition.validation_plugin,
        validation_parameter: definition.validation_parameter,
        collections: definition.collections,
        init_required: definition.init_required,
    })
}

pub(super) fn approve(
    flags: &DefinitionFlags,
    package_id: &str,
) -> Result<ApproveChaincodeDefinitionForMyOrgArgs> {
    let definition = commit(flags)?;
    let source = match package_id {
        "" => SourceType::Unavailable(Unavailable {}),
        id => SourceType::LocalPackage(Local {
            package_id: id.to_owned(),
        }),
    };
    Ok(ApproveChaincodeDefinitionForMyOrgArgs {
        sequence: definition.sequence,
        name: definition.name,
        version: definition.version,
        endorsement_plugin: definition.endorsement_plugin,
        validation_plugin: definition.validation_plugin,
        validation_parameter: definition.validation_parameter,
        collections: definition.collections,
        init_required: definition.init_required,
        source: Some(ChaincodeSource {
            r#type: Some(source),
        }),
    })
}
