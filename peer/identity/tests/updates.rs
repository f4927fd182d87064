//! Changes of a configuration: what is computed, who may sign it, and what is refused whoever signs it.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod town;

use prost::Message;
use selvedge_identity::{
    ChannelConfig, compute_config_update,
    cryptogen::{CryptoOrganisation, NodeRole},
    genesis::{ChannelDescription, OrganisationDescription, channel_group},
};
use selvedge_protos::{
    common::{ConfigGroup, ConfigUpdate, ConfigValue},
    orderer::{BatchSize, ConsensusType},
    protos::{AnchorPeer, AnchorPeers},
};
use town::{NOW, Town, at, edited, envelope, propose};

fn value(message: &impl Message) -> ConfigValue {
    ConfigValue {
        version: 0,
        value: message.encode_to_vec().into(),
        mod_policy: "Admins".into(),
    }
}

fn set_anchor(channel: &mut ConfigGroup) {
    let anchor_peers = vec![AnchorPeer {
        host: "h".into(),
        port: 7051,
    }];
    let anchors = value(&AnchorPeers { anchor_peers });
    at(channel, "Application/Org1")
        .values
        .insert("AnchorPeers".into(), anchors);
}

#[test]
fn an_update_is_computed_signed_ordered_and_validated() {
    let town = Town::new();
    let current = town.channel();
    let wanted = edited(&current, set_anchor);
    for (organisation, role) in [(1, NodeRole::Admin), (0, NodeRole::Client)] {
        let error = propose(&current, &wanted, &[&town.signer(organisation, role)]).unwrap_err();
        assert!(
            error.contains("policy for [Group]  /Channel/Application/Org1 not satisfied"),
            "{error}"
        );
    }
    let mut proposed = propose(&current, &wanted, &[&town.signer(0, NodeRole::Admin)]).unwrap();
    let next = current.validate_update(&proposed).unwrap();
    assert_eq!(next.sequence(), 1);
    assert_eq!(
        next.organisation_of("Org1MSP").unwrap().anchor_peers[0].port,
        7051
    );
    let old = current.organisation_of("Org2MSP").unwrap();
    let kept = next.organisation_of("Org2MSP").unwrap();
    assert!(
        std::sync::Arc::ptr_eq(&old.msp, &kept.msp),
        "an unchanged MSP keeps its memory"
    );

    proposed
        .config
        .as_mut()
        .unwrap()
        .channel_group
        .as_mut()
        .unwrap()
        .mod_policy = "Writers".into();
    let error = current.validate_update(&proposed).unwrap_err().to_string();
    assert_eq!(
        error,
        "ConfigEnvelope LastUpdate did not produce the supplied config result"
    );
    proposed.config.as_mut().unwrap().sequence = 3;
    let error = current.validate_update(&proposed).unwrap_err().to_string();
    assert_eq!(
        error,
        "config currently at sequence 0, cannot validate config at sequence 3"
    );
    let nothing =
        compute_config_update("mychannel", current.config(), current.config()).unwrap_err();
    assert_eq!(
        nothing.to_string(),
        "no differences detected between original and updated config"
    );
}

#[test]
fn an_organisation_joins_and_leaves() {
    let town = Town::new();
    let current = town.channel();
    let (first, second) = (
        town.signer(0, NodeRole::Admin),
        town.signer(1, NodeRole::Admin),
    );
    let third = CryptoOrganisation::generate("org3.example.com", "Org3MSP", NOW).unwrap();
    let mut description = ChannelDescription {
        organisations: vec![OrganisationDescription::of_peers(
            "Org3",
            "Org3MSP",
            third.msp_config(),
        )],
        ..town.description()
    };
    let joined = at(&mut channel_group(&description), "Application/Org3").clone();
    description.organisations.clear();
    let wanted = edited(&current, |channel| {
        at(channel, "Application")
            .groups
            .insert("Org3".into(), joined);
    });
    let error = propose(&current, &wanted, &[&first]).unwrap_err();
    assert!(
        error.contains("1 sub-policies were satisfied, but this policy requires 2"),
        "{error}"
    );
    let proposed = propose(&current, &wanted, &[&first, &second]).unwrap();
    let three = current.validate_update(&proposed).unwrap();
    assert_eq!(three.organisations().count(), 3);
    assert_eq!(
        three.config().channel_group.as_ref().unwrap().groups["Application"].version,
        1
    );

    let wanted = edited(&three, |channel| {
        at(channel, "Application").groups.remove("Org1");
    });
    let proposed = propose(&three, &wanted, &[&first, &second]).unwrap();
    let two = three.validate_update(&proposed).unwrap();
    assert!(!two.has_msp("Org1MSP") && two.has_msp("Org3MSP"));
}

/// An update made by hand, from its read and its write set.
fn refused(current: &ChannelConfig, town: &Town, read: ConfigGroup, write: ConfigGroup) -> String {
    let update = ConfigUpdate {
        channel_id: "mychannel".into(),
        read_set: Some(read),
        write_set: Some(write),
        ..ConfigUpdate::default()
    };
    let admins = town.admins();
    let signers: Vec<_> = admins.iter().collect();
    current
        .propose_update(&envelope(&update, &signers))
        .unwrap_err()
        .to_string()
}

