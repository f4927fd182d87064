use crate::node::Peer;
use bytes::Bytes;
use selvedge_gossip::{Trust, TrustError};
use selvedge_identity::{ChannelConfig, Identity, MspError, SignedData};
use std::sync::{Arc, Weak};

/// Believes the members of the own organisation, and those of other organisations that read a channel of this peer.
///
/// Fabric: internal/peer/gossip/mcs.go.
pub(super) struct PeerTrust {
    /// The peer holds the node that holds this.
    pub(super) peer: Weak<Peer>,
    pub(super) roots: Vec<Bytes>,
}

const READERS: &str = "/Channel/Application/Readers";

impl PeerTrust {
    fn peer(&self) -> Result<Arc<Peer>, TrustError> {
        let peer = self.peer.upgrade();
        peer.ok_or_else(|| TrustError("the peer is stopping".to_owned()))
    }
}

impl Trust for PeerTrust {
    fn identify(&self, identity: &Bytes) -> Result<Arc<Identity>, TrustError> {
        let peer = self.peer()?;
        if let Ok(own) = peer.local_msp().deserialize(identity) {
            return well_formed(own, identity);
        }
        for config in configs(&peer) {
            let found = config.msps().deserialize(identity);
            if let Ok(Ok(found)) = found.map(|found| well_formed(found, identity)) {
                return Ok(found);
            }
        }
        Err(TrustError(
            "Peer Identity cannot be validated. No MSP found able to do that.".to_owned(),
        ))
    }

    fn verify(&self, signed: &SignedData) -> Result<(), TrustError> {
        let peer = self.peer()?;
        let identity = self.identify(&signed.identity)?;
        if identity.msp_id() == peer.local_msp().id() {
            return identity
                .verify(&signed.data, &signed.signature)
                .map_err(refused);
        }
        let reads = |config: &Arc<ChannelConfig>| {
            config
                .evaluate(READERS, std::slice::from_ref(signed))
                .is_ok()
        };
        if configs(&peer).iter().any(reads) {
            return Ok(());
        }
        Err(TrustError(
            "signature set did not satisfy policy".to_owned(),
        ))
    }

    fn verify_by_channel(&self, channel: &str, signed: &SignedData) -> Result<(), TrustError> {
        let peer = self.peer()?;
        let found = peer.channel(channel).ok_or_else(|| {
            TrustError(format!(
                "Could not acquire policy manager for channel {channel}"
            ))
        })?;
        let verdict = found
            .config()
            .evaluate(READERS, std::slice::from_ref(signed));
        verdict.map_err(|error| TrustError(error.to_string()))
    }

    fn tls_roots(&self) -> Vec<Bytes> {
        let mut roots = self.roots.clone();
        if let Ok(peer) = self.peer() {
            let own = peer.local_msp();
            roots.extend_from_slice(own.tls_root_certs());
            roots.extend_from_slice(own.tls_intermediate_certs());
            for config in configs(&peer) {
                roots.extend(config.application_tls_roots());
            }
        }
        roots.sort();
        roots.dedup();
        roots
    }
}

fn configs(peer: &Peer) -> Vec<Arc<ChannelConfig>> {
    let channels = peer.channel_ids();
    let channels = channels.iter().filter_map(|id| peer.channel(id));
    channels.map(|channel| channel.config()).collect()
}

/// Valid, and in the one form that its owner writes it: otherwise one certificate would have many PKI-IDs.
fn well_formed(identity: Arc<Identity>, bytes: &Bytes) -> Result<Arc<Identity>, TrustError> {
    identity.validate().map_err(refused)?;
    if identity.serialize() != *bytes {
        return Err(TrustError("identity is not well formed".to_owned()));
    }
    Ok(identity)
}

fn refused(error: MspError) -> TrustError {
    TrustError(error.to_string())
}
