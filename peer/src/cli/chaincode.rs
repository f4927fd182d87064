//! `chaincode invoke` and `chaincode query`; the other verbs are those of the legacy lifecycle.
//!
//! Fabric: internal/peer/chaincode.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use prost::Message;
use selvedge_protos::protos::{
    ChaincodeAction, ProposalResponse, ProposalResponsePayload, Response,
};
use serde_json::Value;

use super::args::{CallFlags, Chaincode, ChaincodeArgs, InvokeArgs, QueryArgs};
use super::core_config::CoreConfig;
use super::flags::{OrdererFlags, WaitFlags};
use super::session::{Peers, Session};
use super::{legacy, note, output};
use crate::client::{self, Call};

/// Runs a verb; what it returns goes to standard output.
pub(super) async fn run(config: CoreConfig, args: ChaincodeArgs) -> Result<Vec<u8>> {
    let orderer = args.orderer;
    match args.command {
        Chaincode::Invoke(args) => invoke(config, orderer, args).await.map(|()| Vec::new()),
        Chaincode::Query(args) => query(config, args).await,
        Chaincode::Package(args) => text(legacy::package(&config, args)),
        Chaincode::Signpackage(args) => text(legacy::sign(&config, args)),
        Chaincode::Install(args) => text(legacy::install(config, args).await),
        Chaincode::Instantiate(args) => text(legacy::instantiate(config, orderer, args).await),
        Chaincode::Upgrade(args) => text(legacy::upgrade(config, orderer, args).await),
        Chaincode::List(args) => text(legacy::list(config, args).await),
    }
}

fn text(result: Result<String>) -> Result<Vec<u8>> {
    result.map(String::into_bytes)
}

async fn query(config: CoreConfig, args: QueryArgs) -> Result<Vec<u8>> {
    let call = call(&args.call, "query", false)?;
    if args.raw && args.hex {
        bail!("options --raw (-r) and --hex (-x) are not compatible");
    }
    let session = Session::open(
        config,
        "query",
        &args.call.connection,
        &call.channel,
        Peers::One,
    )
    .await?;
    let (_, answers) = session
        .propose(&call)
        .await
        .context("error endorsing query")?;
    let answer = answers
        .into_iter()
        .next()
        .context("error during query: received nil proposal response")?;
    let response = answer.response.unwrap_or_default();
    if answer.endorsement.is_none() {
        bail!(
            "endorsement failure during query. response: {}",
            output::response(&response)
        );
    }
    let mut out = match (args.raw, args.hex) {
        (true, _) => {
            let numbers: Vec<_> = response.payload.iter().map(u8::to_string).collect();
            format!("[{}]", numbers.join(" ")).into_bytes()
        }
        (_, true) => hex::encode(&response.payload).into_bytes(),
        _ => response.payload.to_vec(),
    };
    out.push(b'\n');
    Ok(out)
}

async fn invoke(config: CoreConfig, orderer: OrdererFlags, args: InvokeArgs) -> Result<()> {
    let call = call(&args.call, "invoke", args.is_init)?;
    let session = Session::open(
        config,
        "invoke",
        &args.call.connection,
        &call.channel,
        Peers::Many,
    )
    .await?;
    let response = submit(&session, &call, &orderer, &args.wait).await?;
    note(&format!(
        "Chaincode invoke successful. result: {}",
        output::response(&response)
    ));
    Ok(())
}

/// Endorses a call on every peer of the session, has it ordered and, if asked to, waits until they all committed it.
/// Gives the response that was endorsed.
pub(super) async fn submit<const WAIT: bool>(
    session: &Session,
    call: &Call,
    orderer: &OrdererFlags,
    wait: &WaitFlags<WAIT>,
) -> Result<Response> {
    let mut broadcaster = session
        .broadcaster(orderer, &call.channel)
        .await
        .context("error getting broadcast client")?;
    let (proposal, answers) = session
        .propose(call)
        .await
        .map_err(|error| anyhow!("error endorsing invoke: {error:#} - proposal response: <nil>"))?;
    let first = answers
        .first()
        .context("no proposal responses received - this might indicate a bug")?;
    let response = first.response.clone().unwrap_or_default();
    if response.status >= 400 {
        bail!(
            "endorsement failure during invoke. response: {}",
            output::response(&response)
        );
    }
    let shown = || format!("proposal response: {}", output::response(&response));
    let envelope = client::assemble(&proposal, &answers, &session.signer)
        .map_err(|error| anyhow!("could not assemble transaction: {error} - {}", shown()))?;
    let waiting = match wait.wait_for_event {
        true => session.watch(&call.channel, wait.timeout).await?,
        false => Vec::new(),
    };
    let sent = broadcaster.send(envelope).await;
    sent.map_err(|error| {
        anyhow!(
            "error sending transaction for invoke: {error} - {}",
            shown()
        )
    })?;
    let waited = super::wait::for_all(waiting, &proposal.tx_id, wait.timeout).await;
    waited.map_err(|error| anyhow!("{error:#} - proposal response: <nil>"))?;
    endorsed(first)
}

