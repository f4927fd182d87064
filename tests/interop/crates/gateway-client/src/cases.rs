use crate::{Network, Result};
use fabric_gateway::pb::protos::TxValidationCode;
use fabric_gateway::{Contract, Gateway, GatewayError, TransactionError};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use tokio_stream::{Stream, StreamExt};
use tonic::Code;

const CHANNEL: &str = "dev";
const OWN: &str = "_implicit_org_Org1MSP";

pub(crate) async fn all(network: &Network) -> Result<()> {
    let gateway = network.gateway(1).await?;
    let contract = gateway.get_network(CHANNEL).get_contract("script");
    evaluate_and_submit(&contract).await?;
    every_step_by_itself(&contract).await?;
    transient_data(&contract).await?;
    endorsing_organisations(&contract).await?;
    refusals(&gateway, &contract).await?;
    conflict(&contract).await?;
    offline_signing(network, &contract).await?;
    events(&gateway, &contract).await?;
    blocks(&gateway, &contract).await?;
    somebody_else(network).await?;
    the_other_organisation(network, &contract).await?;
    Ok(())
}

fn passed(name: &str) -> Result<()> {
    println!("ok  {name}");
    Ok(())
}

fn script(operations: Value) -> String {
    operations.to_string()
}

async fn submit(contract: &Contract, operations: Value) -> Result<Value> {
    let operations = script(operations);
    let answer = contract.submit_transaction("run", &[&operations]).await?;
    Ok(serde_json::from_slice(&answer)?)
}

async fn evaluate(contract: &Contract, operations: Value) -> Result<Value> {
    let operations = script(operations);
    let answer = contract.evaluate_transaction("run", &[&operations]).await?;
    Ok(serde_json::from_slice(&answer)?)
}

fn hex(text: &str) -> Value {
    json!(hex::encode(text))
}

async fn evaluate_and_submit(contract: &Contract) -> Result<()> {
    let results = submit(contract, json!([["put", "k", "v"], ["get", "k"]])).await?;
    assert_eq!(results.as_array().map(Vec::len), Some(2));
    assert_eq!(
        evaluate(contract, json!([["get", "k"]])).await?,
        json!([hex("v")])
    );
    passed("evaluate and submit")
}

