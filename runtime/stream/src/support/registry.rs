use super::launch::Launch;
use crate::chat::{Handler, not_expected};
use crate::launch::LaunchError;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Who is registered, and who is expected to.
///
/// A stream that ends takes its own registration with it and nobody else's; Fabric goes by the name alone.
///
/// Fabric: core/chaincode/handler_registry.go.
pub(crate) struct Registry {
    /// Whoever comes is welcome: development mode.
    unsolicited: bool,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    handlers: HashMap<String, Arc<Handler>>,
    launching: HashMap<String, Arc<Launch>>,
}

impl Registry {
    pub(super) fn new(unsolicited: bool) -> Self {
        Self {
            unsolicited,
            known: Mutex::default(),
        }
    }

    pub(super) fn handler(&self, id: &str) -> Option<Arc<Handler>> {
        self.known.lock().handlers.get(id).cloned()
    }

    /// The launch of `id`, and whether the caller must do it. Settled at once if the chaincode came by itself.
    pub(super) fn launching(&self, id: &str) -> (Arc<Launch>, bool) {
        let mut known = self.known.lock();
        // Whoever launched may not have forgotten its failure yet.
        let under_way = known.launching.get(id);
        if let Some(launch) = under_way.filter(|launch| !launch.has_failed()) {
            return (Arc::clone(launch), false);
        }
        let launch = Arc::<Launch>::default();
        if known.handlers.contains_key(id) {
            launch.settle(Ok(()));
            return (launch, false);
        }
        known.launching.insert(id.to_owned(), Arc::clone(&launch));
        (launch, true)
    }

    /// Forgets a launch that failed, so that the next call launches again.
    pub(super) fn abandon(&self, id: &str, launch: &Arc<Launch>) {
        let mut known = self.known.lock();
        if known
            .launching
            .get(id)
            .is_some_and(|current| Arc::ptr_eq(current, launch))
        {
            known.launching.remove(id);
        }
    }

    /// Enters a stream under its name, or says why not.
    pub(crate) fn register(&self, handler: &Arc<Handler>) -> Result<(), String> {
        let id = handler.chaincode_id();
        let mut known = self.known.lock();
        if known.handlers.contains_key(id) {
            return Err(format!("duplicate chaincodeID: {id}"));
        }
        if !known.launching.contains_key(id) && !self.unsolicited {
            return Err(not_expected(id));
        }
        known.handlers.insert(id.to_owned(), Arc::clone(handler));
        Ok(())
    }

    /// READY is on its way.
    pub(crate) fn ready(&self, id: &str) {
        self.settle(id, Ok(()));
    }

    /// A launch that is under way fails.
    pub(crate) fn failed(&self, id: &str, text: String) {
        self.settle(id, Err(LaunchError::Registration(text)));
    }

    fn settle(&self, id: &str, outcome: Result<(), LaunchError>) {
        if let Some(launch) = self.known.lock().launching.get(id) {
            launch.settle(outcome);
        }
    }

    /// The handler's stream ended.
    pub(crate) fn deregister(&self, handler: &Arc<Handler>) {
        let id = handler.chaincode_id();
        let mut known = self.known.lock();
        if known
            .handlers
            .get(id)
            .is_some_and(|current| Arc::ptr_eq(current, handler))
        {
            known.handlers.remove(id);
            known.launching.remove(id);
        }
    }
}
