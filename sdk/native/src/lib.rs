//! A contract as a process of its own: the chaincode's end of Fabric's chat stream.
//!
//! [`main`] turns a [`Chaincode`](selvedge_sdk::Chaincode), which the author's crate defines with `chaincode!`, into a
//! program. `selvedge build --target native` writes the three lines that call it, so that the author's source stays the
//! same for every runtime. The program understands what Fabric's own shims understand:
//!
//! * *client*: `CORE_CHAINCODE_ID_NAME` and `-peer.address=host:port`; the program dials the peer and ends when the
//!   connection does, so that whoever started it knows.
//! * *service*: `CHAINCODE_SERVER_ADDRESS` and `CHAINCODE_ID`; peers dial the program, which serves until it is told to
//!   stop.
//!
//! What a contract reads, writes and answers is the same as in the peer's own Wasm engine, byte for byte: see
//! [`Host`](selvedge_interface::Host), which is implemented here over the stream.

mod chat;
mod client;
mod config;
mod entry;
mod error;
mod host;
mod proposal;
mod server;

pub use config::{ClientConfig, ClientTls, ConfigError, Mode, ServerConfig, ServerTls};
pub use entry::{main, run};
pub use error::{ChatError, NativeError};

/// The largest message either side sends, in bytes. Fabric: fabric-chaincode-go shim/internal/client.go.
pub const MAX_MESSAGE: usize = 100 << 20;
