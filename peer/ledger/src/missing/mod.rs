//! Private data that blocks name by hash and this peer did not have when they committed: what is missing, and how it is
//! taken in when it comes later.
//!
//! Fabric: core/ledger/pvtdatastorage, core/ledger/kvledger/hashcheck_pvtdata.go.

mod accept;
mod eligibility;
mod list;
mod reconcile;

pub use eligibility::{AlwaysEligible, Eligibility};
pub use list::MissingPrivateData;
pub use reconcile::OldPrivateData;
