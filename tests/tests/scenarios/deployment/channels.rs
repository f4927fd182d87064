//! Channels that are joined later, several channels, and peers that miss blocks.

use super::{EVERYONE, network, on, put};
use crate::harness::{
    CHANNEL, Definition, Runtime, not_approved, not_installed, on_every_runtime, results,
    script_of, sign,
};
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::client::{Call, lifecycle_call};
use selvedge_protos::lifecycle::{QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult};
use serde_json::json;

on_every_runtime!(
    a_peer_joins_later_and_finds_the_definition,
    two_channels_have_definitions_of_their_own,
    a_peer_was_down_while_the_others_agreed,
    a_peer_that_had_approved_runs_the_chaincode_as_soon_as_it_is_back,
    an_approval_reaches_the_other_peer_of_its_organisation,
);

const OTHER: &str = "other";

fn a_peer_joins_later_and_finds_the_definition(runtime: Runtime) {
    let net = network(runtime);
    let other = net.found(OTHER);
    let package = runtime.script_package("cc_1");
    let terms = Definition::new("cc");
    for peer in [0, 1] {
        net.join(peer, &other);
    }
    for peer in [0, 1] {
        let id = net.install_package(peer, &package);
        net.approve_on(OTHER, peer, &terms, Some(&id));
    }
    net.works(&[0, 1], &terms.commit_on(OTHER));
    net.works(&[0, 1], &on(OTHER, put("early")));
    net.join(2, &other);
    net.catches_up(2, OTHER, 0);
    let read = on(OTHER, script_of("cc", &json!([["get", "early"]])));
    let (_, refused) = net.refusal_of(2, &read);
    assert!(refused.ends_with(
        "chaincode definition for 'cc' at sequence 1 on channel 'other' has not yet been approved by this org"
    ), "{refused}");
    let id = net.install_package(2, &package);
    net.approve_on(OTHER, 2, &terms, Some(&id));
    let found = net.query(2, &read).response.unwrap();
    assert_eq!(results(&found.payload), json!([hex::encode("v")]));
    net.works(&[2, 0], &on(OTHER, put("late")));
}

fn two_channels_have_definitions_of_their_own(runtime: Runtime) {
    let net = network(runtime);
    let id = net.deploy(&Definition::new("cc"), &runtime.script_package("cc_1"));
    let other = net.found(OTHER);
    for peer in EVERYONE {
        net.join(peer, &other);
    }
    let elsewhere = Definition::new("cc").sequence(1, "9").with_init();
    for peer in EVERYONE {
        net.approve_on(OTHER, peer, &elsewhere, Some(&id));
    }
    net.works(&EVERYONE, &elsewhere.commit_on(OTHER));
    net.works(&EVERYONE, &put("k"));
    let (_, refused) = net.refusal_of(0, &on(OTHER, put("k")));
    assert!(refused.ends_with("must call as init first"), "{refused}");
    let init = Call {
        is_init: true,
        ..on(OTHER, put("elsewhere"))
    };
    net.works(&EVERYONE, &init);
    let here = net.stored(0, "cc", "elsewhere");
    assert!(here.is_none(), "not on this channel");
    let asked = QueryInstalledChaincodesArgs {};
    let asked = lifecycle_call("", "QueryInstalledChaincodes", &asked);
    let answer = net.ask(0, &sign(&asked, net.admin(0)).signed).unwrap();
    let found = answer.response.unwrap().payload;
    let found = QueryInstalledChaincodesResult::decode(found).unwrap();
    let references = &found.installed_chaincodes[0].references;
    let mut versions: Vec<_> = references
        .iter()
        .map(|(channel, found)| (channel.as_str(), &*found.chaincodes[0].version))
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, [(OTHER, "9"), (CHANNEL, "1")]);
}

fn a_peer_was_down_while_the_others_agreed(runtime: Runtime) {
    let mut net = network(runtime);
    let package = runtime.script_package("cc_1");
    let id = EVERYONE.map(|peer| net.install_package(peer, &package));
    let terms = Definition::new("cc");
    let down = net.halt(2);
    net.approve(0, &terms, Some(&id[0]));
    net.approve(1, &terms, Some(&id[0]));
    net.works(&[0, 1], &terms.commit());
    net.works(&[0, 1], &put("meanwhile"));
    net.resume(2, down);
    net.catches_up(2, CHANNEL, 0);
    net.cannot(2, "cc", &not_approved("cc", 1));
    let found = net.stored(2, "cc", "meanwhile");
    assert_eq!(found, Some(Bytes::from_static(b"v")));
    net.approve(2, &terms, Some(&id[2]));
    net.works(&[2, 1], &put("again"));
}

fn a_peer_that_had_approved_runs_the_chaincode_as_soon_as_it_is_back(runtime: Runtime) {
    let mut net = network(runtime);
    let package = runtime.script_package("cc_1");
    let id = EVERYONE.map(|peer| net.install_package(peer, &package));
    let terms = Definition::new("cc");
    for peer in EVERYONE {
        net.approve(peer, &terms, Some(&id[peer]));
    }
    let down = net.halt(2);
    net.works(&[0, 1], &terms.commit());
    net.resume(2, down);
    net.catches_up(2, CHANNEL, 0);
    net.works(&[2, 0], &put("k"));
}

/// What one peer endorses is the organisation's secret: it reaches its other peers as private data does.
fn an_approval_reaches_the_other_peer_of_its_organisation(runtime: Runtime) {
    let mut net = network(runtime);
    let package = runtime.script_package("cc_1");
    let ids = EVERYONE.map(|peer| net.install_package(peer, &package));
    let twin = net.add_peer(0);
    net.until("the first peer knows both of its organisation", |net| {
        net.known_to(0).len() == EVERYONE.len() + 1
    });
    let terms = Definition::new("cc");
    for member in EVERYONE {
        net.approve(member, &terms, Some(&ids[member]));
    }
    net.works(&EVERYONE, &terms.commit());
    net.until("the other peer has the approval", |net| {
        net.approved(twin, "cc", 1).status == 200
    });
    let here = net.approved(twin, "cc", 1);
    assert_eq!(here.payload, net.approved(0, "cc", 1).payload);
    // So has it what it needs to run the chaincode, but for the code.
    net.cannot(twin, "cc", &not_installed("cc"));
    net.install_package(twin, &package);
    net.works(&[twin, 1], &put("k"));
}
