//! The HTTP/2 server under the peer's services, for the two kinds of connection there are.
//!
//! The server is generic over its connections and is compiled where that is decided: here, once, and not in the peer, whose
//! compilation it would make longer.

mod connection;
mod manners;
mod serve;
mod services;

pub use connection::{Connection, Ended};
pub use manners::Manners;
pub use serve::{Keepalive, serve_plain, serve_tls};
pub use services::{Answer, Answers, Named, Services};
