use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::msp::SerializedIdentity;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The name of a peer on the network: SHA-256 over MSP ID and certificate text.
///
/// Fabric: internal/peer/gossip/mcs.go, GetPKIidOfCert.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PkiId(Bytes);

impl PkiId {
    /// Of a serialized `msp.SerializedIdentity`; `None` when it is not one.
    pub fn of(identity: &[u8]) -> Option<Self> {
        let identity = SerializedIdentity::decode(identity).ok()?;
        let hash = Sha256::new()
            .chain_update(&identity.mspid)
            .chain_update(&identity.id_bytes)
            .finalize();
        Some(Self(Bytes::copy_from_slice(&hash)))
    }

    /// As a message carries it.
    pub(crate) fn claimed(bytes: &Bytes) -> Self {
        Self(bytes.clone())
    }

    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}

impl fmt::Display for PkiId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.iter().take(8) {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PkiId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PkiId({self})")
    }
}

/// Proves that a peer knows the name of a channel without telling it: SHA-256 over PKI-ID and name.
///
/// Fabric: gossip/gossip/channel/channel.go, GenerateMAC.
pub fn channel_mac(pki_id: &PkiId, channel: &str) -> Bytes {
    let hash = Sha256::new()
        .chain_update(pki_id.bytes())
        .chain_update(channel)
        .finalize();
    Bytes::copy_from_slice(&hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_hash_of_msp_and_certificate() {
        let identity = SerializedIdentity {
            mspid: "Org1MSP".to_owned(),
            id_bytes: Bytes::from_static(b"certificate"),
        };
        let id = PkiId::of(&identity.encode_to_vec()).unwrap();
        assert_eq!(
            id.bytes().as_ref(),
            Sha256::digest("Org1MSPcertificate").as_slice()
        );
        assert_eq!(PkiId::of(b"\xff\xff"), None);
        let mut text = id.bytes().to_vec();
        text.extend_from_slice(b"mychannel");
        assert_eq!(
            channel_mac(&id, "mychannel").as_ref(),
            Sha256::digest(text).as_slice()
        );
    }
}
