//! The legacy lifecycle, as it was before Fabric 2: install everywhere, instantiate once.

use std::time::Instant;

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::future::try_join_all;
use prost::Message;
use selvedge_protos::protos::{
    ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, ChaincodeSpec, chaincode_spec,
};
use selvedge_runtime::Package;

use super::deploy::{Definition, succeeded, valid};
use super::event::Event;
use super::millis;
use super::network::Network;
use super::show::Show;
use crate::client::Call;

/// Deploys the code of an install package on every peer of the network.
pub(super) async fn deploy(
    network: &Network,
    package: &[u8],
    definition: &Definition,
    show: &Show,
) -> Result<()> {
    let started = Instant::now();
    let code = Package::parse(package)
        .context("could not parse as a chaincode install package")?
        .code;
    show.doing("installing");
    install(network, definition, code, show).await?;
    show.doing("instantiating");
    instantiate(network, definition, show).await?;
    show.event(&Event::Deployed {
        name: definition.name.clone(),
        version: definition.version.clone(),
        sequence: 0,
        package_id: format!("{}:{}", definition.name, definition.version),
        millis: millis(started),
    });
    Ok(())
}

fn lscc(channel: &str, args: Vec<Bytes>) -> Call {
    Call {
        channel: channel.to_owned(),
        chaincode: "lscc".to_owned(),
        args,
        ..Call::default()
    }
}

/// A component travels as type CAR. Its Init is called without arguments.
fn specification(definition: &Definition, code: Bytes) -> Bytes {
    let specification = ChaincodeDeploymentSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: chaincode_spec::Type::Car as i32,
            chaincode_id: Some(ChaincodeId {
                path: String::new(),
                name: definition.name.clone(),
                version: definition.version.clone(),
            }),
            input: Some(ChaincodeInput::default()),
            timeout: 0,
        }),
        code_package: code,
    };
    specification.encode_to_vec().into()
}

async fn install(
    network: &Network,
    definition: &Definition,
    code: Bytes,
    show: &Show,
) -> Result<()> {
    let started = Instant::now();
    let members = &network.clients().members;
    let package = specification(definition, code);
    let call = lscc("", vec![Bytes::from_static(b"install"), package]);
    try_join_all(members.iter().map(|member| member.ask(&call))).await?;
    show.event(&Event::Deployment {
        step: "install",
        by: members.iter().map(|member| member.msp_id.clone()).collect(),
        outcome: None,
        millis: millis(started),
    });
    Ok(())
}

async fn instantiate(network: &Network, definition: &Definition, show: &Show) -> Result<()> {
    let clients = network.clients();
    let started = Instant::now();
    let first = clients.first()?;
    let args = vec![
        Bytes::from_static(b"deploy"),
        Bytes::from(clients.channel.clone()),
        specification(definition, Bytes::new()),
    ];
    let call = lscc(&clients.channel, args);
    let endorsed = clients.endorse(&call, &first.admin, &[first]).await?;
    let response = endorsed.response();
    succeeded(&call, response.status, &response.message)?;
    let tx_id = endorsed.proposal.tx_id.clone();
    let outcome = clients.order(&[endorsed], &first.admin).await?;
    let view = network.view(tx_id, outcome.first().context("no outcome")?)?;
    valid(&call, &view.code)?;
    show.event(&Event::Deployment {
        step: "instantiate",
        by: vec![first.msp_id.clone()],
        outcome: Some(view),
        millis: millis(started),
    });
    Ok(())
}
