use super::bindings::ContractPre;
use super::config::Limits;
use super::convert::seam_response;
use super::engine::Shared;
use super::guest::Guest;
use super::loader::Loader;
use super::outcome::{Failure, classify};
use super::ready::Key;
use super::watchdog::Watchdog;
use super::workers::Workers;
use crate::{Call, Chaincode, ExecuteError};
use selvedge_interface::{Host, Response};
use std::sync::Arc;
use wasmtime::Store;

/// Bytes that one host call may carry from the guest.
const MAX_CARRIED: usize = 64 << 20;

/// A component that was compiled. Its machine code is given up while nobody calls it and others need the room.
pub(crate) struct WasmChaincode {
    pub(crate) loader: Arc<Loader>,
    pub(crate) key: Key,
    /// Code that is in no cache stays: it could not be had again.
    pub(crate) pinned: Option<Arc<Linked>>,
}

/// A compiled component, linked and ready to be instantiated.
pub(crate) struct Linked {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pre: ContractPre<Guest>,
    /// Whether the code is a file of the cache.
    pub(crate) is_cached: bool,
}

impl WasmChaincode {
    fn linked(&self) -> Option<Arc<Linked>> {
        match &self.pinned {
            Some(linked) => Some(Arc::clone(linked)),
            None => self.loader.again(&self.key),
        }
    }
}

impl Chaincode for WasmChaincode {
    fn execute(&self, call: Call<'_>, host: Box<dyn Host>) -> Result<Response, ExecuteError> {
        let shared = &self.loader.shared;
        let limits = shared.limits;
        // A caller that does not count is counted by the stack.
        let depth = call.depth.max(Workers::nested());
        if depth >= limits.depth {
            return Ok(Response::error(format!(
                "chaincode calls are nested more than {} deep",
                limits.depth
            )));
        }
        let linked = self.linked().ok_or_else(|| ExecuteError::Launch {
            chaincode: call.chaincode.to_owned(),
            cause: "its compiled code is gone from the cache".to_owned(),
        });
        let linked = linked.map_err(|error| call.budget.fail(error))?;
        let (nested, budget) = (depth > 0, call.budget.clone());
        let name = call.chaincode.to_owned();
        let Call {
            input, time_limit, ..
        } = call;
        let account = budget.clone();
        let result = shared.workers.run(nested, limits.depth, move || {
            linked.run(
                &Call {
                    chaincode: &name,
                    input,
                    depth,
                    budget: account,
                    time_limit,
                },
                host,
            )
        });
        // What this peer alone decided about a callee must not reach an endorsement through its caller's response.
        match result.and_then(|r| r) {
            Ok(response) => budget.failure().map_or(Ok(response), Err),
            Err(error) => Err(budget.fail(error)),
        }
    }

    fn is_there(&self) -> bool {
        self.linked().is_some()
    }
}

impl Linked {
    fn run(&self, call: &Call<'_>, host: Box<dyn Host>) -> Result<Response, ExecuteError> {
        let shared = &self.shared;
        let nested = call.depth > 0;
        let _entry = (!nested).then(|| shared.entries.take(false)).transpose()?;
        let _slot = shared.slots.take(nested)?;
        let _watched = shared.watchdog.watch();
        let fuel = call.budget.fuel();
        let mut store = self.store(call, host, shared.limits).map_err(internal)?;
        let args: Vec<Vec<u8>> = call.input.args.iter().map(|a| a.to_vec()).collect();
        let result = self
            .pre
            .instantiate(&mut store)
            .and_then(|contract| contract.call_invoke(&mut store, &args, call.input.is_init));
        let left = store.get_fuel().unwrap_or(0);
        shared.counters.call(fuel.saturating_sub(left));
        call.budget.set_fuel(left);
        let guest = store.data_mut();
        guest.finish();
        match result {
            Ok(response) => Ok(seam_response(response)),
            Err(error) => {
                let failure = classify(&error);
                report(call.chaincode, guest, &error, &failure);
                failure.map(|f| Response::error(f.message()))
            }
        }
    }

    fn store(
        &self,
        call: &Call<'_>,
        host: Box<dyn Host>,
        limits: Limits,
    ) -> wasmtime::Result<Store<Guest>> {
        let guest = Guest::new(call, host, limits, self.shared.memory.share());
        let mut store = Store::new(&self.shared.engine, guest);
        store.set_fuel(call.budget.fuel())?;
        store.limiter(|guest| &mut guest.limiter);
        store.set_hostcall_fuel(MAX_CARRIED);
        store.set_epoch_deadline(Watchdog::ticks(call.time_limit));
        store.epoch_deadline_trap();
        Ok(store)
    }
}

fn internal(error: wasmtime::Error) -> ExecuteError {
    ExecuteError::Internal(format!("{error:#}"))
}

/// The details that no response carries.
fn report(
    chaincode: &str,
    guest: &mut Guest,
    error: &wasmtime::Error,
    failure: &Result<Failure, ExecuteError>,
) {
    let fault = guest.fault.take().unwrap_or_default();
    let host = guest.host().ok();
    let tx_id = host.map_or("", |host| host.transaction().tx_id.as_str());
    let cause = super::guest_log::harmless(format!("{error:#}").as_bytes(), 4 << 10);
    match failure {
        Ok(failure) => {
            tracing::error!(chaincode, tx_id, ?failure, cause, fault, "chaincode failed")
        }
        Err(error) => {
            tracing::error!(chaincode, tx_id, %error, cause, fault, "chaincode could not be executed")
        }
    }
}
