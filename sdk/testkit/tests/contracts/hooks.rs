//! What runs around a transaction, and several events in one.

use expect_test::expect_file;
use selvedge_sdk::prelude::*;
use selvedge_testkit::Network;
use serde_json::{Value, json};

#[derive(Debug, Serialize, Deserialize, Schema, Event)]
pub struct Sold {
    pub id: String,
}

#[derive(Debug, Serialize, Deserialize, Schema, Event)]
#[event(name = "Paid")]
pub struct Payment {
    pub amount: u64,
}

#[derive(Default)]
pub struct Till;

#[contract(events(Sold, Payment))]
impl Till {
    #[after]
    fn not_seven(&self, view: &View, call: &Call, payload: &Bytes) -> Result<(), SdkError> {
        info!(view, "{} answered {payload:?}", call.function());
        if payload.as_ref() == b"7" {
            return Err(SdkError::new(409, "seven is bad luck"));
        }
        Ok(())
    }

    #[unknown]
    fn fallback(&self, _: &View, _: &Call) -> Result<u32, SdkError> {
        Ok(7)
    }

    #[transaction]
    fn number(&self, _: &View, number: u32) -> u32 {
        number
    }

    #[transaction]
    fn fail(&self, _: &View) -> Result<u32, SdkError> {
        Err(SdkError::new(404, "nothing"))
    }

    #[transaction]
    fn sell(&self, tx: &Tx, id: String, amount: u64) -> Result<(), SdkError> {
        tx.emit_all(Events::new())?;
        tx.emit_all(Events::new().and(&Sold { id })?.and(&Payment { amount })?)
    }

    #[transaction]
    fn sell_twice(&self, tx: &Tx) -> Result<(), SdkError> {
        let amount = 1;
        tx.emit(&Payment { amount })?;
        tx.emit_all(Events::new().and(&Payment { amount })?)
    }
}

selvedge_sdk::chaincode!(Till);

#[test]
fn the_hook_after_sees_the_payload_and_may_refuse() {
    let network = Network::new();
    let till = network.deploy("till", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let bad_luck = Some((409, "seven is bad luck"));
    let six = till.call(&ann, "Number", (6,));
    assert_eq!((six.text().as_str(), six.refusal()), ("6", None));
    assert_eq!(six.log()[0].text, "Number answered b\"6\"");
    assert_eq!(till.call(&ann, "Number", (7,)).refusal(), bad_luck);
    assert_eq!(till.call(&ann, "Anything", ()).refusal(), bad_luck);
    let failed = till.call(&ann, "Fail", ());
    assert_eq!(failed.refusal(), Some((404, "nothing")));
    assert!(failed.log().is_empty(), "it ran after a failure");
}

#[test]
fn several_events_travel_in_one() {
    let network = Network::new();
    let till = network.deploy("till", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let sold = till.submit(&ann, "Sell", ("a1", 5));
    let event = sold.event().unwrap();
    assert_eq!(event.name, "Events");
    assert_eq!(
        serde_json::from_slice::<Value>(&event.payload).unwrap(),
        json!([{"name": "Sold", "payload": {"id": "a1"}}, {"name": "Paid", "payload": {"amount": 5}}])
    );
    assert_eq!(
        till.call(&ann, "SellTwice", ()).refusal(),
        Some((
            500,
            "a transaction carries one event: Paid is set, Events would replace it; emit_all sends several"
        ))
    );
    let metadata = till.call(&ann, "org.hyperledger.fabric:GetMetadata", ());
    let metadata: Value = serde_json::from_slice(&metadata.response().payload).unwrap();
    expect_file!["till.metadata.json"].assert_eq(&crate::pretty(&metadata));
    assert_eq!(
        metadata["contracts"]["Till"]["x-events"],
        json!([
            {"name": "Sold", "schema": {"$ref": "#/components/schemas/Sold"}},
            {"name": "Paid", "schema": {"$ref": "#/components/schemas/Payment"}},
        ])
    );
}
