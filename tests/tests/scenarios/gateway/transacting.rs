use super::network;
use crate::harness::{call, details, script, told};
use selvedge_protos::protos::TxValidationCode;
use serde_json::json;
use tonic::Code;

#[test]
fn a_transaction_is_endorsed_sent_and_committed() {
    let net = network(2, 10);
    let app = net.app(0);
    let mut put = script(&json!([["put", "k", "v"]]));
    let prepared = app.endorse(&put, &[]).unwrap();
    assert_eq!(prepared.endorsers(), ["Org1MSP", "Org2MSP"]);
    assert!(prepared.envelope.signature.is_empty());
    app.submit(&prepared).unwrap();
    let status = app.status(&prepared.tx_id).unwrap();
    assert_eq!(status.result(), TxValidationCode::Valid);
    // Once more, when it is long committed, and from the other organisation's gateway.
    assert_eq!(app.status(&prepared.tx_id).unwrap(), status);
    assert_eq!(net.app(1).status(&prepared.tx_id).unwrap(), status);

    let get = script(&json!([["get", "k"]]));
    for peer in 0..2 {
        let answer = net.app(peer).evaluate(&get, &[]).unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.payload, json!([hex::encode("v")]).to_string());
    }
    // What is transient reaches the chaincode and nobody else.
    put.transient = [("secret".to_owned(), "hush".into())].into();
    let prepared = app.endorse(&put, &[]).unwrap();
    let payload = prepared.proposal_payload();
    assert!(!payload.windows(4).any(|bytes| bytes == b"hush"));
    app.submit(&prepared).unwrap();
    let status = app.status(&prepared.tx_id).unwrap();
    assert_eq!(status.result(), TxValidationCode::Valid);
    conflicts(&net);
    refusals(&net);
}

fn conflicts(net: &crate::harness::Net) {
    let app = net.app(0);
    let add = script(&json!([["add", "counter", 1]]));
    let both = [(); 2].map(|()| app.endorse(&add, &[]).unwrap());
    let codes = both.map(|prepared| {
        app.submit(&prepared).unwrap();
        app.status(&prepared.tx_id).unwrap().result()
    });
    let expected = [TxValidationCode::Valid, TxValidationCode::MvccReadConflict];
    assert_eq!(codes, expected);
}

/// What chaincode and peers refuse, and who said so.
fn refusals(net: &crate::harness::Net) {
    let app = net.app(0);
    let fail = script(&json!([["fail", "on purpose"]]));
    let why = "chaincode response 500, on purpose";
    let said = ("Org1MSP".to_owned(), why.to_owned());
    let error = app.evaluate(&fail, &[]).unwrap_err();
    let evaluated = format!("evaluate call to endorser returned error: {why}");
    assert_eq!(told(&error), (Code::Unknown, evaluated.as_str()));
    assert_eq!(details(&error), std::slice::from_ref(&said));
    let error = app.endorse(&fail, &[]).unwrap_err();
    let endorsed = "failed to endorse transaction, see attached details for more info";
    assert_eq!(told(&error), (Code::Aborted, endorsed));
    assert_eq!(details(&error), [said]);
    let error = app.endorse(&fail, &["Org1MSP", "Org2MSP"]).unwrap_err();
    let collected =
        "failed to collect enough transaction endorsements, see attached details for more info";
    assert_eq!(told(&error), (Code::Aborted, collected));
    let mut said = details(&error);
    said.sort();
    let both = ["Org1MSP", "Org2MSP"].map(|name| (name.to_owned(), why.to_owned()));
    assert_eq!(said, both);

    let error = app.evaluate(&call("nobody", &[b"f"]), &[]).unwrap_err();
    let nobody = "no peers available to evaluate chaincode nobody in channel scenarios";
    assert_eq!(told(&error), (Code::FailedPrecondition, nobody));
    let error = app.endorse(&call("nobody", &[b"f"]), &[]).unwrap_err();
    let nobody = "no combination of peers can be derived which satisfy the endorsement policy: No metadata was found for chaincode nobody in channel scenarios";
    assert_eq!(told(&error), (Code::FailedPrecondition, nobody));
    let put = script(&json!([["put", "k", "v"]]));
    let error = app
        .endorse(&put, &["Org1MSP", "Org8MSP", "Org9MSP"])
        .unwrap_err();
    let missing = "failed to find any endorsing peers for org(s): Org8MSP, Org9MSP";
    assert_eq!(told(&error), (Code::Unavailable, missing));
    // One organisation is less than its policy asks for, and the client said so.
    let prepared = app.endorse(&put, &["Org2MSP"]).unwrap();
    assert_eq!(prepared.endorsers(), ["Org2MSP"]);
    app.submit(&prepared).unwrap();
    let status = app.status(&prepared.tx_id).unwrap();
    assert_eq!(status.result(), TxValidationCode::EndorsementPolicyFailure);
    // System chaincode has no policy.
    let info = call("qscc", &[b"GetChainInfo", b"scenarios"]);
    assert_eq!(app.evaluate(&info, &[]).unwrap().status, 200);
    let error = app.endorse(&info, &[]).unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
}
