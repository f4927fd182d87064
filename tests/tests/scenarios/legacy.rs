//! A component on a channel that has not raised its capability: installed and instantiated by `lscc`, upgraded, and taken
//! over by the new lifecycle when the channel has it.

use crate::harness::{CHANNEL, Definition, Net, Plan, Runtime, call, results, script_of, sign};
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::StateDatabase;
use selvedge_peer::client::Call;
use selvedge_protos::protos::{
    ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, ChaincodeSpec, Response,
    TxValidationCode as Code, chaincode_spec,
};
use selvedge_runtime::Package;
use serde_json::json;

const EVERYONE: [usize; 3] = [0, 1, 2];

fn net() -> Net {
    let plan = Plan {
        runtime: Runtime::Wasm,
        organisations: 3,
        batch: 10,
    };
    Net::start_as(&plan, StateDatabase::default(), |description| {
        description.application_capabilities = vec!["V1_4_2".to_owned()];
    })
}

/// A component travels as type CAR.
fn specification(version: &str, init: &str, code: Bytes) -> Bytes {
    let args = [b"run".as_slice(), init.as_bytes()];
    let specification = ChaincodeDeploymentSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: chaincode_spec::Type::Car as i32,
            chaincode_id: Some(ChaincodeId {
                path: String::new(),
                name: "old".to_owned(),
                version: version.to_owned(),
            }),
            input: Some(ChaincodeInput {
                args: args.map(Bytes::copy_from_slice).to_vec(),
                ..Default::default()
            }),
            timeout: 0,
        }),
        code_package: code,
    };
    specification.encode_to_vec().into()
}

fn deploy(function: &str, version: &str, value: &str) -> Call {
    let init = json!([["put", "initial", value]]).to_string();
    let specification = specification(version, &init, Bytes::new());
    call(
        "lscc",
        &[function.as_bytes(), CHANNEL.as_bytes(), &specification],
    )
}

fn ask(net: &Net, peer: usize, call: &Call) -> Response {
    let proposal = sign(call, net.admin(peer));
    net.ask(peer, &proposal.signed).unwrap().response.unwrap()
}

fn install(net: &Net, version: &str) {
    let package = Package::parse(&Runtime::Wasm.script_package("unused")).unwrap();
    let package = specification(version, "[]", package.code);
    for peer in EVERYONE {
        let call = Call {
            channel: String::new(),
            ..call("lscc", &[b"install", &package])
        };
        let answer = ask(net, peer, &call);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

fn submit(net: &Net, peers: &[usize], call: &Call) -> Code {
    let endorsed = net.endorse_by(peers, call, net.admin(peers[0]));
    net.order(&[&endorsed])[0].code
}

fn is(net: &Net, value: &str) {
    for peer in EVERYONE {
        let answer = net.query(peer, &script_of("old", &json!([["get", "initial"]])));
        let response = answer.response.unwrap();
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(results(&response.payload), json!([hex::encode(value)]));
    }
}

#[test]
fn a_component_lives_through_both_lifecycles() {
    let mut net = net();
    install(&net, "1.0");
    assert_eq!(
        submit(&net, &EVERYONE, &deploy("deploy", "1.0", "one")),
        Code::Valid
    );
    is(&net, "one");
    install(&net, "2.0");
    assert_eq!(
        submit(&net, &[1], &deploy("upgrade", "2.0", "two")),
        Code::Valid
    );
    is(&net, "two");

    net.raise("V2_5");
    let refused = ask(&net, 0, &deploy("upgrade", "1.0", "never"));
    assert_eq!(
        refused.message,
        format!(
            "Channel '{CHANNEL}' has been migrated to the new lifecycle, LSCC is now read-only"
        )
    );
    is(&net, "two");
    net.restart(0);
    is(&net, "two");
    let write = script_of("old", &json!([["put", "after", "v"]]));
    assert_eq!(submit(&net, &[0], &write), Code::Valid);

    let definition = Definition::new("old").sequence(1, "3.0").with_init();
    net.deploy(&definition, &Runtime::Wasm.script_package("new_3"));
    let (_, refused) = net.refusal(&write);
    assert!(refused.ends_with("must call as init first"), "{refused}");
    let init = Call {
        is_init: true,
        ..script_of("old", &json!([["put", "initial", "three"]]))
    };
    assert!(net.submit(&init).is_valid());
    is(&net, "three");
}
