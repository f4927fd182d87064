//! Strict mode: what chaincode may do on a real network and will regret.

use crate::{Network, TrapKind};
use std::collections::BTreeMap;

/// Which traps fail a test.
#[derive(Clone, Debug)]
pub(crate) struct Strict {
    on: bool,
    /// With the reason.
    allowed: BTreeMap<TrapKind, String>,
}

impl Default for Strict {
    fn default() -> Self {
        Self {
            on: true,
            allowed: BTreeMap::new(),
        }
    }
}

impl Network {
    /// Permits one trap on this network; the reason is for who reads the test.
    ///
    /// # Panics
    /// Without a reason.
    pub fn allow(&self, trap: TrapKind, reason: &str) {
        assert!(!reason.trim().is_empty(), "say why {} is fine", trap.name());
        let allowed = &mut self.0.strict.lock().allowed;
        allowed.insert(trap, reason.to_owned());
    }

    /// Permits everything that Fabric does. Traps are still noted: [`crate::Simulated::traps`].
    pub fn lenient(&self) {
        self.0.strict.lock().on = false;
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.0.strict.lock().on
    }

    pub(crate) fn forbids(&self, trap: TrapKind) -> bool {
        let strict = self.0.strict.lock();
        strict.on && !strict.allowed.contains_key(&trap)
    }
}
