//! The lifecycle, as organisations go through it: install, approve, check, commit. Nothing is taken for granted: each step
//! is a real proposal or transaction over gRPC.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::future::try_join_all;
use selvedge_protos::lifecycle::chaincode_source::{Local, Type as SourceType};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CheckCommitReadinessArgs,
    CheckCommitReadinessResult, CommitChaincodeDefinitionArgs, InstallChaincodeArgs,
    QueryChaincodeDefinitionArgs, QueryChaincodeDefinitionResult, QueryInstalledChaincodeArgs,
};
use selvedge_protos::protos::CollectionConfigPackage;
use selvedge_runtime::Package;

use super::event::Event;
use super::member::Clients;
use super::millis;
use super::network::Network;
use super::show::Show;
use crate::cli::{DevArgs, collections, policy_bytes};
use crate::client::{Call, decode, lifecycle_call};

/// A chaincode definition under which a package is deployed.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) sequence: i64,
    pub(super) terms: Terms,
}

/// What organisations agree on beside the code; by default what the channel says.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    /// Serialised `protos.ApplicationPolicy`.
    validation_parameter: Bytes,
    endorsement_plugin: String,
    validation_plugin: String,
    collections: Option<CollectionConfigPackage>,
    init_required: bool,
}

impl Terms {
    /// What the flags say.
    ///
    /// # Errors
    /// A policy or a file of collections that cannot be read.
    pub(super) fn given(args: &DevArgs) -> Result<Self> {
        Ok(Self {
            validation_parameter: policy_bytes(
                &args.signature_policy,
                &args.channel_config_policy,
            )?,
            collections: collections(args.collections_config.as_deref())?,
            ..Self::default()
        })
    }
}

impl Definition {
    /// What follows the definition that is committed now: its terms, however it came about, with another version.
    pub(super) async fn next(clients: &Clients, name: &str, version: &str) -> Result<Self> {
        let asked = QueryChaincodeDefinitionArgs {
            name: name.to_owned(),
        };
        let call = lifecycle_call(&clients.channel, "QueryChaincodeDefinition", &asked);
        let committed: QueryChaincodeDefinitionResult =
            decode(&clients.first()?.ask(&call).await?)?;
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            sequence: committed.sequence.saturating_add(1),
            terms: Terms {
                validation_parameter: committed.validation_parameter,
                endorsement_plugin: committed.endorsement_plugin,
                validation_plugin: committed.validation_plugin,
                collections: committed.collections,
                init_required: committed.init_required,
            },
        })
    }
}

/// Deploys a package on every peer of the network.
pub(super) async fn deploy(
    network: &Network,
    package: &[u8],
    definition: &Definition,
    show: &Show,
) -> Result<()> {
    let clients = network.clients();
    let started = Instant::now();
    show.doing("installing");
    let package_id = install(clients, package, show).await?;
    show.doing("approving");
    approve(network, definition, &package_id, show).await?;
    check(clients, definition, show).await?;
    show.doing("committing the definition");
    commit(network, definition, show).await?;
    show.event(&Event::Deployed {
        name: definition.name.clone(),
        version: definition.version.clone(),
        sequence: definition.sequence,
        package_id,
        millis: millis(started),
    });
    Ok(())
}

/// On every peer that does not have it: an edit that is undone brings back a package from before.
async fn install(clients: &Clients, package: &[u8], show: &Show) -> Result<String> {
    let started = Instant::now();
    let package_id = Package::parse(package)
        .context("could not parse as a chaincode install package")?
        .id
        .to_string();
    let asked = QueryInstalledChaincodeArgs {
        package_id: package_id.clone(),
    };
    let known = lifecycle_call("", "QueryInstalledChaincode", &asked);
    let args = InstallChaincodeArgs {
        chaincode_install_package: package.to_vec().into(),
    };
    let call = lifecycle_call("", "InstallChaincode", &args);
    let installed = clients.members.iter().map(async |member| {
        match member.ask(&known).await {
            Ok(_) => Ok(()),
            // If that was another refusal, installing meets it, too.
            Err(_) => member.ask(&call).await.map(drop),
        }
    });
    try_join_all(installed).await?;
    let by = clients
        .members
        .iter()
        .map(|member| member.msp_id.clone())
        .collect();
    show.event(&Event::Deployment {
        step: "install",
        by,
        outcome: None,
        millis: millis(started),
    });
    Ok(package_id)
}

