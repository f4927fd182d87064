//! What stands between a chaincode and whatever runs its process.
//!
//! A [`Launcher`] knows one built package: it says where that serves, if it is a service, and starts it otherwise.
//! It knows nothing of streams: whether the chaincode registered in time, and what becomes of transactions when it
//! goes away, is decided by [`crate::ChaincodeSupport`], which calls it.

mod error;
mod introduction;
mod launcher;
mod service;
mod service_json;

pub use error::LaunchError;
pub use introduction::{CertificateIssuer, ClientMaterial, Introduction, Logging};
pub use launcher::{Launcher, Running};
pub use service::{ClientPair, Service, ServiceTls};
pub use service_json::{ServiceError, service_from_json};
