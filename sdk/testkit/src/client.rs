use crate::must::must;
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole};
use selvedge_protos::msp::SerializedIdentity;
use std::collections::BTreeMap;

/// Somebody who submits transactions, with an X.509 certificate from their organisation's authority.
#[derive(Clone, Debug)]
pub struct Client {
    serialized: Bytes,
}

impl Client {
    /// Bytes of `msp.SerializedIdentity`, as chaincode sees its creator.
    pub fn serialized(&self) -> &Bytes {
        &self.serialized
    }
}

/// The organisations of a network, founded when their first client is.
#[derive(Default)]
pub(crate) struct Organisations(Mutex<BTreeMap<String, CryptoOrganisation>>);

impl Organisations {
    pub(crate) fn enroll(
        &self,
        msp_id: &str,
        name: &str,
        attributes: &[(&str, &str)],
        now: i64,
    ) -> Client {
        let mut organisations = self.0.lock();
        let organisation = organisations.entry(msp_id.to_owned()).or_insert_with(|| {
            let domain = format!(
                "{}.example.com",
                msp_id.trim_end_matches("MSP").to_lowercase()
            );
            must(
                "founding an organisation",
                CryptoOrganisation::generate(&domain, msp_id, now),
            )
        });
        let attributes: BTreeMap<String, String> = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let enrolled = must(
            "enrolling a client",
            organisation.enroll(name, NodeRole::Client, &attributes),
        );
        let identity = SerializedIdentity {
            mspid: msp_id.to_owned(),
            id_bytes: enrolled.certificate.into_bytes().into(),
        };
        Client {
            serialized: identity.encode_to_vec().into(),
        }
    }
}
