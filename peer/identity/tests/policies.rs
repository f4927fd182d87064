//! Policy expressions and evaluations against what Fabric's own code answered.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod golden;

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use selvedge_identity::{
    Msp, MspManager, MspVersion, Policy, SignedData, policy_from_string, policy_to_string,
};
use selvedge_protos::{common::SignaturePolicyEnvelope, msp::MspConfig};
use serde_json::Value;

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{key} in {value}"))
}

#[test]
fn every_expression_gives_the_recorded_bytes_or_error() {
    let vectors = golden::json("policy/dsl.json");
    let vectors = vectors.as_array().unwrap();
    assert_eq!(vectors.len(), 25);
    for vector in vectors {
        let dsl = text(vector, "dsl");
        match (policy_from_string(dsl), vector.get("error")) {
            (Ok(policy), None) => {
                assert_eq!(
                    hex::encode(policy.encode_to_vec()),
                    text(vector, "envelope_hex"),
                    "{dsl}"
                );
                let again = policy_from_string(&policy_to_string(&policy)).unwrap();
                assert_eq!(again.identities, policy.identities, "{dsl}");
            }
            (Err(error), Some(expected)) => {
                assert_eq!(error.to_string(), expected.as_str().unwrap(), "{dsl}")
            }
            (found, expected) => panic!("{dsl}: {found:?}, recorded {expected:?}"),
        }
    }
}

fn msps() -> Arc<MspManager> {
    let msps = ["Org1MSP", "Org2MSP", "Org3MSP", "OrdererMSP"].map(|name| {
        let config = MspConfig::decode(golden::file(&format!("policy/{name}.mspconfig"))).unwrap();
        Arc::new(Msp::from_config(&config, MspVersion::V3_0).unwrap())
    });
    Arc::new(MspManager::new(msps))
}

#[test]
fn every_evaluation_gives_the_recorded_verdict() {
    let golden = golden::json("policy/evaluation.json");
    let data = Bytes::from(hex::decode(text(&golden, "data_hex")).unwrap());
    let identities = &golden["identities_serialized_hex"];
    let msps = msps();
    let vectors = golden["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 50);
    let mut passed = 0;
    for vector in vectors {
        let name = text(vector, "policy");
        let envelope = Bytes::from(hex::decode(text(vector, "envelope_hex")).unwrap());
        let policy =
            Policy::compile(&SignaturePolicyEnvelope::decode(envelope).unwrap(), &msps).unwrap();
        let signers = vector["signers"].as_array().unwrap();
        let signatures = vector["signatures_hex"].as_array().unwrap();
        let bytes = |value: &Value| Bytes::from(hex::decode(value.as_str().unwrap()).unwrap());
        let signed: Vec<SignedData> = signers
            .iter()
            .zip(signatures)
            .map(|(signer, signature)| SignedData {
                data: data.clone(),
                identity: bytes(&identities[signer.as_str().unwrap()]),
                signature: bytes(signature),
            })
            .collect();
        let verdict = policy.evaluate(&signed);
        assert_eq!(
            verdict.is_ok(),
            vector["pass"].as_bool().unwrap(),
            "{name} by {signers:?}: {verdict:?}"
        );
        match verdict {
            Ok(()) => passed += 1,
            Err(error) => assert_eq!(error.to_string(), text(vector, "error"), "{name}"),
        }
    }
    assert_eq!(passed, 25);
}
