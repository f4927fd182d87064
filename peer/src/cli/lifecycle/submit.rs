//! `approveformyorg` and `commit`: transactions of `_lifecycle`.

use anyhow::{Context, Error, Result, anyhow};
use selvedge_protos::lifecycle::CheckCommitReadinessResult;

use super::{definition, successful};
use crate::cli::args::{ApproveArgs, CommitArgs};
use crate::cli::core_config::CoreConfig;
use crate::cli::flags::{ConnectionFlags, OrdererFlags, WaitFlags};
use crate::cli::session::{Peers, Session};
use crate::cli::wait;
use crate::client::{self, Call, decode, lifecycle_call};

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
        (&call, None),
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
    let readiness = definition::readiness(&args.definition)?;
    let readiness = lifecycle_call(&args.definition.channel, "CheckCommitReadiness", &readiness);
    submit(
        config,
        "commit",
        &orderer,
        &args.connection,
        &args.wait,
        (&call, Some(&readiness)),
    )
    .await
}

/// Where a transaction fails that needed the approvals of others, `readiness` asks who has not given theirs.
async fn submit(
    config: CoreConfig,
    command: &str,
    orderer: &OrdererFlags,
    connection: &ConnectionFlags,
    wait_flags: &WaitFlags<true>,
    (call, readiness): (&Call, Option<&Call>),
) -> Result<String> {
    let session = Session::open(config, command, connection, &call.channel, Peers::Many).await?;
    match (
        transact(&session, orderer, wait_flags, call).await,
        readiness,
    ) {
        (Err(error), Some(readiness)) => Err(explain(&session, readiness, error).await),
        (result, _) => result,
    }
}

/// The error, and whose approval is missing or differs. Nothing is added where nobody can say.
async fn explain(session: &Session, readiness: &Call, error: Error) -> Error {
    let Ok(response) = session.ask(readiness).await else {
        return error;
    };
    let Ok(found) = decode::<CheckCommitReadinessResult>(&response.payload) else {
        return error;
    };
    let missing: Vec<String> = found
        .mismatches
        .iter()
        .map(|(organisation, mismatches)| describe(organisation, &mismatches.items))
        .collect();
    match missing.is_empty() {
        true => error,
        false => anyhow!(
            "{error:#} ({}); an administrator of each runs approveformyorg with the same parameters",
            missing.join("; ")
        ),
    }
}

fn describe(organisation: &str, items: &[String]) -> String {
    match items {
        [only] if only == "ChaincodeParameters" => {
            format!("{organisation} has not approved this sequence")
        }
        items => {
            let parameters: Vec<_> = items.iter().map(|item| parameters_of(item)).collect();
            format!(
                "{organisation} has approved it with other parameters: compare {}",
                parameters.join(", ")
            )
        }
    }
}

/// What is hashed together, in the words of the flags.
fn parameters_of(item: &str) -> &str {
    match item {
        "EndorsementInfo" => "--version, --init-required, --endorsement-plugin",
        "ValidationInfo" => "--signature-policy or --channel-config-policy, --validation-plugin",
        "Collections" => "--collections-config",
        other => other,
    }
}

async fn transact(
    session: &Session,
    orderer: &OrdererFlags,
    wait_flags: &WaitFlags<true>,
    call: &Call,
) -> Result<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_said_in_the_words_of_the_flags() {
        let said = |items: &[&str]| {
            let items: Vec<_> = items.iter().map(|item| (*item).to_owned()).collect();
            describe("Org2MSP", &items)
        };
        assert_eq!(
            said(&["ChaincodeParameters"]),
            "Org2MSP has not approved this sequence"
        );
        assert_eq!(
            said(&["EndorsementInfo", "Collections"]),
            "Org2MSP has approved it with other parameters: compare --version, --init-required, --endorsement-plugin, --collections-config"
        );
        assert_eq!(
            said(&["ValidationInfo"]),
            "Org2MSP has approved it with other parameters: compare --signature-policy or --channel-config-policy, --validation-plugin"
        );
    }
}
