use std::time::Duration;

/// Fabric: `peer.gateway`, and `peer.limits.concurrency.gatewayService`. The defaults are those of Fabric's program for
/// keys that are missing; its sample configuration has longer ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayOptions {
    pub enabled: bool,
    /// For one other peer to endorse.
    pub endorsement_timeout: Duration,
    /// For one orderer to take a transaction.
    pub broadcast_timeout: Duration,
    /// For a connection to another peer or an orderer.
    pub dial_timeout: Duration,
    /// A quiet connection to another peer or an orderer is asked for life after so long. Fabric:
    /// `peer.keepalive.client.interval`.
    pub keep_alive_interval: Duration,
    /// How long the answer may take. Fabric: `peer.keepalive.client.timeout`.
    pub keep_alive_timeout: Duration,
    /// Open requests and streams; 0: no limit.
    pub limit: usize,
    /// How long events wait, at most, for blocks that are being committed: hundreds of listeners together take more of the
    /// processor than a block does, and whoever waits for the block's commit would wait for them. Fabric has nothing like it.
    pub event_delay: Duration,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            endorsement_timeout: Duration::from_secs(10),
            broadcast_timeout: Duration::from_secs(10),
            dial_timeout: Duration::from_secs(30),
            keep_alive_interval: Duration::from_secs(60),
            keep_alive_timeout: Duration::from_secs(20),
            limit: 500,
            event_delay: Duration::from_millis(100),
        }
    }
}
