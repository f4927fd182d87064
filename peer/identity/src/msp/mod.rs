//! Membership: which certificates belong to an organisation, and in what role.
//!
//! Fabric: `msp/` of the Go peer. Idemix MSPs are refused, not ignored: a peer that cannot judge an identity would
//! flag transactions differently from its neighbours.

mod core;
mod directory;
mod error;
mod identity;
mod manager;
mod node_ou;
mod principal;
mod serial;
mod setup;
mod signing;
mod validate;
mod version;

pub use directory::msp_config_from_dir;
pub use error::MspError;
pub use identity::{Identity, OrganizationalUnit};
pub use manager::{Msp, MspManager};
pub use signing::SigningIdentity;
pub use version::MspVersion;
