//! Chaincode as it was deployed before the `_lifecycle` chaincode: packages that are deployment specifications, and the
//! system chaincode `lscc` that instantiates them on channels without application capability V2_0.
//!
//! Fabric 3 has dropped `lscc`; Fabric 2.5 is the reference for it. What such a chaincode's definition means once it is
//! committed, [`crate::lifecycle`] decides, as for every other.
//!
//! * [`LegacyPackages`]: what is installed here, by name and version.
//! * [`lscc`]: serves a call of the system chaincode.
//! * [`state`]: the keys and records of namespace `lscc`.

mod lscc;
mod package;
mod packages;
mod policy;
pub mod state;
mod store;

pub use lscc::{Deployment, DeploymentError, lscc};
pub use package::{LegacyPackage, PackageError};
pub use packages::{LegacyPackages, SecurityError};
pub use policy::{any_admin, any_member};
pub use store::{LegacyStore, StoreError};
