//! Channel configurations, updates and creators against a recorded channel.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod golden;

use bytes::Bytes;
use prost::Message;
use selvedge_identity::{
    ChannelConfig, compute_config_update, config_envelope_of, is_config_block, parse_go_duration,
};
use selvedge_protos::common::{
    Block, ChannelHeader, ConfigUpdate, ConfigUpdateEnvelope, Envelope, Payload, SignatureHeader,
};

fn config_blocks() -> Vec<Bytes> {
    let mut out = golden::blocks();
    out.retain(|block| is_config_block(&Block::decode(block.clone()).unwrap()));
    out
}

#[test]
fn the_genesis_block_is_read() {
    let config = ChannelConfig::from_block(&golden::file("genesis.block")).unwrap();
    assert_eq!((config.channel_id(), config.sequence()), ("golden", 0));
    let organisations: Vec<_> = config
        .organisations()
        .map(|org| (&org.name[..], &org.msp_id[..]))
        .collect();
    assert_eq!(
        organisations,
        [
            ("Org1", "Org1MSP"),
            ("Org2", "Org2MSP"),
            ("Org3", "Org3MSP")
        ]
    );
    assert_eq!(
        config.organisation_of("Org1MSP").unwrap().anchor_peers[0].host,
        "127.0.0.1"
    );
    assert!(
        config
            .organisation_of("Org3MSP")
            .unwrap()
            .anchor_peers
            .is_empty()
    );
    let orderer = config.orderer().unwrap();
    assert_eq!(orderer.consensus_type, "etcdraft");
    assert_eq!(orderer.batch.max_message_count, 10);
    assert_eq!(orderer.batch.timeout, parse_go_duration("300ms").unwrap());
    assert_eq!(config.orderer_endpoints()[0].address, "127.0.0.1:17050");
    assert_eq!(config.orderer_endpoints()[0].tls_roots.len(), 1);
    assert!(config.application_capabilities().purge_private_data());
    assert!(config.capabilities().consensus_type_bft());
    config.check_capabilities().unwrap();
    for path in [
        "/Channel/Application/Endorsement",
        "/Channel/Orderer/BlockValidation",
        "Application/Org1/Admins",
    ] {
        assert!(config.has_policy(path), "{path}");
    }
    let missing = config
        .policy_or_reject("/Channel/Application/Nobody")
        .evaluate(&[])
        .unwrap_err();
    assert_eq!(missing.to_string(), "no such policy: 'Application/Nobody'");
}

#[test]
fn every_recorded_update_leads_to_the_recorded_configuration() {
    let blocks = config_blocks();
    assert_eq!(blocks.len(), 4, "genesis and three updates");
    let mut current = ChannelConfig::from_block(&blocks[0]).unwrap();
    for block in &blocks[1..] {
        let (channel, recorded) = config_envelope_of(block).unwrap();
        assert_eq!(channel, "golden");
        let number = Block::decode(block.clone()).unwrap().header.unwrap().number;
        let update = golden::file(&format!(
            "config_updates/block-{number:04}.config_update_envelope"
        ));
        let proposed = current
            .propose_update(&Envelope::decode(update).unwrap())
            .unwrap();
        assert_eq!(proposed.config, recorded.config, "block {number}");
        let next = current.validate_update(&recorded).unwrap();
        assert_eq!(next.sequence(), current.sequence() + 1);
        let stale = next.validate_update(&recorded).unwrap_err().to_string();
        assert!(stale.starts_with("config currently at sequence"), "{stale}");
        let computed = compute_config_update(&channel, current.config(), next.config()).unwrap();
        let sent = update_of(&recorded.last_update.unwrap());
        assert_eq!(
            (computed.read_set, computed.write_set),
            (sent.read_set, sent.write_set),
            "block {number}"
        );
        current = next;
    }
    assert_eq!(current.sequence(), 3);
    assert!(!current.acls().is_empty());
}

