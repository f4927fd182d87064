//! Workloads from a file, in the terms and with the result columns of Hyperledger Caliper, so that figures can be laid
//! beside published ones.

mod file;
mod result;
mod round;
mod run;
mod template;

pub(super) use result::COLUMNS;
pub use result::RoundResult;
pub(super) use run::run;
