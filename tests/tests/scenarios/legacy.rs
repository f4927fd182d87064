//! Chaincode on a channel that has not raised its capability: installed and instantiated by `lscc`, upgraded, and taken
//! over by the new lifecycle when the channel has it.

use crate::harness::{
    CHANNEL, Definition, Endorsed, Net, Plan, Runtime, call, on_every_runtime, results, script_of,
    sign,
};
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::StateDatabase;
use selvedge_peer::client::Call;
use selvedge_protos::protos::{
    ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, ChaincodeSpec, Response,
    TxValidationCode as Code, chaincode_spec::Type,
};
use serde_json::{Value, json};

on_every_runtime!(
    a_chaincode_lives_through_both_lifecycles,
    an_instantiation_that_fails_leaves_nothing,
    channels_of_every_older_capability_instantiate_and_upgrade,
);

const EVERYONE: [usize; 3] = [0, 1, 2];

fn net(runtime: Runtime, capability: &str) -> Net {
    let plan = Plan {
        runtime,
        organisations: EVERYONE.len(),
        batch: 10,
    };
    Net::start_as(&plan, StateDatabase::default(), |description| {
        let capability = (!capability.is_empty()).then(|| capability.to_owned());
        description.application_capabilities = capability.into_iter().collect();
    })
}

fn specification(kind: Type, version: &str, init: &str, code: Bytes) -> Bytes {
    let args = [b"run".as_slice(), init.as_bytes()];
    let specification = ChaincodeDeploymentSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: kind as i32,
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

fn deploy(runtime: Runtime, function: &str, version: &str, value: &str) -> Call {
    deploy_with(
        runtime,
        function,
        version,
        &json!([["put", "initial", value]]),
    )
}

fn deploy_with(runtime: Runtime, function: &str, version: &str, init: &Value) -> Call {
    let kind = match runtime {
        Runtime::Wasm => Type::Car,
        _ => Type::Golang,
    };
    let specification = specification(kind, version, &init.to_string(), Bytes::new());
    call(
        "lscc",
        &[function.as_bytes(), CHANNEL.as_bytes(), &specification],
    )
}

fn ask(net: &Net, peer: usize, call: &Call) -> Response {
    let proposal = sign(call, net.admin(peer));
    net.ask(peer, &proposal.signed).unwrap().response.unwrap()
}

fn install(net: &Net, runtime: Runtime, version: &str) {
    let (kind, code) = runtime.legacy_code(&format!("old:{version}"));
    let package = specification(kind, version, "[]", code);
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

fn a_chaincode_lives_through_both_lifecycles(runtime: Runtime) {
    let mut net = net(runtime, "V1_4_2");
    install(&net, runtime, "1.0");
    let one = deploy(runtime, "deploy", "1.0", "one");
    assert_eq!(submit(&net, &EVERYONE, &one), Code::Valid);
    is(&net, "one");
    // Clients find its endorsers by what the peers tell each other.
    net.until(
        "every peer tells of the chaincode that lscc instantiated",
        |net| net.peers_with(0, "old") == EVERYONE.len(),
    );
    install(&net, runtime, "2.0");
    let two = deploy(runtime, "upgrade", "2.0", "two");
    assert_eq!(submit(&net, &[1], &two), Code::Valid);
    is(&net, "two");

    net.raise("V2_5");
    let refused = ask(&net, 0, &deploy(runtime, "upgrade", "1.0", "never"));
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
    net.deploy(&definition, &runtime.script_package("new_3"));
    let (_, refused) = net.refusal(&write);
    assert!(refused.ends_with("must call as init first"), "{refused}");
    let init = Call {
        is_init: true,
        ..script_of("old", &json!([["put", "initial", "three"]]))
    };
    assert!(net.submit(&init).is_valid());
    is(&net, "three");
}

fn an_instantiation_that_fails_leaves_nothing(runtime: Runtime) {
    let net = net(runtime, "V1_4_2");
    let good = deploy(runtime, "deploy", "1.0", "one");
    let refused = ask(&net, 0, &good);
    assert_eq!(
        refused.message,
        "cannot get package for chaincode (old:1.0)"
    );
    install(&net, runtime, "1.0");
    let failed = "error in simulation: transaction returned with failure: ";
    let secret = json!([["putpvt", "secret", "k", "v"]]);
    for (init, cause) in [
        (json!([["put", "k", "v"], ["fail", "no luck"]]), "no luck"),
        (
            secret,
            "private data APIs are not allowed in chaincode Init()",
        ),
    ] {
        let refused = ask(&net, 0, &deploy_with(runtime, "deploy", "1.0", &init));
        assert!(refused.message.starts_with(failed), "{refused:?}");
        assert!(refused.message.ends_with(cause), "{refused:?}");
    }
    // Nobody but an administrator instantiates.
    let by_user = sign(&good, net.user(0));
    let refused = net.ask(0, &by_user.signed).unwrap().response.unwrap();
    assert!(
        refused
            .message
            .starts_with("instantiation policy violation: "),
        "{refused:?}"
    );
    assert!(net.stored(0, "lscc", "old").is_none());
    // All three write and sign the same.
    let proposal = sign(&good, net.admin(0));
    let answers = EVERYONE.map(|peer| net.ask(peer, &proposal.signed).unwrap());
    for answer in &answers {
        assert_eq!(answer.payload, answers[0].payload);
    }
    let instantiated = Endorsed::new(&proposal, &answers, net.admin(0));
    assert!(net.order(&[&instantiated])[0].is_valid());
    is(&net, "one");
    let again = ask(&net, 0, &good);
    assert_eq!(again.message, "chaincode with name 'old' already exists");
    let init = Call {
        is_init: true,
        ..script_of("old", &json!([]))
    };
    let (_, refused) = net.refusal(&init);
    assert!(
        refused.ends_with("does not require initialization but called as init"),
        "{refused}"
    );
}

fn channels_of_every_older_capability_instantiate_and_upgrade(runtime: Runtime) {
    for capability in ["", "V1_1", "V1_2", "V1_3"] {
        let net = net(runtime, capability);
        install(&net, runtime, "1.0");
        let one = deploy(runtime, "deploy", "1.0", "one");
        assert_eq!(submit(&net, &EVERYONE, &one), Code::Valid, "{capability}");
        install(&net, runtime, "2.0");
        let two = deploy(runtime, "upgrade", "2.0", "two");
        assert_eq!(submit(&net, &[1, 2], &two), Code::Valid, "{capability}");
        is(&net, "two");
        let write = script_of("old", &json!([["put", "k", "v"]]));
        assert_eq!(submit(&net, &[0], &write), Code::Valid, "{capability}");
    }
}
