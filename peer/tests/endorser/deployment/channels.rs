//! Channels that are joined later, several channels, and peers that miss blocks.

use super::story::{CHANNEL, EVERYONE, Terms, each, not_approved, put, script};
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::client::{Call, lifecycle_call};
use selvedge_protos::lifecycle::{QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult};

const OTHER: &str = "other";

fn on(channel: &str, call: Call) -> Call {
    Call {
        channel: channel.to_owned(),
        ..call
    }
}

#[test]
fn a_peer_joins_later_and_finds_the_definition() {
    each(|net, kind| {
        net.found(OTHER, "V2_5");
        let package = kind.package("cc_1");
        let terms = Terms::new();
        for member in [0, 1] {
            net.join(member, OTHER);
        }
        for member in [0, 1] {
            let id = net.install_package(member, &package);
            net.approve_on(OTHER, member, &terms, Some(&id));
        }
        net.works(&[0, 1], &on(OTHER, terms.commit()));
        net.works(&[0, 1], &on(OTHER, put("early")));
        net.join(2, OTHER);
        let read = on(OTHER, script(r#"[["get","early"]]"#));
        assert!(net.refusal(2, &read).ends_with(
            "chaincode definition for 'cc' at sequence 1 on channel 'other' has not yet been approved by this org"
        ));
        let id = net.install_package(2, &package);
        net.approve_on(OTHER, 2, &terms, Some(&id));
        let found = net.ask(2, &read);
        assert_eq!(found.payload, format!(r#"["{}"]"#, hex::encode("v")));
        net.works(&[2, 0], &on(OTHER, put("late")));
    });
}

#[test]
fn two_channels_have_definitions_of_their_own() {
    each(|net, kind| {
        let terms = Terms::new();
        let id = net.deploy(kind, &terms, "cc_1");
        net.found(OTHER, "V2_5");
        for member in EVERYONE {
            net.join(member, OTHER);
        }
        let elsewhere = Terms::new().next(1, "9").with_init();
        for member in EVERYONE {
            net.approve_on(OTHER, member, &elsewhere, Some(&id));
        }
        net.works(&EVERYONE, &on(OTHER, elsewhere.commit()));
        net.works(&EVERYONE, &put("k"));
        assert!(
            net.refusal(0, &on(OTHER, put("k")))
                .ends_with("must call as init first")
        );
        let init = Call {
            is_init: true,
            ..on(OTHER, put("elsewhere"))
        };
        net.works(&EVERYONE, &init);
        assert!(net.stored(0, "elsewhere").is_none(), "not on this channel");
        let asked = QueryInstalledChaincodesArgs {};
        let found = net.ask(0, &lifecycle_call("", "QueryInstalledChaincodes", &asked));
        let found = QueryInstalledChaincodesResult::decode(found.payload).unwrap();
        let references = &found.installed_chaincodes[0].references;
        let versions: Vec<_> = references
            .iter()
            .map(|(channel, found)| (channel.as_str(), &*found.chaincodes[0].version))
            .collect();
        assert_eq!(versions, [(CHANNEL, "1"), (OTHER, "9")]);
    });
}

#[test]
fn a_peer_was_down_while_the_others_agreed() {
    each(|net, kind| {
        let package = kind.package("cc_1");
        let id = EVERYONE.map(|member| net.install_package(member, &package));
        let terms = Terms::new();
        net.sleep(2);
        net.approve(0, &terms, Some(&id[0]));
        net.approve(1, &terms, Some(&id[0]));
        net.works(&[0, 1], &terms.commit());
        net.works(&[0, 1], &put("meanwhile"));
        net.cannot(2, "cc", "chaincode cc not found");
        net.wake(2);
        net.cannot(2, "cc", &not_approved("cc", 1));
        assert_eq!(net.stored(2, "meanwhile"), Some(Bytes::from_static(b"v")));
        net.approve(2, &terms, Some(&id[2]));
        net.works(&[2, 1], &put("again"));
    });
}

#[test]
fn a_peer_that_had_approved_runs_the_chaincode_as_soon_as_it_is_back() {
    each(|net, kind| {
        let package = kind.package("cc_1");
        let id = EVERYONE.map(|member| net.install_package(member, &package));
        let terms = Terms::new();
        for member in EVERYONE {
            net.approve(member, &terms, Some(&id[member]));
        }
        net.sleep(2);
        net.works(&[0, 1], &terms.commit());
        net.wake(2);
        net.works(&[2, 0], &put("k"));
    });
}