#[test]
fn versions_are_checked() {
    let town = Town::new();
    let current = town.channel();
    let empty = ConfigGroup::default;
    let ahead = ConfigGroup {
        version: 4,
        ..empty()
    };
    assert_eq!(
        refused(&current, &town, ahead, empty()),
        "error authorizing update: error validating ReadSet: proposed update requires that key [Group]  /Channel be at version 4, but it is currently at version 0"
    );
    let mut unknown = empty();
    unknown.groups.insert("Nobody".into(), empty());
    assert_eq!(
        refused(&current, &town, unknown, empty()),
        "error authorizing update: error validating ReadSet: existing config does not contain element for [Group]  /Channel/Nobody but was in the read set"
    );
    assert_eq!(
        refused(&current, &town, empty(), empty()),
        "error authorizing update: error validating DeltaSet: delta set was empty -- update would have no effect"
    );
    let mut write = ConfigGroup {
        version: 2,
        mod_policy: "Admins".into(),
        ..empty()
    };
    assert_eq!(
        refused(&current, &town, empty(), write.clone()),
        "error authorizing update: error validating DeltaSet: attempt to set key [Group]  /Channel to version 2, but key is at version 0"
    );
    write.version = 0;
    write.values.insert(
        "New".into(),
        ConfigValue {
            version: 3,
            mod_policy: "Admins".into(),
            ..value(&BatchSize::default())
        },
    );
    assert_eq!(
        refused(&current, &town, empty(), write.clone()),
        "error authorizing update: error validating DeltaSet: attempted to set key [Value]  /Channel/New to version 3, but key does not exist"
    );
    write.values.get_mut("New").unwrap().mod_policy.clear();
    assert_eq!(
        refused(&current, &town, empty(), write.clone()),
        "error authorizing update: error validating DeltaSet: invalid mod_policy for element [Value]  /Channel/New: mod_policy not set"
    );
    write
        .values
        .insert("a/b".into(), value(&BatchSize::default()));
    let error = refused(&current, &town, empty(), write);
    assert!(
        error.ends_with("config ID 'a/b' contains illegal characters"),
        "{error}"
    );
}

/// Only what the group's version announces may change: a new value without a new version of its group vanishes.
#[test]
fn a_group_has_the_members_it_lists() {
    let town = Town::new();
    let current = town.channel();
    let mut write = ConfigGroup::default();
    write
        .values
        .insert("Consortium".into(), value(&AnchorPeers::default()));
    let update = ConfigUpdate {
        channel_id: "mychannel".into(),
        read_set: Some(ConfigGroup::default()),
        write_set: Some(write),
        ..ConfigUpdate::default()
    };
    let proposed = current.propose_update(&envelope(&update, &[])).unwrap();
    let group = proposed.config.unwrap().channel_group.unwrap();
    assert!(!group.values.contains_key("Consortium"));
}

#[test]
fn another_channel_is_refused() {
    let town = Town::new();
    let current = town.channel();
    let update = ConfigUpdate {
        channel_id: "other".into(),
        ..ConfigUpdate::default()
    };
    let error = current
        .propose_update(&envelope(&update, &[]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "error authorizing update: ConfigUpdate for channel 'other' but envelope for channel 'mychannel'"
    );
}

#[test]
fn some_changes_are_refused_whoever_signs() {
    let town = Town::new();
    let current = town.channel();
    let admins = town.admins();
    let signers: Vec<_> = admins.iter().collect();
    let error = |edit: &dyn Fn(&mut ConfigGroup)| {
        propose(&current, &edited(&current, edit), &signers).unwrap_err()
    };
    let gone = error(&|channel| {
        channel.groups.remove("Application");
    });
    assert_eq!(
        gone,
        "current config has application section, but new config does not"
    );
    let gone = error(&|channel| {
        channel.groups.remove("Orderer");
    });
    assert_eq!(
        gone,
        "current config has orderer section, but new config does not"
    );
    let renamed = error(&|channel| {
        let other = at(channel, "Application/Org2").values["MSP"].clone();
        at(channel, "Application/Org1")
            .values
            .insert("MSP".into(), other);
    });
    assert_eq!(
        renamed,
        "application org Org1 attempted to change MSP ID from Org1MSP to Org2MSP"
    );
    let unknown = error(&|channel| {
        channel.groups.insert(
            "Extra".into(),
            ConfigGroup {
                mod_policy: "Admins".into(),
                ..ConfigGroup::default()
            },
        );
    });
    assert!(
        unknown.ends_with("Disallowed channel group: Extra"),
        "{unknown}"
    );
    let batch = error(&|channel| {
        at(channel, "Orderer")
            .values
            .insert("BatchSize".into(), value(&BatchSize::default()));
    });
    assert!(
        batch.ends_with("Attempted to set the batch size max message count to an invalid value: 0"),
        "{batch}"
    );
    let key = error(&|channel| {
        at(channel, "Application")
            .values
            .insert("Odd".into(), value(&BatchSize::default()));
    });
    assert!(key.ends_with("Unexpected key Odd"), "{key}");
}

/// With a capability of 1.4.2 and later the consensus may migrate.
#[test]
fn the_orderer_admins_may_change_the_consensus() {
    let town = Town::new();
    let current = town.channel();
    let wanted = edited(&current, |channel| {
        let kind = value(&ConsensusType {
            r#type: "BFT".into(),
            ..ConsensusType::default()
        });
        at(channel, "Orderer")
            .values
            .insert("ConsensusType".into(), kind);
    });
    assert!(propose(&current, &wanted, &[&town.signer(0, NodeRole::Admin)]).is_err());
    let proposed = propose(&current, &wanted, &[&town.signer(2, NodeRole::Admin)]).unwrap();
    let next = current.validate_update(&proposed).unwrap();
    assert_eq!(next.orderer().unwrap().consensus_type, "BFT");
}
