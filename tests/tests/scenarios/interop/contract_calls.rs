//! Calls of contracts on `fabric-contract-api`, each with a script for ours that must come to the same: reads, writes,
//! events and response, byte for byte.

use super::{action, answers, call_of};
use crate::harness::{Endorsed, Net, call, results, sign};
use crate::operations::COLLECTION;
use bytes::Bytes;
use prost::Message;
use selvedge_identity::policy_from_string;
use selvedge_peer::client::{Call, Proposal};
use selvedge_protos::common::{ChannelHeader, Header, SignatureHeader};
use selvedge_protos::msp::SerializedIdentity;
use selvedge_protos::protos::{Proposal as Proposed, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A call, and the script that does the same. The script knows the proposal of the call and its answer.
pub(super) struct Case {
    args: Vec<&'static str>,
    same: Box<Same>,
}

type Same = dyn Fn(&Proposal, &Response) -> Value;

impl Case {
    fn new(args: &[&'static str], same: impl Fn(&Proposal, &Response) -> Value + 'static) -> Self {
        Self {
            args: args.to_vec(),
            same: Box::new(same),
        }
    }

    /// A call that does these operations and then answers with a text.
    fn answers(args: &[&'static str], operations: Value, payload: &'static str) -> Self {
        Self::new(args, move |_, _| {
            let mut operations = operations.clone();
            let lines = operations.as_array_mut().unwrap();
            lines.push(json!(["return", 200, "", payload]));
            operations
        })
    }

    fn fails(args: &[&'static str], message: &'static str) -> Self {
        Self::new(args, move |_, _| json!([["fail", message]]))
    }

    /// Asks the organisations that run Node, then the first for its script, and commits what Node did.
    pub(super) fn compare(&self, net: &Net) {
        let args: Vec<_> = self.args.iter().map(|arg| arg.as_bytes()).collect();
        let signer = net.user(0);
        let transient = call_of(&json!([])).transient;
        let theirs = Call {
            transient: transient.clone(),
            ..call("script", &args)
        };
        let proposal = sign(&theirs, signer);
        let answers = answers(net, &proposal).split_off(1);
        let response = answers[0].response.clone().unwrap();
        let ours = (self.same)(&proposal, &response);
        let our_answer = net.query(0, &call_of(&ours));
        for answer in &answers {
            assert_eq!(answer.response, our_answer.response, "{args:?}: {ours}");
            let (theirs, ours) = (action(answer), action(&our_answer));
            assert_eq!(theirs.results, ours.results, "{args:?}");
            assert_eq!(theirs.events, ours.events, "{args:?}");
        }
        if answers[0].endorsement.is_some() {
            let transaction = Endorsed::new(&proposal, &answers, signer);
            assert!(net.order(&[&transaction])[0].is_valid(), "{args:?}");
        }
    }
}

pub(super) fn calls() -> Vec<Case> {
    let mut all = hooks();
    all.extend(routing());
    all.extend(policies());
    all.extend(facts());
    all
}

fn hooks() -> Vec<Case> {
    let seen = |text: &str| json!(["put", "seen", text]);
    vec![
        Case::answers(
            &["hooked:touch", "k", "v"],
            json!([
                ["put", "k", "v"],
                seen("before hooked:touch, around touch, after touched k")
            ]),
            "touched k",
        ),
        Case::answers(
            &["hooked:object"],
            json!([seen(
                "before hooked:object, around object, after [object Object]"
            )]),
            r#"{"number":1,"list":["a",null],"nested":{"yes":true}}"#,
        ),
        Case::answers(
            &["hooked:nothing"],
            json!([seen(
                "before hooked:nothing, around nothing, after undefined"
            )]),
            "",
        ),
        Case::answers(
            &["hooked:missing", "x"],
            json!([["put", "unknown", "hooked:missing"]]),
            "",
        ),
        Case::fails(&["hooked:forbidden"], "not before"),
    ]
}

fn routing() -> Vec<Case> {
    vec![
        Case::answers(&["run", "[]"], json!([]), "[]"),
        Case::answers(&["script:run", "[]"], json!([]), "[]"),
        Case::fails(
            &["missing"],
            "You've asked to invoke a function that does not exist: missing",
        ),
        Case::fails(&["nobody:run"], "Contract name is not known: nobody"),
        Case::fails(&["run"], "Expected 1 parameters, but 0 have been supplied"),
    ]
}

fn policy(text: &str) -> Value {
    let policy = policy_from_string(text).unwrap();
    json!({"hex": hex::encode(policy.encode_to_vec())})
}

fn policies() -> Vec<Case> {
    let both = policy("AND('Org2MSP.peer','Org3MSP.peer')");
    let one = policy("AND('Org2MSP.peer')");
    let member = policy("AND('Org1MSP.member')");
    vec![
        Case::answers(
            &["policies:restrict", "held", "Org2MSP", "Org3MSP"],
            json!([["put", "held", "v"], ["setep", "held", both]]),
            "",
        ),
        Case::answers(
            &["policies:loosen", "held", "Org3MSP"],
            json!([["getep", "held"], ["setep", "held", one]]),
            "Org2MSP",
        ),
        Case::answers(
            &["policies:restrictPrivate", COLLECTION, "held", "Org1MSP"],
            json!([["setpvtep", COLLECTION, "held", member]]),
            "",
        ),
    ]
}

/// What a proposal says of itself.
struct Facts {
    channel: ChannelHeader,
    nonce: Bytes,
    creator: Bytes,
    identity: SerializedIdentity,
}

impl Facts {
    fn of(proposal: &Proposal) -> Self {
        let proposed = Proposed::decode(proposal.signed.proposal_bytes.clone()).unwrap();
        let header = Header::decode(proposed.header).unwrap();
        let signature = SignatureHeader::decode(header.signature_header).unwrap();
        Self {
            channel: ChannelHeader::decode(header.channel_header).unwrap(),
            identity: SerializedIdentity::decode(signature.creator.clone()).unwrap(),
            nonce: signature.nonce,
            creator: signature.creator,
        }
    }

    fn binding(&self) -> String {
        let epoch = self.channel.epoch.to_le_bytes();
        let whole = [self.nonce.as_ref(), self.creator.as_ref(), &epoch].concat();
        hex::encode(Sha256::digest(whole))
    }
}

fn answer(value: &Value) -> Value {
    json!([["return", 200, "", value.to_string()]])
}

fn facts() -> Vec<Case> {
    vec![
        Case::new(&["facts:transaction", "x"], |proposal, _| {
            let facts = Facts::of(proposal);
            let time = facts.channel.timestamp.unwrap();
            let milliseconds = time.seconds * 1000 + i64::from(time.nanos / 1_000_000);
            answer(&json!([
                proposal.tx_id,
                facts.channel.channel_id,
                [time.seconds, time.nanos],
                milliseconds,
                facts.binding(),
                "hush",
                ["facts:transaction", "x"],
                "x"
            ]))
        }),
        Case::new(&["facts:identity"], |proposal, response| {
            // Node's form of it is not Go's; what it names is in the certificate.
            let id = results(&response.payload)[1].clone();
            let text = id.as_str().unwrap();
            assert!(
                text.starts_with("x509::/") && text.contains("/CN=ca.org1.example.com"),
                "{text}"
            );
            let identity = Facts::of(proposal).identity;
            let digest = hex::encode(Sha256::digest(&identity.id_bytes));
            answer(&json!([identity.mspid, id, null, false, digest]))
        }),
        Case::new(&["facts:proposal"], |proposal, _| {
            let facts = Facts::of(proposal);
            answer(&json!([
                hex::encode(&proposal.signed.signature),
                hex::encode(&facts.nonce),
                facts.identity.mspid,
                proposal.tx_id,
                true
            ]))
        }),
        Case::answers(
            &["facts:split", "type", "one", "two"],
            json!([]),
            r#"{"objectType":"type","attributes":["one","two"]}"#,
        ),
        Case::answers(
            &["facts:iterate", "k", "l"],
            json!([["range", "k", "l"]]),
            "k=v",
        ),
        // Left before its end.
        Case::answers(
            &["facts:first", "", ""],
            json!([["rangen", "", "", 1]]),
            "held=v",
        ),
    ]
}

/// The system contract describes all others, in both ways to run them.
pub(super) fn metadata(net: &Net) {
    let asked = call("script", &[b"org.hyperledger.fabric:GetMetadata"]);
    let proposal = sign(&asked, net.user(0));
    let answers = answers(net, &proposal).split_off(1);
    assert_eq!(answers[0].payload, answers[1].payload);
    let described = results(&answers[0].response.as_ref().unwrap().payload);
    let contracts = described["contracts"].as_object().unwrap();
    let names: Vec<_> = contracts.keys().map(String::as_str).collect();
    for name in ["script", "hooked", "policies", "facts"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let run = &contracts["script"]["transactions"][0];
    assert_eq!(
        (&run["name"], &run["parameters"][0]["schema"]["type"]),
        (&json!("run"), &json!("string"))
    );
}

/// The context's own view of a client with attributes.
pub(super) fn client_identity(net: &Net) {
    let auditor = net.user_with(&[("role", "auditor")]);
    let proposal = sign(&call("script", &[b"facts:identity"]), &auditor);
    let answers = answers(net, &proposal).split_off(1);
    assert_eq!(answers[0].payload, answers[1].payload);
    let found = results(&answers[0].response.as_ref().unwrap().payload);
    assert_eq!(
        found.as_array().unwrap()[2..4],
        [json!("auditor"), json!(true)]
    );
}
