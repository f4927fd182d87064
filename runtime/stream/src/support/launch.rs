use crate::launch::{LaunchError, Running};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use tokio::sync::Notify;

/// One launch, awaited by all who call the chaincode meanwhile. The first outcome counts.
///
/// Fabric: core/chaincode/handler_registry.go LaunchState.
#[derive(Default)]
pub(super) struct Launch {
    outcome: Mutex<Option<Result<(), LaunchError>>>,
    /// For threads.
    done: Condvar,
    /// For the task that launches.
    notify: Notify,
    /// What was started.
    instance: Mutex<Option<Arc<dyn Running>>>,
}

impl Launch {
    pub(super) fn settle(&self, outcome: Result<(), LaunchError>) {
        self.outcome.lock().get_or_insert(outcome);
        self.done.notify_all();
        self.notify.notify_one();
    }

    fn outcome(&self) -> Option<Result<(), LaunchError>> {
        self.outcome.lock().clone()
    }

    /// It is over, and the chaincode is not there.
    pub(super) fn has_failed(&self) -> bool {
        matches!(&*self.outcome.lock(), Some(Err(_)))
    }

    pub(super) fn started(&self, running: Arc<dyn Running>) {
        *self.instance.lock() = Some(running);
    }

    pub(super) fn instance(&self) -> Option<Arc<dyn Running>> {
        self.instance.lock().clone()
    }

    /// Blocks. Whoever launches settles, if only when time is up.
    pub(super) fn wait(&self) -> Result<(), LaunchError> {
        let mut outcome = self.outcome.lock();
        loop {
            match outcome.as_ref() {
                Some(outcome) => return outcome.clone(),
                None => self.done.wait(&mut outcome),
            }
        }
    }

    /// For one task: the one that launches.
    pub(super) async fn settled(&self) -> Result<(), LaunchError> {
        loop {
            let notified = self.notify.notified();
            if let Some(outcome) = self.outcome() {
                return outcome;
            }
            notified.await;
        }
    }
}
