use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;
use selvedge_protos::msp::{
    FabricCryptoConfig, FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig,
};

use super::{
    CryptogenError, Validity,
    authority::{Authority, Purpose},
};
use crate::{PrivateKey, SigningIdentity};

/// What an identity is, by its node OU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeRole {
    /// Submits transactions.
    Client,
    /// Endorses and commits.
    Peer,
    /// Administers.
    Admin,
    /// Orders.
    Orderer,
}

impl NodeRole {
    /// The organisational unit in the certificate.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Peer => "peer",
            Self::Admin => "admin",
            Self::Orderer => "orderer",
        }
    }
}

/// A signing certificate with its key, both PEM.
#[derive(Debug, Clone)]
pub struct Enrollment {
    /// Common name.
    pub common_name: String,
    /// MSP ID.
    pub msp_id: String,
    /// Certificate.
    pub certificate: String,
    /// PKCS#8.
    pub key: String,
}

impl Enrollment {
    /// The identity that signs with it.
    pub fn signing_identity(&self) -> Result<SigningIdentity, CryptogenError> {
        let (certificate, key) = (self.certificate.as_bytes(), self.key.as_bytes());
        Ok(SigningIdentity::from_pem(certificate, key, &self.msp_id)?)
    }
}

/// A TLS certificate for servers and clients with its key, both PEM.
#[derive(Debug, Clone)]
pub struct TlsPair {
    /// Common name.
    pub common_name: String,
    /// Certificate.
    pub certificate: String,
    /// PKCS#8.
    pub key: String,
    /// Certificate of the TLS CA.
    pub ca: String,
}

/// An organisation's certificate authorities.
pub struct CryptoOrganisation {
    pub(super) domain: String,
    pub(super) msp_id: String,
    pub(super) ca: Authority,
    pub(super) tls_ca: Authority,
}

impl CryptoOrganisation {
    /// New authorities, valid for ten years from `now` (seconds since 1970).
    pub fn generate(domain: &str, msp_id: &str, now: i64) -> Result<Self, CryptogenError> {
        Self::generate_for(domain, msp_id, Validity::starting(now))
    }

    /// New authorities with a validity of one's choice.
    pub fn generate_for(
        domain: &str,
        msp_id: &str,
        validity: Validity,
    ) -> Result<Self, CryptogenError> {
        Ok(Self {
            ca: Authority::generate(domain, &format!("ca.{domain}"), validity)?,
            tls_ca: Authority::generate(domain, &format!("tlsca.{domain}"), validity)?,
            domain: domain.to_owned(),
            msp_id: msp_id.to_owned(),
        })
    }

    /// Domain, such as `org1.example.com`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// MSP ID.
    pub fn msp_id(&self) -> &str {
        &self.msp_id
    }

    /// A new identity. With attributes the certificate carries them as Fabric's CA would, along with name and role.
    pub fn enroll(
        &self,
        common_name: &str,
        role: NodeRole,
        attributes: &BTreeMap<String, String>,
    ) -> Result<Enrollment, CryptogenError> {
        let key = PrivateKey::generate()?;
        let attributes =
            (!attributes.is_empty()).then(|| attribute_json(common_name, role, attributes));
        let purpose = Purpose::Identity {
            unit: role.unit(),
            attributes,
        };
        Ok(Enrollment {
            certificate: self.ca.issue(common_name, &key, purpose)?.to_pem(),
            key: key.to_pem()?,
            common_name: common_name.to_owned(),
            msp_id: self.msp_id.clone(),
        })
    }

    /// A new TLS certificate for these host names and IP addresses.
    pub fn tls(&self, common_name: &str, names: &[String]) -> Result<TlsPair, CryptogenError> {
        let key = PrivateKey::generate()?;
        let certificate = self
            .tls_ca
            .issue(common_name, &key, Purpose::Tls { names })?;
        Ok(TlsPair {
            certificate: certificate.to_pem(),
            key: key.to_pem()?,
            common_name: common_name.to_owned(),
            ca: self.tls_ca_certificate(),
        })
    }

    /// Certificate of the CA, PEM.
    pub fn ca_certificate(&self) -> String {
        self.ca.certificate.to_pem()
    }

    /// Certificate of the TLS CA, PEM.
    pub fn tls_ca_certificate(&self) -> String {
        self.tls_ca.certificate.to_pem()
    }

    /// The organisation's MSP as it goes into a channel configuration: node OUs on, certified by the CA.
    pub fn msp_config(&self) -> MspConfig {
        let ca = Bytes::from(self.ca_certificate());
        let role = |role: NodeRole| {
            Some(FabricOuIdentifier {
                certificate: ca.clone(),
                organizational_unit_identifier: role.unit().to_owned(),
            })
        };
        let config = FabricMspConfig {
            name: self.msp_id.clone(),
            root_certs: vec![ca.clone()],
            tls_root_certs: vec![self.tls_ca_certificate().into()],
            crypto_config: Some(FabricCryptoConfig {
                signature_hash_family: "SHA2".into(),
                identity_identifier_hash_function: "SHA256".into(),
            }),
            fabric_node_ous: Some(FabricNodeOUs {
                enable: true,
                client_ou_identifier: role(NodeRole::Client),
                peer_ou_identifier: role(NodeRole::Peer),
                admin_ou_identifier: role(NodeRole::Admin),
                orderer_ou_identifier: role(NodeRole::Orderer),
            }),
            ..FabricMspConfig::default()
        };
        MspConfig {
            r#type: 0,
            config: config.encode_to_vec().into(),
        }
    }
}

impl std::fmt::Debug for CryptoOrganisation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CryptoOrganisation({} {})", self.msp_id, self.domain)
    }
}

/// The extension's JSON, as Fabric's CA writes it.
fn attribute_json(
    common_name: &str,
    role: NodeRole,
    attributes: &BTreeMap<String, String>,
) -> Vec<u8> {
    let standard = [
        ("hf.EnrollmentID", common_name),
        ("hf.Type", role.unit()),
        ("hf.Affiliation", ""),
    ];
    let mut all: BTreeMap<&str, &str> = standard.into_iter().collect();
    all.extend(
        attributes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let pairs: Vec<String> = all
        .into_iter()
        .map(|(name, value)| format!("{}:{}", json_string(name), json_string(value)))
        .collect();
    format!("{{\"attrs\":{{{}}}}}", pairs.join(",")).into_bytes()
}

fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
