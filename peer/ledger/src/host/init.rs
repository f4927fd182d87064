//! The Init gate: whether a chaincode must, may or may not be initialized now.
//!
//! It stands before every runtime, so that none has an opinion of its own. The caller says what the definition demands;
//! here is what the state must say then.
//!
//! Fabric: core/chaincode/chaincode_support.go, CheckInvocation.

use crate::{SimulationError, Simulator};

/// The key, in the chaincode's own public namespace, that holds the version it was last initialized for.
pub const INIT_MARKER: &str = "\u{0}\u{10FFFF}initialized";

/// `Display` is the text behind `invalid invocation: `.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error("could not get 'initialized' key: {0}")]
    Read(SimulationError),
    #[error("could not set 'initialized' key: {0}")]
    Write(SimulationError),
    #[error("chaincode '{0}' does not require initialization but called as init")]
    NotRequired(String),
    #[error("chaincode '{0}' is already initialized but called as init")]
    AlreadyDone(String),
    #[error("chaincode '{0}' has not been initialized for this version, must call as init first")]
    NotDone(String),
}

/// What the definition demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitDemand<'a> {
    /// No marker is read.
    Nothing,
    /// An Init for each version string.
    Init { version: &'a str },
}

/// Lets a call pass, and marks the version as initialized if the call is its Init. The marker is a write like any
/// other: it is committed with the transaction or not at all, and it counts where only reads are allowed before.
pub fn pass_init_gate(
    chaincode: &str,
    demand: InitDemand<'_>,
    is_init: bool,
    simulator: Option<&mut Simulator>,
) -> Result<(), InitError> {
    let name = || chaincode.to_owned();
    let (InitDemand::Init { version }, Some(simulator)) = (demand, simulator) else {
        return if is_init {
            Err(InitError::NotRequired(name()))
        } else {
            Ok(())
        };
    };
    let marker = simulator
        .get(chaincode, INIT_MARKER)
        .map_err(InitError::Read)?;
    let done = marker.unwrap_or_default() == version.as_bytes();
    match (is_init, done) {
        (true, true) => Err(InitError::AlreadyDone(name())),
        (true, false) => {
            let value = bytes::Bytes::copy_from_slice(version.as_bytes());
            simulator
                .put(chaincode, INIT_MARKER, value)
                .map_err(InitError::Write)
        }
        (false, false) => Err(InitError::NotDone(name())),
        (false, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_is_the_key_that_fabric_uses() {
        assert_eq!(hex::encode(INIT_MARKER), "00f48fbfbf696e697469616c697a6564");
    }
}
