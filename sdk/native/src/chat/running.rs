use super::crew::{Crew, Job};
use std::sync::Arc;
use tokio::sync::{oneshot, watch};

/// The transactions that run now, over all peers.
#[derive(Clone)]
pub(crate) struct Running {
    count: watch::Sender<usize>,
    /// Absent in a program with a runtime of its own.
    crew: Option<Arc<Crew>>,
}

impl Running {
    pub(crate) fn new(crew: Option<Arc<Crew>>) -> Self {
        Self {
            count: watch::Sender::new(0),
            crew,
        }
    }

    /// Runs one transaction, never here. Call inside Tokio.
    pub(super) fn start(&self, transaction: impl FnOnce() + Send + 'static) {
        let entered = self.enter();
        let alone = self.count() == 1;
        let job: Job = Box::new(move || {
            transaction();
            drop(entered);
        });
        let job = match &self.crew {
            Some(crew) => crew.hand(alone, job),
            None => Err(job),
        };
        if let Err(job) = job {
            tokio::task::spawn_blocking(job);
        }
    }

    /// Waits for an answer, on the thread of a transaction. `None`: there will be none.
    pub(super) fn wait<T>(&self, answer: oneshot::Receiver<T>) -> Option<T> {
        match &self.crew {
            Some(crew) => crew.wait(self.count() == 1, answer),
            None => answer.blocking_recv().ok(),
        }
    }

    /// Counts one transaction until the guard is dropped.
    fn enter(&self) -> Entered {
        self.count.send_modify(|count| *count += 1);
        Entered(self.count.clone())
    }

    pub(crate) fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits until none runs.
    pub(crate) async fn idle(&self) {
        // Fails only without a sender, and this is one.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

struct Entered(watch::Sender<usize>);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