async fn every_step_by_itself(contract: &Contract) -> Result<()> {
    let put = script(json!([["put", "k", "w"]]));
    let proposal = contract.new_proposal("run").with_arguments([put]).build()?;
    let id = proposal.transaction_id().to_owned();
    let transaction = proposal.endorse().await?;
    assert_eq!(transaction.result(), br#"["ok"]"#);
    let status = transaction.submit().await?.status().await?;
    assert!(status.successful && status.block_number > 0, "{status:?}");
    assert_eq!(status.transaction_id, id);
    passed("every step by itself")
}

async fn transient_data(contract: &Contract) -> Result<()> {
    let secret = || HashMap::from([("secret".to_owned(), b"hush".to_vec())]);
    let put = script(json!([["putpvtt", OWN, "p", "secret"]]));
    let proposal = || {
        contract
            .new_proposal("run")
            .with_arguments([put.clone()])
            .with_transient(secret())
    };
    let named = proposal()
        .with_endorsing_organizations(["Org1MSP"])
        .build()?;
    let status = named.endorse().await?.submit().await?.status().await?;
    assert!(status.successful, "{status:?}");
    assert_eq!(
        evaluate(contract, json!([["getpvt", OWN, "p"]])).await?,
        json!([hex("hush")])
    );
    // Members alone are asked without being named: the collection belongs to one.
    let status = proposal()
        .build()?
        .endorse()
        .await?
        .submit()
        .await?
        .status()
        .await?;
    assert!(status.successful, "{status:?}");
    passed("transient data")
}

async fn endorsing_organisations(contract: &Contract) -> Result<()> {
    let put = script(json!([["put", "e", "v"]]));
    let by = |organisations: &[&str]| {
        let organisations: Vec<String> = organisations.iter().map(|&one| one.to_owned()).collect();
        let proposal = contract.new_proposal("run").with_arguments([put.clone()]);
        proposal.with_endorsing_organizations(organisations).build()
    };
    let both = by(&["Org1MSP", "Org2MSP"])?.endorse().await?;
    assert!(both.submit().await?.status().await?.successful);
    let few = by(&["Org2MSP"])?
        .endorse()
        .await?
        .submit()
        .await?
        .status()
        .await?;
    assert_eq!(few.code, TxValidationCode::EndorsementPolicyFailure);
    let words = "failed to find any endorsing peers for org(s): Org7MSP";
    endorse_fails(
        by(&["Org7MSP"])?.endorse().await.err(),
        Code::Unavailable,
        words,
        &[],
    );
    passed("endorsing organisations")
}

async fn refusals(gateway: &Gateway, contract: &Contract) -> Result<()> {
    let said = [("Org1MSP", "chaincode response 500, on purpose")];
    let fail = script(json!([["fail", "on purpose"]]));
    let refused = contract.evaluate_transaction("run", &[&fail]).await.err();
    let words = "evaluate call to endorser returned error: chaincode response 500, on purpose";
    let Some(GatewayError::Evaluate(error)) = refused else {
        return Err(format!("{refused:?}").into());
    };
    check(&error, Code::Unknown, words, &said);
    let refused = contract.submit_transaction("run", &[&fail]).await.err();
    let words = "failed to endorse transaction, see attached details for more info";
    endorse_fails(refused, Code::Aborted, words, &said);
    let nobody = gateway.get_network(CHANNEL).get_contract("nobody");
    let refused = nobody.evaluate_transaction("f", &[]).await.err();
    let Some(GatewayError::Evaluate(error)) = refused else {
        return Err(format!("{refused:?}").into());
    };
    let words = "no peers available to evaluate chaincode nobody in channel dev";
    check(&error, Code::FailedPrecondition, words, &[]);
    passed("what chaincode refuses, and what is not there")
}

fn endorse_fails(error: Option<GatewayError>, code: Code, words: &str, said: &[(&str, &str)]) {
    let Some(GatewayError::Endorse(error)) = &error else {
        panic!("{error:?}");
    };
    check(error, code, words, said);
}

fn check(error: &TransactionError, code: Code, words: &str, said: &[(&str, &str)]) {
    let status = &error.status;
    assert_eq!(
        (status.code(), status.message()),
        (code, words),
        "{error:?}"
    );
    let details: Vec<(&str, &str)> = error
        .details
        .iter()
        .map(|detail| (detail.msp_id.as_str(), detail.message.as_str()))
        .collect();
    assert_eq!(details, said);
}

async fn conflict(contract: &Contract) -> Result<()> {
    let add = script(json!([["add", "counter", 1]]));
    let mut endorsed = Vec::new();
    for _ in 0..2 {
        let proposal = contract
            .new_proposal("run")
            .with_arguments([add.clone()])
            .build()?;
        endorsed.push(proposal.endorse().await?);
    }
    let mut codes = Vec::new();
    for transaction in endorsed {
        codes.push(transaction.submit().await?.status().await?.code);
    }
    assert_eq!(
        codes,
        [TxValidationCode::Valid, TxValidationCode::MvccReadConflict]
    );
    passed("a conflict has its code")
}

async fn offline_signing(network: &Network, contract: &Contract) -> Result<()> {
    use fabric_gateway::Signer;
    // One gateway without a signer, as a service has it; the key is elsewhere.
    let service = Gateway::builder(network.identity(1)?, network.channel(1).await?).connect()?;
    let get = script(json!([["get", "k"]]));
    let theirs = service.get_network(CHANNEL).get_contract("script");
    let unsigned = theirs.new_proposal("run").with_arguments([get]).build()?;
    let signature = network.signer(1)?.sign(&unsigned.digest())?;
    let signed = service.new_signed_proposal(&unsigned.bytes(), signature)?;
    let here = evaluate(contract, json!([["get", "k"]])).await?;
    assert_eq!(
        serde_json::from_slice::<Value>(&signed.evaluate().await?)?,
        here
    );
    passed("offline signing")
}

/// The next item; a stream that is silent for a minute is an error.
async fn next<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> Result<T> {
    let next = tokio::time::timeout(Duration::from_secs(60), stream.next()).await?;
    next.ok_or_else(|| "the stream ended".into())
}

async fn events(gateway: &Gateway, contract: &Contract) -> Result<()> {
    let network = gateway.get_network(CHANNEL);
    let nothing = contract
        .new_proposal("run")
        .with_arguments(["[]"])
        .build()?;
    let start = nothing
        .endorse()
        .await?
        .submit()
        .await?
        .status()
        .await?
        .block_number;
    let request = || {
        network
            .new_chaincode_events_request("script")
            .with_start_block(start)
    };
    let mut events = request().build().events().await?;
    let mut sent = Vec::new();
    for name in ["one", "two"] {
        let emit = script(json!([
            ["put", name, "v"],
            ["event", name, format!("of {name}")]
        ]));
        let proposal = contract
            .new_proposal("run")
            .with_arguments([emit])
            .build()?;
        sent.push((name.to_owned(), proposal.transaction_id().to_owned()));
        proposal.endorse().await?.submit().await?.status().await?;
    }
    for (name, id) in &sent {
        let event = next(&mut events).await?;
        assert_eq!((&event.event_name, &event.transaction_id), (name, id));
        assert_eq!(event.payload, format!("of {name}").into_bytes());
    }
    // Where the first ended, over a stream of its own.
    let mut events = request()
        .with_after_transaction_id(&sent[0].1)
        .build()
        .events()
        .await?;
    assert_eq!(next(&mut events).await?.transaction_id, sent[1].1);
    passed("events, and from a transaction on")
}

async fn blocks(gateway: &Gateway, contract: &Contract) -> Result<()> {
    let network = gateway.get_network(CHANNEL);
    let put = script(json!([["put", "b", "v"]]));
    let proposal = contract.new_proposal("run").with_arguments([put]).build()?;
    let id = proposal.transaction_id().to_owned();
    let number = proposal
        .endorse()
        .await?
        .submit()
        .await?
        .status()
        .await?
        .block_number;
    let request = || network.new_block_events_request().with_start_block(number);
    let block = next(&mut request().build_block().events().await?).await?;
    assert_eq!(block.header.map(|header| header.number), Some(number));
    let filtered = next(&mut request().build_filtered().events().await?).await?;
    assert!(
        filtered
            .filtered_transactions
            .iter()
            .any(|one| one.txid == id)
    );
    passed("blocks, full and filtered")
}

async fn somebody_else(network: &Network) -> Result<()> {
    // The certificate of one, the key of another.
    let forged = Gateway::builder(network.identity(1)?, network.channel(1).await?);
    let forged = forged.with_sign(network.signer(2)?).connect()?;
    let contract = forged.get_network(CHANNEL).get_contract("script");
    let refused = contract.evaluate_transaction("run", &["[]"]).await.err();
    let Some(GatewayError::Evaluate(error)) = &refused else {
        return Err(format!("{refused:?}").into());
    };
    assert_eq!(error.status.code(), Code::FailedPrecondition, "{error:?}");
    assert!(
        error.status.message().contains("access denied"),
        "{error:?}"
    );
    passed("somebody else is refused")
}

async fn the_other_organisation(network: &Network, contract: &Contract) -> Result<()> {
    let other = network.gateway(2).await?;
    let theirs = other.get_network(CHANNEL).get_contract("script");
    submit(&theirs, json!([["put", "from", "two"]])).await?;
    for _ in 0..600 {
        if evaluate(contract, json!([["get", "from"]])).await? == json!([hex("two")]) {
            return passed("the other organisation sees the same");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the first organisation never saw it".into())
}
