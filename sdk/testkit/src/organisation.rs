//! Organisations with real certificates. Keys cost more than everything else in a small test, so each organisation and
//! each of its members exists once in a process, whatever the number of networks.

use crate::Client;
use crate::must::must;
use parking_lot::Mutex;
use prost::Message;
use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole};
use selvedge_identity::{Identity, Msp, MspVersion};
use selvedge_protos::msp::SerializedIdentity;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

type Attributes = BTreeMap<String, String>;

/// An organisation: its authority, its rules, its one peer.
pub(crate) struct Organisation {
    crypto: CryptoOrganisation,
    pub(crate) msp: Arc<Msp>,
    /// Of the peer that endorses for it.
    pub(crate) peer: Arc<Identity>,
    members: Mutex<BTreeMap<(String, NodeRole, Attributes), Client>>,
}

impl Organisation {
    /// The organisation of this MSP, founded when it is first asked for, with certificates valid from `now` on.
    pub(crate) fn of(msp_id: &str, now: i64) -> Arc<Self> {
        static FOUNDED: OnceLock<Mutex<BTreeMap<String, Arc<Organisation>>>> = OnceLock::new();
        let mut founded = FOUNDED.get_or_init(Mutex::default).lock();
        let found = founded
            .entry(msp_id.to_owned())
            .or_insert_with(|| Arc::new(Self::found(msp_id, now)));
        Arc::clone(found)
    }

    fn found(msp_id: &str, now: i64) -> Self {
        let name = msp_id.trim_end_matches("MSP").to_lowercase();
        let crypto = must(
            "founding an organisation",
            CryptoOrganisation::generate(&format!("{name}.example.com"), msp_id, now),
        );
        let msp = Msp::from_config(&crypto.msp_config(), MspVersion::V3_0);
        let msp = Arc::new(must("reading an organisation's rules", msp));
        let peer = enroll(&crypto, "peer0", NodeRole::Peer, &Attributes::new());
        let peer = must("reading a certificate", msp.deserialize(peer.serialized()));
        Self {
            crypto,
            msp,
            peer,
            members: Mutex::default(),
        }
    }

    pub(crate) fn member(&self, name: &str, role: NodeRole, attributes: &[(&str, &str)]) -> Client {
        let attributes: Attributes = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let key = (name.to_owned(), role, attributes);
        let mut members = self.members.lock();
        if let Some(known) = members.get(&key) {
            return known.clone();
        }
        let client = enroll(&self.crypto, name, role, &key.2);
        members.insert(key, client.clone());
        client
    }
}

fn enroll(
    crypto: &CryptoOrganisation,
    name: &str,
    role: NodeRole,
    attributes: &Attributes,
) -> Client {
    let enrolled = must("enrolling a member", crypto.enroll(name, role, attributes));
    let identity = SerializedIdentity {
        mspid: crypto.msp_id().to_owned(),
        id_bytes: enrolled.certificate.into_bytes().into(),
    };
    Client::new(name, crypto.msp_id(), identity.encode_to_vec().into())
}