async fn approve(
    network: &Network,
    definition: &Definition,
    package_id: &str,
    show: &Show,
) -> Result<()> {
    let clients = network.clients();
    let started = Instant::now();
    let source = SourceType::LocalPackage(Local {
        package_id: package_id.to_owned(),
    });
    let terms = definition.terms.clone();
    let args = ApproveChaincodeDefinitionForMyOrgArgs {
        sequence: definition.sequence,
        name: definition.name.clone(),
        version: definition.version.clone(),
        endorsement_plugin: terms.endorsement_plugin,
        validation_plugin: terms.validation_plugin,
        validation_parameter: terms.validation_parameter,
        collections: terms.collections,
        init_required: terms.init_required,
        source: Some(ChaincodeSource {
            r#type: Some(source),
        }),
    };
    let call = lifecycle_call(
        &clients.channel,
        "ApproveChaincodeDefinitionForMyOrg",
        &args,
    );
    // Every organisation approves on its own peer, at the same time.
    let approvals = clients.members.iter().map(async |member| {
        let endorsed = clients.endorse(&call, &member.admin, &[member]).await?;
        succeeded(
            &call,
            endorsed.response().status,
            &endorsed.response().message,
        )?;
        let tx_id = endorsed.proposal.tx_id.clone();
        let outcome = network.order_now(&[endorsed], &member.admin).await?;
        anyhow::Ok((
            member.msp_id.clone(),
            network.view(tx_id, outcome.first().context("no outcome")?)?,
        ))
    });
    for (msp_id, view) in try_join_all(approvals).await? {
        valid(&call, &view.code)?;
        show.event(&Event::Deployment {
            step: "approve",
            by: vec![msp_id],
            outcome: Some(view),
            millis: millis(started),
        });
    }
    Ok(())
}

async fn check(clients: &Clients, definition: &Definition, show: &Show) -> Result<()> {
    let started = Instant::now();
    let terms = definition.terms.clone();
    let args = CheckCommitReadinessArgs {
        sequence: definition.sequence,
        name: definition.name.clone(),
        version: definition.version.clone(),
        endorsement_plugin: terms.endorsement_plugin,
        validation_plugin: terms.validation_plugin,
        validation_parameter: terms.validation_parameter,
        collections: terms.collections,
        init_required: terms.init_required,
    };
    let call = lifecycle_call(&clients.channel, "CheckCommitReadiness", &args);
    let result: CheckCommitReadinessResult = decode(&clients.first()?.ask(&call).await?)?;
    if let Some((org, _)) = result.approvals.iter().find(|(_, approved)| !**approved) {
        bail!(
            "{org} has not approved {} sequence {}",
            definition.name,
            definition.sequence
        );
    }
    let by = result.approvals.into_keys().collect();
    show.event(&Event::Deployment {
        step: "ready",
        by,
        outcome: None,
        millis: millis(started),
    });
    Ok(())
}

async fn commit(network: &Network, definition: &Definition, show: &Show) -> Result<()> {
    let clients = network.clients();
    let started = Instant::now();
    let terms = definition.terms.clone();
    let args = CommitChaincodeDefinitionArgs {
        sequence: definition.sequence,
        name: definition.name.clone(),
        version: definition.version.clone(),
        endorsement_plugin: terms.endorsement_plugin,
        validation_plugin: terms.validation_plugin,
        validation_parameter: terms.validation_parameter,
        collections: terms.collections,
        init_required: terms.init_required,
    };
    let call = lifecycle_call(&clients.channel, "CommitChaincodeDefinition", &args);
    let everyone: Vec<_> = clients.members.iter().collect();
    let admin = &clients.first()?.admin;
    let endorsed = clients.endorse(&call, admin, &everyone).await?;
    succeeded(
        &call,
        endorsed.response().status,
        &endorsed.response().message,
    )?;
    let tx_id = endorsed.proposal.tx_id.clone();
    let outcome = network.order_now(&[endorsed], admin).await?;
    let view = network.view(tx_id, outcome.first().context("no outcome")?)?;
    valid(&call, &view.code)?;
    let by = clients
        .members
        .iter()
        .map(|member| member.msp_id.clone())
        .collect();
    show.event(&Event::Deployment {
        step: "commit",
        by,
        outcome: Some(view),
        millis: millis(started),
    });
    Ok(())
}

fn function(call: &Call) -> String {
    call.args
        .first()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .unwrap_or_default()
}

pub(super) fn succeeded(call: &Call, status: i32, message: &str) -> Result<()> {
    if status != 200 {
        bail!(
            "{} failed with status: {status} - {message}",
            function(call)
        );
    }
    Ok(())
}

pub(super) fn valid(call: &Call, code: &str) -> Result<()> {
    if code != "VALID" {
        bail!(
            "the transaction of {} was invalidated with status ({code})",
            function(call)
        );
    }
    Ok(())
}
