//! How the program is told what to do: Fabric's names, on the command line and in the environment.

mod arguments;
mod error;
mod pem;
mod read;
mod tls;

pub use error::ConfigError;
pub use tls::{ClientTls, ServerTls};

/// Who dials whom.
#[derive(Clone, Debug)]
pub enum Mode {
    /// The program dials a peer.
    Client(ClientConfig),
    /// Peers dial the program.
    Server(ServerConfig),
}

/// What a client needs.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The name to register under: the package ID, or `name:version` in a peer's development mode.
    pub chaincode_id: String,
    /// `host:port` of the peer's chaincode listener.
    pub peer: String,
    /// Absent: without TLS.
    pub tls: Option<ClientTls>,
}

/// What a service needs.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The package ID that peers expect.
    pub chaincode_id: String,
    /// `host:port` to listen on; without a host, on every address.
    pub address: String,
    /// Absent: without TLS.
    pub tls: Option<ServerTls>,
}
