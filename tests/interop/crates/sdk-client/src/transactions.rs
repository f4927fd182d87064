use crate::{CHANNEL, Network, Result, passed};
use fabric_sdk::fabric::common::Envelope;
use fabric_sdk::fabric::gateway::SignedChaincodeEventsRequest;
use fabric_sdk::gateway::chaincode::{ChaincodeCallBuilder, PreparedTransaction};
use fabric_sdk::gateway::client::Client;
use serde_json::{Value, json};

const OWN: &str = "_implicit_org_Org1MSP";

pub(crate) async fn all(network: &Network) -> Result<()> {
    let client = network.client(1, "User1").await?;
    submit_and_evaluate(&client).await?;
    transient_data(&client).await?;
    refusals(&client).await?;
    conflict(&client).await?;
    events(&client).await
}

fn call(client: &Client, chaincode: &str, operations: &Value) -> Result<ChaincodeCallBuilder> {
    let mut call = client.get_chaincode_call_builder();
    call.with_channel_name(CHANNEL)?
        .with_chaincode_id(chaincode)?
        .with_function_name("run")?
        .with_function_args([operations.to_string()])?;
    Ok(call)
}

fn script(client: &Client, operations: Value) -> Result<PreparedTransaction> {
    Ok(call(client, "script", &operations)?.build_prepared()?)
}

async fn evaluate(client: &Client, operations: Value) -> Result<Value> {
    let answer = script(client, operations)?.evaluate(client).await?;
    Ok(serde_json::from_slice(&answer)?)
}

/// Submits what is endorsed and returns its code and its block.
async fn order(client: &Client, envelope: &mut Envelope) -> Result<(i32, u64)> {
    let status = envelope
        .submit(client)
        .await?
        .wait_for_commit(client)
        .await?;
    Ok((status.result, status.block_number))
}

fn id(envelope: &Envelope) -> Result<String> {
    let header = envelope.get_payload()?.get_header().ok_or("no header")?;
    Ok(header.get_channel_header()?.tx_id)
}

fn hex(text: &str) -> Value {
    json!(hex::encode(text))
}

async fn submit_and_evaluate(client: &Client) -> Result<()> {
    let put = script(client, json!([["put", "s", "v"], ["get", "s"]]))?;
    let mut envelope = put.endorse(client).await?;
    let result = envelope
        .get_payload()?
        .get_transaction()?
        .get_result_string();
    assert_eq!(result.as_deref(), Some(r#"["ok",null]"#));
    let (code, block) = order(client, &mut envelope).await?;
    assert!(code == 0 && block > 0, "{code} in {block}");
    assert_eq!(
        evaluate(client, json!([["get", "s"]])).await?,
        json!([hex("v")])
    );
    passed("submit and evaluate")
}

async fn transient_data(client: &Client) -> Result<()> {
    let put = json!([["putpvtt", OWN, "p", "secret"]]);
    let mut call = call(client, "script", &put)?;
    call.with_transient("secret", "hush")
        .with_endorsing_organizations(["Org1MSP"]);
    let mut envelope = call.build_prepared()?.endorse(client).await?;
    assert_eq!(order(client, &mut envelope).await?.0, 0);
    assert_eq!(
        evaluate(client, json!([["getpvt", OWN, "p"]])).await?,
        json!([hex("hush")])
    );
    passed("transient data")
}

async fn refusals(client: &Client) -> Result<()> {
    let fail = || script(client, json!([["fail", "on purpose"]]));
    let refused = |answer: String, words: &str| {
        assert!(answer.contains(words), "{answer}");
    };
    let error = fail()?.endorse(client).await.err().ok_or("endorsed")?;
    refused(
        error.to_string(),
        "failed to endorse transaction, see attached details for more info; [Org1MSP@",
    );
    refused(error.to_string(), "chaincode response 500, on purpose");
    let error = fail()?.evaluate(client).await.err().ok_or("evaluated")?;
    refused(
        error.to_string(),
        "evaluate call to endorser returned error: chaincode response 500, on purpose",
    );
    let nobody = call(client, "nobody", &json!([]))?.build_prepared()?;
    let error = nobody.evaluate(client).await.err().ok_or("evaluated")?;
    refused(
        error.to_string(),
        "no peers available to evaluate chaincode nobody in channel dev",
    );
    passed("what chaincode refuses, and what is not there")
}

async fn conflict(client: &Client) -> Result<()> {
    let mut endorsed = Vec::new();
    for _ in 0..2 {
        let add = script(client, json!([["add", "counter", 1]]))?;
        endorsed.push(add.endorse(client).await?);
    }
    let mut codes = Vec::new();
    for envelope in &mut endorsed {
        codes.push(order(client, envelope).await?.0);
    }
    const MVCC_READ_CONFLICT: i32 = 11;
    assert_eq!(codes, [0, MVCC_READ_CONFLICT]);
    passed("a conflict has its code")
}

async fn events(client: &Client) -> Result<()> {
    let mut sent = Vec::new();
    let mut start = None;
    for name in ["one", "two"] {
        let emit = json!([["put", name, "v"], ["event", name, format!("of {name}")]]);
        let mut envelope = script(client, emit)?.endorse(client).await?;
        sent.push((
            name.to_owned(),
            id(&envelope)?,
            format!("of {name}").into_bytes(),
        ));
        let (_, block) = order(client, &mut envelope).await?;
        start.get_or_insert(block);
    }
    let request = || -> Result<_> {
        let request = client.get_chaincode_events_request_builder();
        let request = request
            .with_channel_id(CHANNEL)?
            .with_chaincode_id("script")?;
        Ok(request.with_start_block(start.ok_or("no block")?))
    };
    assert_eq!(take(client, request()?.build()?, 2).await?, sent);
    let after = request()?.with_after_transaction_id(&sent[0].1).build()?;
    assert_eq!(take(client, after, 1).await?, sent[1..]);
    passed("events, and from a transaction on")
}

type Event = (String, String, Vec<u8>);

async fn take(
    client: &Client,
    request: SignedChaincodeEventsRequest,
    count: usize,
) -> Result<Vec<Event>> {
    let mut stream = client.chaincode_events(request).await?;
    let mut seen = Vec::new();
    while seen.len() < count {
        let response = stream.message().await?.ok_or("the stream ended")?;
        let events = response.events.into_iter();
        seen.extend(events.map(|event| (event.event_name, event.tx_id, event.payload)));
    }
    Ok(seen)
}
