use super::Limits;
use super::guest::Stop;
use super::memory::Share;
use crate::Budget;
use wasmtime::ResourceLimiter;

/// Stops a guest that outgrows its limits, instead of letting it find out by a failed growth: few languages survive
/// that, and those that do would answer differently.
pub(crate) struct Limiter {
    memory: usize,
    share: Share,
    /// Told how much memory there is.
    budget: Budget,
    table_elements: usize,
}

impl Limiter {
    pub(crate) fn new(limits: Limits, share: Share, budget: Budget) -> Self {
        Self {
            memory: limits.memory,
            share,
            budget,
            table_elements: limits.table_elements,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.memory {
            return Err(wasmtime::Error::new(Stop::Memory));
        }
        let may = maximum.is_none_or(|m| desired <= m);
        if may {
            let taken = self.share.take(desired.saturating_sub(current));
            taken.map_err(|limit| wasmtime::Error::new(Stop::NoRoom { limit }))?;
            self.budget.note_memory(desired);
        }
        Ok(may)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let left = self
            .table_elements
            .checked_sub(more)
            .ok_or_else(|| wasmtime::Error::new(Stop::Table))?;
        let may = maximum.is_none_or(|m| desired <= m);
        if may {
            self.table_elements = left;
        }
        Ok(may)
    }
}
