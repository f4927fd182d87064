//! Certificates and keys: those of members, read by the peer and by contracts.

use crate::{Target, golden};
use prost::Message as _;
use selvedge_identity::{Attributes, Certificate, Msp, PrivateKey};
use selvedge_protos::msp::SerializedIdentity;
use selvedge_sdk::Client;
use std::sync::LazyLock;

pub(crate) const TARGET: Target = Target {
    name: "certificate",
    run,
    seeds,
};

const MSP_ID: &str = "Org1MSP";
const USER: &str = "crypto/peerOrganizations/org1.example.com/users/User1@org1.example.com/msp";

static MSP: LazyLock<Msp> = LazyLock::new(|| Msp::from_dir(golden::path(USER), MSP_ID).unwrap());

fn run(data: &[u8]) {
    let _ = PrivateKey::from_pem(data);
    let _ = Client::parse(data);
    let _ = MSP.deserialize(data);
    let _ = selvedge_identity::expires_at(data);
    if let Ok(certificate) = Certificate::from_pem(data) {
        shown(&certificate);
    }
    if let Ok(certificate) = Certificate::from_der(data.to_vec().into()) {
        shown(&certificate);
    }
}

/// What a client with this certificate meets.
fn shown(certificate: &Certificate) {
    let again = Certificate::from_pem(certificate.to_pem().as_bytes()).unwrap();
    assert_eq!(again.der(), certificate.der());
    let _ = certificate.public_key();
    let _ = certificate.subject_key_id();
    let creator = SerializedIdentity {
        mspid: MSP_ID.to_owned(),
        id_bytes: certificate.to_pem().into(),
    };
    let creator = creator.encode_to_vec();
    if let Ok(identity) = MSP.deserialize(&creator) {
        let _ = identity.validate();
        let _ = identity.verify(b"message", b"signature");
    }
    let Ok(client) = Client::parse(&creator) else {
        return;
    };
    assert_eq!(client.msp_id(), MSP_ID);
    let _ = client.id();
    for (name, value) in Attributes::of(certificate).unwrap_or_default().values {
        if let Some(found) = client.attribute(&name) {
            assert_eq!(found, value, "the peer and a contract differ about {name}");
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let user = golden::files(&format!("{USER}/signcerts"), ".pem").remove(0);
    let authority = golden::files(&format!("{USER}/cacerts"), ".pem").remove(0);
    let key = golden::files(&format!("{USER}/keystore"), "").remove(0);
    let ders = [&user, &authority].map(|pem| Certificate::from_pem(pem).unwrap().der().to_vec());
    let mut seeds = vec![user, authority, key, with_attributes()];
    seeds.extend(ders);
    seeds
}

/// The certificate that a client of Fabric's CA has.
fn with_attributes() -> Vec<u8> {
    use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole};
    // Any time will do.
    let made = CryptoOrganisation::generate("org1.example.com", MSP_ID, 1_750_000_000).unwrap();
    let attributes = [("role", "auditor"), ("hf.EnrollmentID", "user")];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let user = made.enroll("user", NodeRole::Client, &attributes.into());
    let identity = user.unwrap().signing_identity().unwrap();
    let serialized = SerializedIdentity::decode(identity.serialized().clone()).unwrap();
    let certificate = Certificate::from_pem(&serialized.id_bytes).unwrap();
    certificate.der().to_vec()
}
