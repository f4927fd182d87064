//! Signatures as Fabric's crypto provider makes and accepts them.
//!
//! ECDSA signs and verifies SHA-256 digests on every curve, signatures are DER and must have the smaller of the two
//! possible `s`. Nothing here knows a certificate or an MSP.

mod curve;
mod der;
mod error;
mod pem;
mod private_key;
mod public_key;

pub use error::CryptoError;
pub use private_key::PrivateKey;
pub(crate) use private_key::low_s;
pub use public_key::PublicKey;

pub(crate) use curve::{Curve, strip};
pub(crate) use der::{DerReader, EcdsaSignature, Tag, der_unsigned, der_value};
pub(crate) use pem::{first_block, pem_encode};
