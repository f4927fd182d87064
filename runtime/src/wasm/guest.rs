use super::bindings::fabric::chaincode::types;
use super::guest_log::GuestLog;
use super::memory::Share;
use super::{Limiter, Limits};
use crate::{Budget, Call};
use selvedge_interface::{Host, HostError};
use thiserror::Error;

/// Why a guest was stopped by us, as opposed to trapping on its own.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Stop {
    #[error("the transaction used up its budget of host work")]
    HostWork,
    #[error("the memory limit was exceeded")]
    Memory,
    #[error("the table limit was exceeded")]
    Table,
    #[error("all instances together use {limit} bytes of memory")]
    NoRoom { limit: usize },
}

/// The store's data: one guest during one call.
pub(crate) struct Guest {
    host: Option<Box<dyn Host>>,
    pub(crate) budget: Budget,
    work_left: u64,
    pub(crate) limiter: Limiter,
    pub(crate) log: GuestLog,
    /// What the guest said before it trapped.
    pub(crate) fault: Option<String>,
}

/// A guest without its host; cannot happen, and if it did the transaction would fail.
#[derive(Debug, Error)]
#[error("the host is in use")]
pub(crate) struct HostInUse;

impl Guest {
    pub(crate) fn new(call: &Call<'_>, host: Box<dyn Host>, limits: Limits, share: Share) -> Self {
        let budget = call.budget.clone();
        Self {
            host: Some(host),
            work_left: budget.host_work(),
            limiter: Limiter::new(limits, share, budget.clone()),
            budget,
            log: GuestLog::new(limits.log),
            fault: None,
        }
    }

    /// Pays for one host call that carries `bytes`.
    pub(crate) fn charge(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.pay(Budget::CALL_COST.saturating_add(bytes as u64))
    }

    /// Pays for what a host call gave back.
    pub(crate) fn charge_answer(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.pay(bytes as u64)
    }

    fn pay(&mut self, work: u64) -> wasmtime::Result<()> {
        let left = self.work_left.checked_sub(work);
        self.work_left = left.unwrap_or(0);
        left.map(drop)
            .ok_or_else(|| wasmtime::Error::new(Stop::HostWork))
    }

    pub(crate) fn host(&mut self) -> wasmtime::Result<&mut dyn Host> {
        match &mut self.host {
            Some(host) => Ok(host.as_mut()),
            None => Err(wasmtime::Error::new(HostInUse)),
        }
    }

    /// Lends the host out, so that it may be used while the guest's memory is borrowed.
    pub(crate) fn take_host(&mut self) -> wasmtime::Result<Box<dyn Host>> {
        self.host
            .take()
            .ok_or_else(|| wasmtime::Error::new(HostInUse))
    }

    pub(crate) fn put_host(&mut self, host: Box<dyn Host>) {
        self.host = Some(host);
    }

    /// Before the peer runs something on this transaction's account.
    pub(crate) fn settle(&mut self) {
        self.budget.set_host_work(self.work_left);
    }

    /// After it did.
    pub(crate) fn resume(&mut self) {
        self.work_left = self.budget.host_work();
    }

    /// Writes a line to the peer's log.
    pub(crate) fn write_log(
        &mut self,
        level: selvedge_interface::Level,
        text: &str,
    ) -> wasmtime::Result<()> {
        self.charge(text.len())?;
        if let Some(host) = &mut self.host {
            self.log.message(level, text, host.as_mut());
        }
        Ok(())
    }

    pub(crate) fn write_output(&mut self, fd: u8, bytes: &[u8]) -> wasmtime::Result<()> {
        self.charge(bytes.len())?;
        if let Some(host) = &mut self.host {
            self.log.output(fd, bytes, host.as_mut());
        }
        Ok(())
    }

    /// Ends the call: logs unfinished lines and settles the account.
    pub(crate) fn finish(&mut self) {
        self.settle();
        if let Some(host) = &mut self.host {
            self.log.finish(host.as_mut());
        }
    }
}

/// A refusal as the guest sees it.
pub(crate) fn refusal(error: HostError) -> String {
    error.as_str().to_owned()
}

impl types::Host for Guest {}
