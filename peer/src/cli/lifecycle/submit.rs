//! `approveformyorg` and `commit`: transactions of `_lifecycle`.

use anyhow::{Context, Result};

use super::{definition, successful};
use crate::cli::args::{ApproveArgs, CommitArgs};
use crate::cli::core_config::CoreConfig;
use crate::cli::flags::{ConnectionFlags, OrdererFlags, WaitFlags};
use crate::cli::session::{Peers, Session};
use crate::cli::wait;
use crate::client::{self, Call, lifecycle_call};

pub(super) async fn approve(
    config: CoreConfig,
    orderer: OrdererFlags,
    args: ApproveArgs,
) -> Result<String> {
    let definition = definition::approve(&args.definition, &args.package_id)?;
    let call = lifecycle_call(
        &args.definition.channel,
        "ApproveChaincodeDefinitionForMyOrg",
        &definition,
    );
    submit(
        config,
        "approveformyorg",
        &orderer,
        &args.connection,
        &args.wait,
        &call,
    )
    .await
}

pub(super) async fn commit(
    config: CoreConfig,
    orderer: OrdererFlags,
    args: CommitArgs,
) -> Result<String> {
    let definition = definition::commit(&args.definition)?;
    let call = lifecycle_call(
        &args.definition.channel,
        "CommitChaincodeDefinition",
        &definition,
    );
    submit(
        config,
        "commit",
        &orderer,
        &args.connection,
        &args.wait,
        &call,
    )
    .await
}

async fn submit(
    config: CoreConfig,
    command: &str,
    orderer: &OrdererFlags,
    connection: &ConnectionFlags,
    wait_flags: &WaitFlags<true>,
    call: &Call,
) -> Result<String> {
    let session = Session::open(config, command, connection, &call.channel, Peers::Many).await?;
    let mut broadcaster = session.broadcaster(orderer, &call.channel).await?;
    let (proposal, responses) = session
        .propose(call)
        .await
        .context("failed to endorse proposal")?;
    if let Some(response) = responses.first().and_then(|first| first.response.clone()) {
        successful("proposal", response)?;
    }
    let envelope = client::assemble(&proposal, &responses, &session.signer)
        .context("failed to create signed transaction")?;
    let waiting = match wait_flags.wait_for_event {
        true => session.watch(&call.channel, wait_flags.timeout).await?,
        false => Vec::new(),
    };
    broadcaster
        .send(envelope)
        .await
        .context("failed to send transaction")?;
    wait::for_all(waiting, &proposal.tx_id, wait_flags.timeout).await?;
    Ok(String::new())
}
