use bytes::Bytes;
use prost::Message;
use selvedge_protos::etcdraft::{ConfigMetadata, Consenter, Options};

/// A node of a Raft ordering service.
#[derive(Debug, Clone)]
pub struct RaftConsenter {
    /// Host name or address.
    pub host: String,
    /// Port of its cluster service.
    pub port: u16,
    /// TLS certificate as server and client, PEM.
    pub tls_certificate: String,
}

/// Consensus metadata of `etcdraft` with the options of Fabric's sample configuration.
pub fn raft_metadata(consenters: &[RaftConsenter]) -> Bytes {
    let consenter = |node: &RaftConsenter| Consenter {
        host: node.host.clone(),
        port: u32::from(node.port),
        client_tls_cert: node.tls_certificate.clone().into(),
        server_tls_cert: node.tls_certificate.clone().into(),
    };
    ConfigMetadata {
        consenters: consenters.iter().map(consenter).collect(),
        options: Some(Options {
            tick_interval: "500ms".into(),
            election_tick: 10,
            heartbeat_tick: 1,
            max_inflight_blocks: 5,
            snapshot_interval_size: 16 * 1024 * 1024,
        }),
    }
    .encode_to_vec()
    .into()
}
