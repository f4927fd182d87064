use super::guest::{HostInUse, Stop};
use crate::ExecuteError;
use wasmtime::{PoolConcurrencyLimitError, Trap};

/// How a call ended that did not return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Fuel,
    HostWork,
    Memory,
    Table,
    Stack,
    Trap,
}

impl Failure {
    /// What the client and other endorsers see: the same on every peer, whatever the details of the trap.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Fuel => "chaincode failed: the transaction used up its fuel",
            Self::HostWork => "chaincode failed: the transaction asked too much of the peer",
            Self::Memory => "chaincode failed: the transaction exceeded its memory limit",
            Self::Table => "chaincode failed: the transaction exceeded its table limit",
            Self::Stack => "chaincode failed: the transaction exceeded its stack",
            Self::Trap => "chaincode failed: the transaction trapped",
        }
    }
}

/// Sorts an error of the engine into what every peer finds and what only this one does.
pub(crate) fn classify(error: &wasmtime::Error) -> Result<Failure, ExecuteError> {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return Ok(match stop {
            Stop::HostWork => Failure::HostWork,
            Stop::Memory => Failure::Memory,
            Stop::Table => Failure::Table,
            Stop::NoRoom { limit } => {
                return Err(ExecuteError::Busy(format!(
                    "too many requests for Wasm chaincode, exceeding the memory limit ({limit} bytes)"
                )));
            }
        });
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Err(ExecuteError::Busy("every instance is in use".to_owned()));
    }
    if error.is::<HostInUse>() || error.is::<std::io::Error>() {
        return Err(ExecuteError::Internal(format!("{error:#}")));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Ok(Failure::Fuel),
        Some(Trap::Interrupt) => Err(ExecuteError::Timeout),
        Some(Trap::StackOverflow) => Ok(Failure::Stack),
        // What else there is comes from the guest: another trap, or a breach of the canonical ABI.
        _ => Ok(Failure::Trap),
    }
}