fn update_of(envelope: &Envelope) -> ConfigUpdate {
    let payload = Payload::decode(envelope.payload.clone()).unwrap();
    let envelope = ConfigUpdateEnvelope::decode(payload.data).unwrap();
    ConfigUpdate::decode(envelope.config_update).unwrap()
}

#[test]
fn the_refused_update_is_refused_in_the_same_words() {
    let expected = golden::json("config_updates/refused-at-height-0051.json");
    let envelope = golden::file("config_updates/refused-at-height-0051.envelope");
    let blocks = config_blocks();
    // Height 51: blocks 0 to 50 were there.
    let at = |block: &&Bytes| {
        Block::decode((*block).clone())
            .unwrap()
            .header
            .unwrap()
            .number
            < 51
    };
    let config = ChannelConfig::from_block(blocks.iter().rfind(at).unwrap()).unwrap();
    let error = config
        .propose_update(&Envelope::decode(envelope).unwrap())
        .unwrap_err();
    let text = format!("error applying config update to existing channel 'golden': {error}");
    assert_eq!(text, expected["info"].as_str().unwrap());
}

#[test]
fn every_block_is_signed_as_its_configuration_asks() {
    let mut config: Option<ChannelConfig> = None;
    let mut checked = 0;
    for bytes in golden::blocks() {
        let mut block = Block::decode(bytes.clone()).unwrap();
        if let Some(config) = &config {
            config.verify_block_signatures(&block).unwrap();
            checked += 1;
            block.header.as_mut().unwrap().data_hash = Bytes::from_static(b"other");
            let error = config
                .verify_block_signatures(&block)
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("implicit policy evaluation failed - 0 sub-policies"),
                "{error}"
            );
        }
        if is_config_block(&block) {
            config = Some(ChannelConfig::from_block(&bytes).unwrap());
        }
    }
    assert_eq!(checked, 53);
}

/// Code 4, `BAD_CREATOR_SIGNATURE`, is what this crate decides about a transaction; an earlier code hides it.
#[test]
fn every_creator_is_judged_as_recorded() {
    let expected = golden::json("expected.json");
    let recorded = expected["blocks"].as_array().unwrap();
    let mut config: Option<ChannelConfig> = None;
    let (mut good, mut bad) = (0, 0);
    for (bytes, recorded) in golden::blocks().iter().zip(recorded) {
        let block = Block::decode(bytes.clone()).unwrap();
        let transactions = recorded["txs"].as_array().unwrap();
        for (data, recorded) in block.data.as_ref().unwrap().data.iter().zip(transactions) {
            let code = recorded["code"].as_u64().unwrap();
            if let (Some(config), false) = (&config, matches!(code, 1..=3 | 255)) {
                let verdict = creator_is_good(config, data);
                assert_eq!(verdict.is_err(), code == 4, "{recorded}: {verdict:?}");
                match verdict {
                    Ok(()) => good += 1,
                    Err(_) => bad += 1,
                }
            }
        }
        if is_config_block(&block) {
            config = Some(ChannelConfig::from_block(bytes).unwrap());
        }
    }
    assert_eq!(bad, 5);
    assert!(good > 190, "{good}");
}

fn creator_is_good(config: &ChannelConfig, envelope: &Bytes) -> Result<(), String> {
    let envelope = Envelope::decode(envelope.clone()).map_err(|e| e.to_string())?;
    let payload = Payload::decode(envelope.payload.clone()).map_err(|e| e.to_string())?;
    let header = payload.header.ok_or("no header")?;
    let channel = ChannelHeader::decode(header.channel_header).map_err(|e| e.to_string())?;
    if channel.channel_id != config.channel_id() {
        return Err("another channel".into());
    }
    let signature = SignatureHeader::decode(header.signature_header).map_err(|e| e.to_string())?;
    let creator = config
        .msps()
        .deserialize(&signature.creator)
        .map_err(|e| e.to_string())?;
    creator.validate().map_err(|e| e.to_string())?;
    creator
        .verify(&envelope.payload, &envelope.signature)
        .map_err(|e| e.to_string())
}
