//! Who signed what, and whether that is enough.

mod crypto;
mod x509;

pub use crypto::{CryptoError, PrivateKey, PublicKey};
pub use x509::{Certificate, X509Error};
