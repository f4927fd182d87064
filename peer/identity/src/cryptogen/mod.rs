//! Certificates of development networks, as Fabric's `cryptogen` makes them: a CA and a TLS CA per organisation,
//! identities with node OUs, and the directory layout in which Fabric's tools expect them.
//!
//! Time comes in as a value; only keys are random.

mod authority;
mod error;
mod layout;
mod organisation;
mod read;
mod short_lived;

pub use authority::Validity;
pub use error::CryptogenError;
pub use layout::OrganisationKind;
pub use organisation::{CryptoOrganisation, Enrollment, NodeRole, TlsPair};
pub use short_lived::ThrowAwayAuthority;
