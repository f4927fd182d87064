//! Endorsement: from a signed proposal to a signed answer.
//!
//! It knows no gRPC and no time but the peer's clock. It refuses a proposal before it runs anything ([`Refused`]),
//! answers with status 500 for what fails afterwards, and signs what succeeds. Which chaincode a name means is decided
//! in [`crate::lifecycle`]; how one runs, in the runtimes; whether it must be initialized first, by the gate in the ledger
//! that is called here.
//!
//! [`Endorser::process_proposal`] is the way in.

mod access;
pub mod acl;
mod active;
mod execution;
mod filters;
mod in_time;
mod interest;
mod measure;
mod no_ledger;
mod options;
mod outside;
mod pipeline;
mod private;
mod proposal;
mod respond;
mod system;
mod validate;

pub use filters::FilterError;
pub(crate) use no_ledger::NoLedger;
pub use options::EndorserOptions;
pub use pipeline::{Endorser, Refused};
pub use proposal::{InvokedNameError, Proposal, UnpackError, invoked_chaincode};
pub use selvedge_ledger::INIT_MARKER;
pub(crate) use system::is_system;
pub use validate::InvalidProposal;
