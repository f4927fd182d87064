//! Connections between peers: dialled or accepted, authenticated, one of each pair in use.

mod connection;
mod dial;
mod handshake;
mod service;
mod table;
mod tls;
mod traffic;

pub(crate) use connection::{Connection, serve};
pub(crate) use dial::{Dialled, dial};
pub use service::GossipService;
pub(crate) use table::Table;
pub(crate) use tls::Tls;
pub use tls::TlsPair;
pub(crate) use traffic::Counters;
pub use traffic::Traffic;
