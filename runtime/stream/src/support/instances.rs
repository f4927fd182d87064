use crate::launch::Running;
use futures::future::join_all;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The processes that the peer started, by chaincode: each until nothing is left of it. While one is being ended, all who
/// need its end wait for that, so the next one is never started beside it and the peer does not stop before it.
#[derive(Default)]
pub(super) struct Instances(Mutex<HashMap<String, Arc<Instance>>>);

struct Instance {
    running: Arc<dyn Running>,
    /// Set by the one who stops it. If that one gives up, the next goes on.
    stopped: OnceCell<()>,
}

impl Instances {
    pub(super) fn insert(&self, id: &str, running: Arc<dyn Running>) {
        let instance = Arc::new(Instance {
            running,
            stopped: OnceCell::new(),
        });
        self.0.lock().insert(id.to_owned(), instance);
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.0.lock().keys().cloned().collect()
    }

    /// Ends a process if there is one, and waits until nothing is left of it.
    pub(super) async fn stop(&self, id: &str) {
        let instance = self.0.lock().get(id).cloned();
        if let Some(instance) = instance {
            self.end(id, &instance).await;
        }
    }

    /// Removes what is left of a process, unless another has taken its place.
    pub(super) async fn ended(&self, id: &str, ended: &Arc<dyn Running>) {
        let instance = self.0.lock().get(id).cloned();
        if let Some(instance) = instance.filter(|it| Arc::ptr_eq(&it.running, ended)) {
            self.end(id, &instance).await;
        }
    }

    pub(super) async fn stop_all(&self) {
        let ids = self.ids();
        join_all(ids.iter().map(|id| self.stop(id))).await;
    }

    async fn end(&self, id: &str, instance: &Arc<Instance>) {
        let stop = || stop(id, &*instance.running);
        instance.stopped.get_or_init(stop).await;
        let mut all = self.0.lock();
        if all.get(id).is_some_and(|it| Arc::ptr_eq(it, instance)) {
            all.remove(id);
        }
    }
}

async fn stop(id: &str, running: &dyn Running) {
    if let Err(error) = running.stop().await {
        tracing::warn!(chaincode = id, error, "a chaincode could not be stopped");
    }
}

#[cfg(test)]
#[path = "instances_tests.rs"]
mod tests;
