//! What a proposal's creator leads to: the transaction ID and the attributes of the certificate.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use prost::Message;
use selvedge_protos::msp::SerializedIdentity;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Certificate;

/// Hex SHA-256 of nonce and creator (rule l:B8). Fabric: protoutil/proputils.go `ComputeTxID`.
pub fn tx_id(nonce: &[u8], creator: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(nonce);
    hash.update(creator);
    hex::encode(hash.finalize())
}

/// When the certificate of a serialized identity expires; `None` for what is no X.509 identity. Fabric:
/// common/crypto/expiration.go `ExpiresAt`.
pub fn expires_at(identity: &[u8]) -> Option<SystemTime> {
    let identity = SerializedIdentity::decode(identity).ok()?;
    let end = Certificate::from_pem(&identity.id_bytes).ok()?.not_after();
    let seconds = Duration::from_secs(end.unsigned_abs());
    match end >= 0 {
        true => UNIX_EPOCH.checked_add(seconds),
        false => UNIX_EPOCH.checked_sub(seconds),
    }
}

/// Attributes that Fabric's CA put into a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Attributes {
    /// Name to value.
    #[serde(rename = "attrs", default)]
    pub values: BTreeMap<String, String>,
}

impl Attributes {
    /// The attributes of a certificate; none without the extension. An extension that is not the CA's JSON is an error,
    /// given in words.
    pub fn of(certificate: &Certificate) -> Result<Self, String> {
        match certificate.attribute_extension() {
            None => Ok(Self::default()),
            Some(json) => serde_yaml_ng::from_slice(json)
                .map_err(|error| format!("failed to read attributes of the certificate: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_the_hash_of_nonce_and_creator() {
        assert_ne!(tx_id(b"a", b"bc"), tx_id(b"b", b"ac"));
        assert_eq!(
            tx_id(b"", b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
