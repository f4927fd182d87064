use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::{
    CryptogenError, TlsPair, Validity,
    authority::{Authority, Purpose},
};
use crate::PrivateKey;

/// A TLS authority that lives as long as the process that made it, for the chaincode that one peer starts.
///
/// Fabric: common/crypto/tlsgen.
pub struct ThrowAwayAuthority(Authority);

/// Seconds in a day: how long before and after its making a client's certificate is valid.
const DAY: i64 = 24 * 3600;

impl ThrowAwayAuthority {
    /// A new key and certificate; `now` is in seconds since 1970.
    pub fn generate(now: i64) -> Result<Self, CryptogenError> {
        Authority::generate("chaincode", "chaincode-ca", Validity::starting(now)).map(Self)
    }

    /// PEM.
    pub fn certificate(&self) -> String {
        self.0.certificate.to_pem()
    }

    /// The certificate of a server that is reached under this name or address.
    pub fn server(&self, host: &str) -> Result<TlsPair, CryptogenError> {
        // A host of no certificate's making, such as an IPv6 address in brackets, is written as it can be.
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let host = match bare.parse::<IpAddr>() {
            Ok(_) => bare,
            Err(_) => host,
        };
        let key = PrivateKey::generate()?;
        let names = [host.to_owned()];
        let certificate = self.0.issue(host, &key, Purpose::Tls { names: &names })?;
        self.pair(host, key, certificate.to_pem())
    }

    /// The certificate of a client, valid for a day either way of `now`, and the SHA-256 of its DER.
    pub fn client(&self, now: i64) -> Result<(TlsPair, [u8; 32]), CryptogenError> {
        let key = PrivateKey::generate()?;
        let validity = Validity {
            not_before: now - DAY,
            not_after: now + DAY,
        };
        let purpose = Purpose::Tls { names: &[] };
        let certificate = self.0.issue_within("chaincode", &key, purpose, validity)?;
        let hash = Sha256::digest(certificate.der()).into();
        Ok((self.pair("chaincode", key, certificate.to_pem())?, hash))
    }

    fn pair(
        &self,
        common_name: &str,
        key: PrivateKey,
        certificate: String,
    ) -> Result<TlsPair, CryptogenError> {
        Ok(TlsPair {
            common_name: common_name.to_owned(),
            certificate,
            key: key.to_pem()?,
            ca: self.certificate(),
        })
    }
}
