use parking_lot::Mutex;
use selvedge_interface::{Host, Input, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use thiserror::Error;

/// One execution of a chaincode.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The name the chaincode has on its channel; for the log.
    pub chaincode: &'a str,
    pub input: Input,
    /// 0 for the call the client made, one more for every chaincode-to-chaincode call below it.
    pub depth: u32,
    /// Shared by all calls of one transaction: the caller of a chaincode pays for it.
    pub budget: Budget,
    /// Wall-clock backstop. Not an outcome that peers could agree on, so it ends in an error and never in a response.
    pub time_limit: Duration,
}

impl<'a> Call<'a> {
    /// Fabric's default of `chaincode.executetimeout`.
    pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(30);

    /// A client's call with the default limits.
    pub fn new(chaincode: &'a str, input: Input) -> Self {
        Self {
            chaincode,
            input,
            depth: 0,
            budget: Budget::default(),
            time_limit: Self::DEFAULT_TIME_LIMIT,
        }
    }
}

/// What one transaction may spend, over all the chaincode it calls. Every peer must give the same, or an endorsement
/// that one makes another cannot.
///
/// *Fuel* counts executed Wasm operations: one per operation, bulk operations by the byte. *Host work* counts what the
/// peer does for the guest: [`Budget::CALL_COST`] per host call, and per key of a call that reads or writes several,
/// and one per byte carried either way, with a little more for every row.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Counters>);

#[derive(Debug)]
struct Counters {
    fuel: AtomicU64,
    host_work: AtomicU64,
    /// Linear memory of the largest instance.
    memory: AtomicUsize,
    /// What this peer alone decided about a call of the transaction.
    failure: Mutex<Option<ExecuteError>>,
}

impl Budget {
    /// Half a second of JSON or hashing, or a few seconds in a loop that does nothing, on a 2024 server core.
    pub const DEFAULT_FUEL: u64 = 5_000_000_000;
    /// A million host calls that carry 1 KiB each.
    pub const DEFAULT_HOST_WORK: u64 = 2_000_000_000;
    /// Host work of one call, whatever it carries.
    pub const CALL_COST: u64 = 1_000;

    pub fn new(fuel: u64, host_work: u64) -> Self {
        let (fuel, host_work) = (AtomicU64::new(fuel), AtomicU64::new(host_work));
        Self(Arc::new(Counters {
            fuel,
            host_work,
            memory: AtomicUsize::new(0),
            failure: Mutex::default(),
        }))
    }

    pub fn fuel(&self) -> u64 {
        self.0.fuel.load(Ordering::Relaxed)
    }

    pub fn host_work(&self) -> u64 {
        self.0.host_work.load(Ordering::Relaxed)
    }

    /// Bytes of linear memory of the largest instance that ran so far on this account. It only tells; what an instance
    /// may have is [`crate::Limits::memory`].
    pub fn memory(&self) -> usize {
        self.0.memory.load(Ordering::Relaxed)
    }

    pub(crate) fn note_memory(&self, bytes: usize) {
        self.0.memory.fetch_max(bytes, Ordering::Relaxed);
    }

    pub(crate) fn set_fuel(&self, fuel: u64) {
        self.0.fuel.store(fuel, Ordering::Relaxed);
    }

    pub(crate) fn set_host_work(&self, host_work: u64) {
        self.0.host_work.store(host_work, Ordering::Relaxed);
    }

    /// The first error of any call of the transaction. It spoils the whole transaction, whatever a caller made of it.
    pub(crate) fn failure(&self) -> Option<ExecuteError> {
        self.0.failure.lock().clone()
    }

    pub(crate) fn fail(&self, error: ExecuteError) -> ExecuteError {
        self.0.failure.lock().get_or_insert(error).clone()
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Self::DEFAULT_FUEL, Self::DEFAULT_HOST_WORK)
    }
}

/// Why there is no response at all. What every peer would decide alike (a trap, a limit) is a [`Response`] instead.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExecuteError {
    /// Fabric: core/chaincode/handler.go Execute.
    #[error("timeout expired while executing transaction")]
    Timeout,
    /// This peer, at this moment, has no room; another attempt may succeed.
    #[error("no room to execute the transaction: {0}")]
    Busy(String),
    #[error("the chaincode runtime failed: {0}")]
    Internal(String),
    /// The chaincode is not there and could not be made to be. Fabric: core/chaincode/chaincode_support.go Launch.
    #[error("could not launch chaincode {chaincode}: {cause}")]
    Launch { chaincode: String, cause: String },
    /// It came and went before it could be called.
    #[error("claimed to start chaincode container for {0} but could not find handler")]
    Lost(String),
    /// The chaincode is executing this transaction already. Fabric: core/chaincode/transaction_contexts.go Create.
    #[error("txid: {tx_id}({channel}) exists")]
    Exists { tx_id: String, channel: String },
    /// The chaincode went away while it executed.
    #[error("chaincode stream terminated")]
    Terminated,
    /// The chaincode gave up without a response.
    #[error("transaction returned with failure: {0}")]
    Failed(String),
    /// The chaincode's response is none. Fabric: chaincode_support.go processChaincodeExecutionResult.
    #[error("failed to unmarshal response for transaction {tx_id}: {cause}")]
    BadResponse { tx_id: String, cause: String },
}

/// A chaincode that is ready to run. Calls may come from many threads at once; each has its own [`Host`].
pub trait Chaincode: Send + Sync {
    /// Runs one call to its end on the calling thread's time. Never panics because of the guest.
    ///
    /// A guest that traps or exceeds a deterministic limit answers with status 500 and a fixed text; why goes to the log.
    fn execute(&self, call: Call<'_>, host: Box<dyn Host>) -> Result<Response, ExecuteError>;

    /// Whether it can be called. What is not there any more is built again before its next call.
    fn is_there(&self) -> bool {
        true
    }
}
