use crate::launch::LaunchError;
use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

/// One launch, awaited by all who call the chaincode meanwhile. The first outcome counts.
///
/// Fabric: core/chaincode/handler_registry.go LaunchState.
#[derive(Debug, Default)]
pub(super) struct Launch {
    outcome: Mutex<Option<Result<(), LaunchError>>>,
    /// For threads.
    done: Condvar,
    /// For the task that launches.
    notify: Notify,
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
