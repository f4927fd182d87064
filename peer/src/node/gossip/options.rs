use bytes::Bytes;
use selvedge_gossip::Settings;
use std::net::SocketAddr;
use std::time::Duration;

/// How a peer gossips.
#[derive(Clone, Debug, Default)]
pub struct GossipOptions {
    /// Without an endpoint of its own the peer tells the address that it listens on.
    pub settings: Settings,
    /// Certificate and key shown to other peers, PEM; `None`: those of the server. Fabric: `peer.tls.clientCert.file`.
    pub client: Option<(Vec<u8>, Vec<u8>)>,
    /// TLS roots besides those of the channels' organisations, PEM. Fabric: `peer.tls.rootcert.file`.
    pub tls_roots: Vec<Bytes>,
    pub private_data: PrivateDataOptions,
}

impl GossipOptions {
    /// For a peer of a network on one machine, which listens on `address`: everything happens at once, except that
    /// nobody is taken for dead because the machine is busy.
    pub(crate) fn nearby(address: SocketAddr) -> Self {
        let milliseconds = Duration::from_millis;
        Self {
            settings: Settings {
                external_endpoint: address.to_string(),
                alive_interval: milliseconds(1000),
                alive_expiration: milliseconds(15_000),
                reconnect_interval: milliseconds(1000),
                pull_interval: milliseconds(500),
                digest_wait: milliseconds(10_000),
                request_wait: milliseconds(10_000),
                response_wait: milliseconds(10_000),
                publish_state_info_interval: milliseconds(50),
                request_state_info_interval: milliseconds(500),
                ..Settings::default()
            },
            private_data: PrivateDataOptions {
                pull_retry_threshold: Duration::from_secs(3),
                push_ack_timeout: Duration::from_secs(30),
                reconcile_interval: milliseconds(500),
                ..PrivateDataOptions::default()
            },
            ..Self::default()
        }
    }
}

/// Fabric: `peer.gossip.pvtData`.
#[derive(Clone, Debug)]
pub struct PrivateDataOptions {
    /// How long a block may wait for private data that others have.
    pub pull_retry_threshold: Duration,
    /// Blocks after which private data of transactions that were never submitted is dropped.
    pub transient_retention: u64,
    /// For another peer to say that it keeps what it was given.
    pub push_ack_timeout: Duration,
    /// Data that expires within so many blocks of a peer's height is not asked of it.
    pub btl_pull_margin: u64,
    pub reconcile_batch_size: usize,
    pub reconcile_interval: Duration,
    pub reconciliation: bool,
    /// Do not wait for data of transactions that are invalid before their reads are checked.
    pub skip_pulling_invalid: bool,
    /// Peers of the own organisation that must have, and that get, data of its implicit collection.
    pub implicit_required: i32,
    pub implicit_maximum: i32,
    /// Fabric: `ledger.pvtdataStore.deprioritizedDataReconcilerInterval`.
    pub deprioritized_interval: Duration,
    /// What is lacking of a collection that this peer becomes a member of is marked as wanted in so many rows at once,
    /// with a pause behind each. Fabric: `ledger.pvtdataStore.collElgProcMaxDbBatchSize`, `collElgProcDbBatchesInterval`.
    pub eligible_batch: usize,
    pub eligible_pause: Duration,
}

impl Default for PrivateDataOptions {
    fn default() -> Self {
        Self {
            pull_retry_threshold: Duration::from_secs(60),
            transient_retention: 20_000,
            push_ack_timeout: Duration::from_secs(3),
            btl_pull_margin: 10,
            reconcile_batch_size: 10,
            reconcile_interval: Duration::from_secs(60),
            reconciliation: true,
            skip_pulling_invalid: false,
            implicit_required: 0,
            implicit_maximum: 1,
            deprioritized_interval: Duration::from_secs(60 * 60),
            eligible_batch: 5000,
            eligible_pause: Duration::from_secs(1),
        }
    }
}
