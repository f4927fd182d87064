//! The lifecycle, as organisations go through it: install, approve, check, commit. Nothing is taken for granted: each step
//! is a real proposal or transaction over gRPC.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use futures::future::try_join_all;
use selvedge_protos::lifecycle::chaincode_source::{Local, Type as SourceType};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CheckCommitReadinessArgs,
    CheckCommitReadinessResult, CommitChaincodeDefinitionArgs, InstallChaincodeArgs,
    InstallChaincodeResult,
};

use super::event::Event;
use super::member::Clients;
use super::millis;
use super::network::Network;
use super::show::Show;
use crate::client::{Call, decode, lifecycle_call};

/// A chaincode definition under which a package is deployed.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) sequence: i64,
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

async fn install(clients: &Clients, package: &[u8], show: &Show) -> Result<String> {
    let started = Instant::now();
    let args = InstallChaincodeArgs {
        chaincode_install_package: package.to_vec().into(),
    };
    let call = lifecycle_call("", "InstallChaincode", &args);
    let answers = try_join_all(clients.members.iter().map(|member| member.ask(&call))).await?;
    let mut package_id = String::new();
    for answer in answers {
        package_id = decode::<InstallChaincodeResult>(&answer)?.package_id;
    }
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
    let args = ApproveChaincodeDefinitionForMyOrgArgs {
        sequence: definition.sequence,
        name: definition.name.clone(),
        version: definition.version.clone(),
        source: Some(ChaincodeSource {
            r#type: Some(source),
        }),
        ..Default::default()
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
        let outcome = clients.order(&[endorsed], &member.admin).await?;
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
    let args = CheckCommitReadinessArgs {
        sequence: definition.sequence,
        name: definition.name.clone(),
        version: definition.version.clone(),
        ..Default::default()
    };
    let call = lifecycle_call(&clients.channel, "CheckCommitReadiness", &args);
    let first = clients
        .members
        .first()
        .context("a network without organisations")?;
    let result: CheckCommitReadinessResult = decode(&first.ask(&call).await?)?;
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
    let args = CommitChaincodeDefinitionArgs {
        sequence: definition.sequence,
        name: definition.name.clone(),
        version: definition.version.clone(),
        ..Default::default()
    };
    let call = lifecycle_call(&clients.channel, "CommitChaincodeDefinition", &args);
    let everyone: Vec<_> = clients.members.iter().collect();
    let admin = &clients
        .members
        .first()
        .context("a network without organisations")?
        .admin;
    let endorsed = clients.endorse(&call, admin, &everyone).await?;
    succeeded(
        &call,
        endorsed.response().status,
        &endorsed.response().message,
    )?;
    let tx_id = endorsed.proposal.tx_id.clone();
    let outcome = clients.order(&[endorsed], admin).await?;
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
