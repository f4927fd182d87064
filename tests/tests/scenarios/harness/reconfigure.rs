use super::net::{CHANNEL, REACTOR};
use super::{Endorsed, Net};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{compute_config_update, config_signature_bytes};
use selvedge_peer::client::{Fresh, signed_envelope};
use selvedge_protos::common::{
    Capabilities, Capability, Config, ConfigSignature, ConfigUpdateEnvelope, HeaderType,
    SignatureHeader,
};
use std::collections::BTreeMap;

impl Net {
    /// Gives the channel another application capability and waits until every peer has the configuration.
    pub(crate) fn raise(&self, capability: &str) {
        self.reconfigure(|config| {
            let groups = &mut config.channel_group.as_mut().unwrap().groups;
            let values = &mut groups.get_mut("Application").unwrap().values;
            let capabilities = Capabilities {
                capabilities: BTreeMap::from([(capability.to_owned(), Capability::default())]),
            };
            values.get_mut("Capabilities").unwrap().value = capabilities.encode_to_vec().into();
        });
    }

    /// An update that every administrator signs. Every peer has the configuration when this returns.
    pub(crate) fn reconfigure(&self, change: impl FnOnce(&mut Config)) {
        let channel = self.channel(0).config();
        let original = channel.config().clone();
        let mut updated = original.clone();
        change(&mut updated);
        let update = compute_config_update(CHANNEL, &original, &updated).unwrap();
        let config_update = Bytes::from(update.encode_to_vec());
        let signatures = (0..self.size()).map(|member| {
            let admin = self.admin(member);
            let header = SignatureHeader {
                creator: admin.serialized().clone(),
                nonce: Bytes::from_static(&[7; 24]),
            };
            let signature_header = Bytes::from(header.encode_to_vec());
            let signed = config_signature_bytes(&signature_header, &config_update);
            ConfigSignature {
                signature: admin.sign(&signed).into(),
                signature_header,
            }
        });
        let update = ConfigUpdateEnvelope {
            signatures: signatures.collect(),
            config_update: config_update.clone(),
        };
        let envelope = signed_envelope(
            HeaderType::ConfigUpdate,
            CHANNEL,
            &update,
            Bytes::new(),
            self.admin(0),
            &Fresh::from_system().unwrap(),
        );
        let transaction = Endorsed {
            channel: CHANNEL.to_owned(),
            tx_id: String::new(),
            envelope: envelope.unwrap(),
            payload: Bytes::new(),
        };
        self.offer(&transaction).unwrap();
        let sequence = channel.sequence() + 1;
        for peer in 0..self.size() {
            let channel = self.channel(peer);
            let mut heights = channel.commits().height();
            let has_it = |_: &u64| channel.config().sequence() == sequence;
            REACTOR.block_on(heights.wait_for(has_it)).unwrap();
        }
    }
}
