use crate::{PkiId, TrustError};
use bytes::Bytes;
use selvedge_identity::{Identity, SignedData, SigningIdentity};
use selvedge_protos::gossip::{Payload, PrivatePayload, PvtDataDigest, PvtDataElement};
use std::sync::Arc;
use std::time::SystemTime;

/// Who is believed. The peer answers from its own MSP and those of its channels.
pub trait Trust: Send + Sync + 'static {
    /// The identity in a serialized `msp.SerializedIdentity`, valid now in the own organisation or in a channel.
    ///
    /// Fabric: internal/peer/gossip/mcs.go, getValidatedIdentity.
    fn identify(&self, identity: &Bytes) -> Result<Arc<Identity>, TrustError>;

    /// Whether this is a good signature: of a member of the own organisation, or of a reader of some channel.
    fn verify(&self, signed: &SignedData) -> Result<(), TrustError>;

    /// Whether this is the signature of a reader of the channel.
    fn verify_by_channel(&self, channel: &str, signed: &SignedData) -> Result<(), TrustError>;

    /// TLS roots of all organisations that are known now, PEM each.
    fn tls_roots(&self) -> Vec<Bytes>;
}

/// Who asks: the peer at the other end of a connection, and the message it signed at its beginning, which proves it.
#[derive(Clone, Debug)]
pub struct Requester {
    pub pki_id: PkiId,
    pub msp_id: String,
    pub signed: SignedData,
}

/// What a peer does with private data and blocks. Called on threads that may block.
pub trait Handler: Send + Sync + 'static {
    /// Keeps private data of a transaction that somebody else endorsed. The sender reads the channel. An error is told
    /// to the sender.
    fn keep(&self, channel: &str, data: PrivatePayload, from: &Requester) -> Result<(), String>;

    /// What of the private data named by the digests is here and may be given to this peer.
    fn find(
        &self,
        channel: &str,
        digests: Vec<PvtDataDigest>,
        requester: &Requester,
    ) -> Vec<PvtDataElement>;

    /// Blocks `first` to `last`, as far as they are here. The requester reads the channel.
    fn blocks(&self, channel: &str, first: u64, last: u64, requester: &Requester) -> Vec<Payload>;
}

/// What the node stands on. Time and randomness come in as values.
#[derive(Clone)]
pub struct Environment {
    pub signer: Arc<SigningIdentity>,
    pub trust: Arc<dyn Trust>,
    pub handler: Arc<dyn Handler>,
    pub clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    pub random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Environment {
    pub(crate) fn nanoseconds(&self) -> u64 {
        let since = (self.clock)().duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| {
            u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
        })
    }

    pub(crate) fn seconds(&self) -> i64 {
        i64::try_from(self.nanoseconds() / 1_000_000_000).unwrap_or(i64::MAX)
    }
}

/// Where other organisations find a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorPeer {
    pub msp_id: String,
    /// `host:port`.
    pub endpoint: String,
}

/// What the configuration of a channel says to gossip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelDescription {
    pub name: String,
    /// Sequence of the configuration: an older one changes nothing.
    pub sequence: u64,
    /// MSP IDs of the organisations with peers.
    pub organisations: Vec<String>,
    pub anchors: Vec<AnchorPeer>,
}
