//! `checkcommitreadiness`, `querycommitted`, `queryapproved`: asked from one peer, nothing is committed.

use anyhow::{Result, bail};
use selvedge_protos::lifecycle::{
    CheckCommitReadinessResult, QueryApprovedChaincodeDefinitionArgs,
    QueryApprovedChaincodeDefinitionResult, QueryApprovedChaincodeDefinitionsArgs,
    QueryApprovedChaincodeDefinitionsResult, QueryChaincodeDefinitionArgs,
    QueryChaincodeDefinitionResult, QueryChaincodeDefinitionsArgs, QueryChaincodeDefinitionsResult,
};

use super::{definition, successful};
use crate::cli::args::{QueryApprovedArgs, QueryCommittedArgs, ReadinessArgs};
use crate::cli::core_config::CoreConfig;
use crate::cli::flags::ConnectionFlags;
use crate::cli::output::{self, to_go_json};
use crate::cli::session::{Peers, Session};
use crate::client::{Call, decode, lifecycle_call};

pub(super) async fn readiness(config: CoreConfig, args: ReadinessArgs) -> Result<String> {
    let asked = definition::readiness(&args.definition)?;
    let channel = &args.definition.channel;
    let call = lifecycle_call(channel, "CheckCommitReadiness", &asked);
    let result: CheckCommitReadinessResult = query(
        config,
        "checkcommitreadiness",
        &args.connection,
        channel,
        &call,
    )
    .await?;
    Ok(match args.output.json() {
        true => to_go_json(output::readiness_json(&result, args.inspect)) + "\n",
        false => output::readiness(channel, &asked, &result, args.inspect),
    })
}

pub(super) async fn committed(config: CoreConfig, args: QueryCommittedArgs) -> Result<String> {
    let (channel, name, json) = (&args.target.channel, &args.target.name, args.output.json());
    if channel.is_empty() {
        bail!("channel name must be specified");
    }
    let connection = &args.connection;
    if name.is_empty() {
        let call = lifecycle_call(
            channel,
            "QueryChaincodeDefinitions",
            &QueryChaincodeDefinitionsArgs {},
        );
        let result: QueryChaincodeDefinitionsResult =
            query(config, "querycommitted", connection, channel, &call).await?;
        return Ok(match json {
            true => to_go_json(output::committed_list_json(&result)) + "\n",
            false => output::committed_list(channel, &result),
        });
    }
    let asked = QueryChaincodeDefinitionArgs { name: name.clone() };
    let call = lifecycle_call(channel, "QueryChaincodeDefinition", &asked);
    let result: QueryChaincodeDefinitionResult =
        query(config, "querycommitted", connection, channel, &call).await?;
    Ok(match json {
        true => to_go_json(output::committed_json(&result)) + "\n",
        false => output::committed(name, channel, &result),
    })
}

pub(super) async fn approved(config: CoreConfig, args: QueryApprovedArgs) -> Result<String> {
    let (channel, name, json) = (&args.target.channel, &args.target.name, args.output.json());
    if channel.is_empty() {
        bail!("The required parameter 'channelID' is empty. Rerun the command with -C flag");
    }
    let connection = &args.connection;
    if name.is_empty() {
        if args.sequence != 0 {
            bail!(
                "Specifying parameter 'sequence' is invalid without parameter 'name'. Rerun the command with -n flag"
            );
        }
        let asked = QueryApprovedChaincodeDefinitionsArgs {};
        let call = lifecycle_call(channel, "QueryApprovedChaincodeDefinitions", &asked);
        let result: QueryApprovedChaincodeDefinitionsResult =
            query(config, "queryapproved", connection, channel, &call).await?;
        return Ok(match json {
            true => to_go_json(output::approved_list_json(&result)) + "\n",
            false => output::approved_list(channel, &result),
        });
    }
    let asked = QueryApprovedChaincodeDefinitionArgs {
        name: name.clone(),
        sequence: args.sequence,
    };
    let call = lifecycle_call(channel, "QueryApprovedChaincodeDefinition", &asked);
    let result: QueryApprovedChaincodeDefinitionResult =
        query(config, "queryapproved", connection, channel, &call).await?;
    Ok(match json {
        true => to_go_json(output::approved_json(&result)) + "\n",
        false => output::approved(name, channel, &result),
    })
}

async fn query<T: prost::Message + Default>(
    config: CoreConfig,
    command: &str,
    connection: &ConnectionFlags,
    channel: &str,
    call: &Call,
) -> Result<T> {
    let session = Session::open(config, command, connection, channel, Peers::One).await?;
    let response = successful("query", session.ask(call).await?)?;
    Ok(decode(&response.payload)?)
}
