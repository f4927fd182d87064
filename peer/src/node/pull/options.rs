use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;

/// How a peer reaches the ordering service.
#[derive(Clone, Debug)]
pub struct PullOptions {
    /// Speak TLS to orderers. Fabric: `peer.tls.enabled`.
    pub tls: bool,
    /// Fabric: `peer.deliveryclient.connTimeout`.
    pub connect_timeout: Duration,
    /// Longest pause between attempts. Fabric: `peer.deliveryclient.reConnectBackoffThreshold`.
    pub longest_pause: Duration,
    /// First pause; those after it grow. Fabric: `peer.deliveryclient.minimalReconnectInterval` (for BFT; its Raft client
    /// always begins with 100 ms).
    pub first_pause: Duration,
    /// Stop after so much time spent in pauses without a block; `None`: never. Fabric:
    /// `peer.deliveryclient.reconnectTotalTimeThreshold`, which counts for peers that are no static leader, and not for
    /// BFT.
    pub give_up: Option<Duration>,
    /// How long another orderer's header may be ahead of the blocks before these are taken to be kept back. Fabric:
    /// `peer.deliveryclient.blockCensorshipTimeoutKey`.
    pub censorship_timeout: Duration,
    /// What to do on a BFT channel. Fabric: `peer.deliveryclient.policy`.
    pub bft: BftPolicy,
    /// Orderers that are reached elsewhere than the channel's configuration says, by the address that it says. Fabric:
    /// `peer.deliveryclient.addressOverrides`.
    pub overrides: BTreeMap<String, OrdererOverride>,
    /// Certificate and key to show to orderers, PEM. Requests are bound to it.
    pub client: Option<(Vec<u8>, Vec<u8>)>,
    /// A quiet connection is asked for life after so long. Fabric: `peer.keepalive.deliveryClient.interval`.
    pub keep_alive_interval: Duration,
    /// And given up when it does not answer for so long. Fabric: `peer.keepalive.deliveryClient.timeout`.
    pub keep_alive_timeout: Duration,
}

/// Which client serves a channel whose orderers are BFT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BftPolicy {
    /// Blocks from one orderer, headers from all the others.
    #[default]
    Cluster,
    /// One orderer is believed, as under Raft.
    Simple,
}

/// Where an orderer really is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrdererOverride {
    /// `host:port`.
    pub address: String,
    /// TLS roots, PEM; empty: those of the configuration stay.
    pub tls_roots: Vec<Bytes>,
}

impl Default for PullOptions {
    fn default() -> Self {
        Self {
            tls: true,
            connect_timeout: Duration::from_secs(3),
            longest_pause: Duration::from_secs(3600),
            first_pause: Duration::from_millis(100),
            give_up: None,
            censorship_timeout: Duration::from_secs(30),
            bft: BftPolicy::Cluster,
            overrides: BTreeMap::new(),
            client: None,
            keep_alive_interval: Duration::from_secs(60),
            keep_alive_timeout: Duration::from_secs(20),
        }
    }
}
