//! X.509 as Fabric judges it: Go's certificate parser and chain builder, not web PKI.
//!
//! Certificates are read with x509-parser into an owned form; the rules about chains are here, because Fabric accepts
//! what web PKI refuses (expired leaves, no names) and refuses what it accepts (more than one chain).

mod certificate;
mod chain;
mod crl;
mod error;
mod extensions;
mod names;
mod sanitize;
mod verify;

pub use certificate::Certificate;
pub use error::X509Error;

pub(crate) use chain::{Pool, unique_chain};
pub(crate) use crl::RevocationList;
pub(crate) use sanitize::{Sanitized, low_s_certificate};
