//! Who submitted the transaction, read from the bytes the client signed with.
//!
//! A reader of its own for the few parts of a certificate that a contract needs: the peer has verified the certificate
//! before the contract runs, and an X.509 library would be most of a small contract's size.

mod base64;
mod certificate;
mod client;
mod der;
mod name;
mod proto;

pub use client::Client;
pub use proto::serialized_identity;
