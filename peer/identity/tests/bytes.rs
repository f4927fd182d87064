//! Whatever bytes arrive, the answer is a value or an error.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod forge;
mod golden;

use bytes::Bytes;
use forge::{Ca, config, msp, serialized};
use proptest::prelude::*;
use prost::Message;
use selvedge_identity::{Certificate, ChannelConfig, Msp, MspVersion, PrivateKey, is_config_block};
use selvedge_protos::{
    common::{Block, Envelope},
    msp::MspConfig,
};

/// Where to change a byte, and to what.
fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
}

fn changed(bytes: &[u8], changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for (index, byte) in changes {
        let position = index.index(out.len());
        out[position] = *byte;
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_changed_certificate_is_judged(changes in changes()) {
        let ca = Ca::root("ca");
        let pem = ca.leaf("u", &["client"]);
        let der = Certificate::from_pem(pem.as_bytes()).unwrap().der().clone();
        let msp = msp(config(&[&ca]));
        if let Ok(certificate) = Certificate::from_der(changed(&der, &changes).into())
            && let Ok(identity) = msp.deserialize(&serialized(&certificate.to_pem()))
        {
            let _ = identity.validate();
            let _ = identity.verify(b"message", b"signature");
        }
    }

    #[test]
    fn a_changed_config_block_is_judged(changes in changes()) {
        let bytes: Bytes = changed(&golden::file("genesis.block"), &changes).into();
        let _ = ChannelConfig::from_block(&bytes);
        if let Ok(block) = Block::decode(bytes) {
            let _ = is_config_block(&block);
        }
    }

    #[test]
    fn a_changed_msp_is_judged(changes in changes()) {
        let bytes = changed(&golden::file("policy/Org1MSP.mspconfig"), &changes);
        if let Ok(config) = MspConfig::decode(&bytes[..]) {
            let _ = Msp::from_config(&config, MspVersion::V3_0);
        }
    }

    /// A change somewhere in an update never leads to another configuration: either it is refused, or it changed
    /// nothing that is signed.
    #[test]
    fn a_changed_update_never_changes_what_was_signed(changes in changes()) {
        let genesis = ChannelConfig::from_block(&golden::file("genesis.block")).unwrap();
        let update = golden::file("config_updates/block-0049.config_update_envelope");
        let honest = genesis.propose_update(&Envelope::decode(update.clone()).unwrap()).unwrap();
        if let Ok(envelope) = Envelope::decode(&changed(&update, &changes)[..])
            && let Ok(proposed) = genesis.propose_update(&envelope)
        {
            prop_assert_eq!(proposed.config, honest.config);
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Certificate::from_der(bytes.clone().into());
        let _ = Certificate::from_pem(&bytes);
        let _ = PrivateKey::from_pem(&bytes);
        let _ = ChannelConfig::from_block(&bytes.into());
    }
}