/// The response that was endorsed, as it stands in the transaction.
fn endorsed(answer: &ProposalResponse) -> Result<Response> {
    let payload = ProposalResponsePayload::decode(answer.payload.clone())
        .context("error while unmarshalling proposal response payload")?;
    let action = ChaincodeAction::decode(payload.extension)
        .context("error while unmarshalling chaincode action")?;
    Ok(action.response.unwrap_or_default())
}

fn call(flags: &CallFlags, verb: &str, is_init: bool) -> Result<Call> {
    if flags.channel.is_empty() {
        bail!("The required parameter 'channelID' is empty. Rerun the command with -C flag");
    }
    if flags.name.is_empty() {
        bail!("must supply value for chaincode name parameter");
    }
    let args = arguments(&flags.ctor)?;
    let transient = transient(&flags.transient)
        .with_context(|| format!("error parsing transient string of {verb}"))?;
    Ok(Call {
        channel: flags.channel.clone(),
        chaincode: flags.name.clone(),
        args,
        transient,
        is_init,
    })
}

/// The arguments of `-c`: `Args`, or `Function` before `Args`; keys ignore case.
pub(super) fn arguments(ctor: &str) -> Result<Vec<Bytes>> {
    const KEYS: &str = "must contain the following keys: 'Args' or 'Function' and 'Args'";
    if ctor == "{}" {
        bail!("empty JSON chaincode parameters {KEYS}");
    }
    let parsed: Value = serde_json::from_str(ctor).map_err(|error| {
        anyhow!(
            "chaincode argument error: {error}; -c takes JSON such as {{\"Args\":[\"function\",\"argument\"]}}"
        )
    })?;
    let wrong = || anyhow!("non-empty JSON chaincode parameters {KEYS}");
    let members = parsed.as_object().ok_or_else(wrong)?;
    let member = |wanted: &str| {
        members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value)
    };
    let args = member("args").ok_or_else(wrong)?;
    let function = member("function");
    if members.len() > 2 || (members.len() == 2 && function.is_none()) {
        return Err(wrong());
    }
    let text = |value: &Value| match value {
        Value::String(text) => Ok(Bytes::from(text.clone())),
        other => Err(anyhow!(
            "chaincode argument error: {other} is not a string; write arguments as strings"
        )),
    };
    let mut all = Vec::new();
    if let Some(function) = function.filter(|function| !function.is_null() && *function != "") {
        all.push(text(function)?);
    }
    match args {
        Value::Null => {}
        Value::Array(items) => all.extend(items.iter().map(text).collect::<Result<Vec<_>>>()?),
        other => bail!("chaincode argument error: 'Args' is {other}, not a list of strings"),
    }
    Ok(all)
}

pub(super) fn transient(text: &str) -> Result<BTreeMap<String, Bytes>> {
    if text.is_empty() {
        return Ok(BTreeMap::new());
    }
    let encoded: BTreeMap<String, String> = serde_json::from_str(text)?;
    let decode = |(key, value): (String, String)| {
        let value = STANDARD
            .decode(value)
            .with_context(|| format!("the value of '{key}' is not base64"))?;
        Ok((key, Bytes::from(value)))
    };
    encoded.into_iter().map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_in_two_forms() {
        assert_eq!(arguments(r#"{"Args":["f","a"]}"#).unwrap(), ["f", "a"]);
        assert_eq!(
            arguments(r#"{"function":"f","args":["a"]}"#).unwrap(),
            ["f", "a"]
        );
        assert_eq!(arguments(r#"{"Function":"","Args":["a"]}"#).unwrap(), ["a"]);
        assert!(arguments(r#"{"Args":[]}"#).unwrap().is_empty());
    }

    #[test]
    fn wrong_arguments_are_refused_in_fabrics_words() {
        let text = |ctor: &str| format!("{:#}", arguments(ctor).unwrap_err());
        let keys = "must contain the following keys: 'Args' or 'Function' and 'Args'";
        assert_eq!(
            text("{}"),
            format!("empty JSON chaincode parameters {keys}")
        );
        for ctor in [
            r#"{"Function":"f"}"#,
            r#"{"Args":[],"x":1}"#,
            r#"{"Args":[],"Function":"f","x":1}"#,
            "[]",
        ] {
            assert_eq!(
                text(ctor),
                format!("non-empty JSON chaincode parameters {keys}"),
                "{ctor}"
            );
        }
        assert!(text("{").starts_with("chaincode argument error"));
        assert!(text(r#"{"Args":[1]}"#).contains("1 is not a string"));
    }

    #[test]
    fn transient_values_are_base64() {
        assert_eq!(transient(r#"{"a":"aGk="}"#).unwrap()["a"], "hi");
        assert!(format!("{:#}", transient(r#"{"a":"?"}"#).unwrap_err()).contains("'a'"));
    }
}
