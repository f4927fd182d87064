//! What the discovery service tells, and whom.

use super::network;
use crate::harness::{CHANNEL, Net};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::discovery::{
    self, AuthInfo, ChaincodeQuery, ConfigQuery, LocalPeerQuery, PeerMembershipQuery, Peers, Query,
    query, query_result::Result as Answer,
};
use selvedge_protos::gossip::{GossipMessage, gossip_message::Content};
use selvedge_protos::protos::{ChaincodeCall, ChaincodeInterest};
use std::collections::BTreeMap;
use tonic::Code;

fn on(channel: &str, query: query::Query) -> Query {
    Query {
        channel: channel.to_owned(),
        query: Some(query),
    }
}

fn interest(names: &[&str]) -> ChaincodeInterest {
    let call = |name: &&str| ChaincodeCall {
        name: (*name).to_owned(),
        ..Default::default()
    };
    ChaincodeInterest {
        chaincodes: names.iter().map(call).collect(),
    }
}

fn endorsers(interests: Vec<ChaincodeInterest>) -> query::Query {
    query::Query::CcQuery(ChaincodeQuery { interests })
}

fn peers(filter: Option<ChaincodeInterest>) -> query::Query {
    query::Query::PeerQuery(PeerMembershipQuery { filter })
}

fn ask(net: &Net, query: Query) -> Answer {
    let mut results = net.app(0).discover(vec![query]);
    results.remove(0).result.unwrap()
}

fn error(answer: Answer) -> String {
    match answer {
        Answer::Error(error) => error.content,
        other => panic!("{other:?}"),
    }
}

fn counts(by_org: &BTreeMap<String, Peers>) -> Vec<(&str, usize)> {
    by_org
        .iter()
        .map(|(org, peers)| (org.as_str(), peers.peers.len()))
        .collect()
}

#[test]
fn members_of_the_channel_are_told_who_is_there() {
    let net = network(2, 10);
    let both = [("Org1MSP", 1), ("Org2MSP", 1)];
    let Answer::Members(members) = ask(&net, on(CHANNEL, peers(None))) else {
        panic!("no members");
    };
    assert_eq!(counts(&members.peers_by_org), both);
    let second = &members.peers_by_org["Org2MSP"].peers[0];
    let told = |envelope: &Option<selvedge_protos::gossip::Envelope>| {
        let payload = envelope.as_ref().unwrap().payload.clone();
        GossipMessage::decode(payload).unwrap().content.unwrap()
    };
    let Content::AliveMsg(alive) = told(&second.membership_info) else {
        panic!("no heartbeat");
    };
    let endpoint = alive.membership.unwrap().endpoint;
    assert!(endpoint.starts_with("127.0.0.1:"), "{endpoint}");
    let Content::StateInfo(info) = told(&second.state_info) else {
        panic!("no state");
    };
    let properties = info.properties.unwrap();
    assert!(properties.chaincodes.iter().any(|one| one.name == "script"));
    let Answer::Members(members) = ask(&net, on(CHANNEL, peers(Some(interest(&["script"])))))
    else {
        panic!("no members");
    };
    assert_eq!(counts(&members.peers_by_org), both);
    let Answer::Members(local) = ask(&net, on("", query::Query::LocalPeers(LocalPeerQuery {})))
    else {
        panic!("no members");
    };
    assert_eq!(counts(&local.peers_by_org), both);
    assert!(local.peers_by_org["Org1MSP"].peers[0].state_info.is_none());

    let Answer::ConfigResult(config) =
        ask(&net, on(CHANNEL, query::Query::ConfigQuery(ConfigQuery {})))
    else {
        panic!("no configuration");
    };
    let msps: Vec<&String> = config.msps.keys().collect();
    assert_eq!(msps, ["OrdererMSP", "Org1MSP", "Org2MSP"]);
    assert_eq!(config.orderers["OrdererMSP"].endpoint[0].host, "127.0.0.1");

    let Answer::CcQueryRes(found) = ask(&net, on(CHANNEL, endorsers(vec![interest(&["script"])])))
    else {
        panic!("no endorsers");
    };
    let descriptor = &found.content[0];
    assert_eq!(descriptor.chaincode, "script");
    assert_eq!(descriptor.layouts.len(), 1, "both are a majority of two");
    assert_eq!(descriptor.layouts[0].quantities_by_group.len(), 2);
    assert_eq!(
        counts(&descriptor.endorsers_by_groups),
        [("G0", 1), ("G1", 1)]
    );
    refusals(&net);
}

fn refusals(net: &Net) {
    let nobody = interest(&["nobody"]);
    let content = error(ask(net, on(CHANNEL, endorsers(vec![nobody.clone()]))));
    let failed = r#"failed constructing descriptor for chaincodes:{name:"nobody"}"#;
    assert_eq!(content, failed);
    let content = error(ask(net, on(CHANNEL, peers(Some(nobody)))));
    let none = "No metadata was found for chaincode nobody in channel scenarios";
    assert_eq!(content, none);
    for (interests, why) in [
        (
            vec![],
            "chaincode query must have at least one chaincode interest",
        ),
        (
            vec![interest(&[])],
            "chaincode interest must contain at least one chaincode",
        ),
        (
            vec![interest(&["script", ""])],
            "chaincode name in interest cannot be empty",
        ),
    ] {
        assert_eq!(error(ask(net, on(CHANNEL, endorsers(interests)))), why);
    }
    let unknown = "unknown or missing request type";
    let config = || query::Query::ConfigQuery(ConfigQuery {});
    let local = || query::Query::LocalPeers(LocalPeerQuery {});
    assert_eq!(error(ask(net, on("", config()))), unknown);
    assert_eq!(error(ask(net, on(CHANNEL, local()))), unknown);
    let nothing = Query {
        channel: CHANNEL.to_owned(),
        query: None,
    };
    assert_eq!(error(ask(net, nothing)), unknown);
    assert_eq!(error(ask(net, on("nowhere", config()))), "access denied");
    // Whoever is a member may ask about the channel; about this peer's own view only its administrators.
    let asked = |signer: &selvedge_identity::SigningIdentity, query| {
        let request = discovery::Request {
            authentication: Some(AuthInfo {
                client_identity: signer.serialized().clone(),
                client_tls_cert_hash: Bytes::from_static(b"any"),
            }),
            queries: vec![query],
        };
        let payload = Bytes::from(request.encode_to_vec());
        let signature = signer.sign(&payload).into();
        let mut results = net.app(0).discover_signed(payload, signature).unwrap();
        results.remove(0).result.unwrap()
    };
    assert_eq!(error(asked(net.user(0), on("", local()))), "access denied");
    assert_eq!(error(asked(net.admin(1), on("", local()))), "access denied");
    for _ in 0..2 {
        let answer = asked(net.user(1), on(CHANNEL, config()));
        assert!(matches!(answer, Answer::ConfigResult(_)), "{answer:?}");
    }
    let send = |payload: Vec<u8>| {
        let app = net.app(0);
        app.discover_signed(payload.into(), Bytes::new())
            .unwrap_err()
    };
    let requests = [
        (
            b"\xff".to_vec(),
            "failed parsing request: proto: cannot parse invalid wire-format data",
        ),
        (
            Vec::new(),
            "access denied, no authentication info in request",
        ),
        (
            discovery::Request {
                authentication: Some(AuthInfo::default()),
                queries: Vec::new(),
            }
            .encode_to_vec(),
            "access denied, client identity wasn't supplied",
        ),
    ];
    for (payload, why) in requests {
        let status = send(payload);
        assert_eq!((status.code(), status.message()), (Code::Unknown, why));
    }
}
