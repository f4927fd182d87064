use crate::launch::Running;
use futures::future::join_all;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How long the peer waits for its chaincode when it stops. Fabric: internal/peer/node/start.go serve.
const PATIENCE: Duration = Duration::from_secs(5);

/// The processes that the peer started, by chaincode.
#[derive(Default)]
pub(super) struct Instances(Mutex<HashMap<String, Arc<dyn Running>>>);

impl Instances {
    pub(super) fn insert(&self, id: &str, running: Arc<dyn Running>) {
        self.0.lock().insert(id.to_owned(), running);
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.0.lock().keys().cloned().collect()
    }

    /// Ends a process if there is one, and waits until nothing is left of it.
    pub(super) async fn stop(&self, id: &str) {
        let running = self.0.lock().remove(id);
        if let Some(running) = running {
            stop(id, &*running).await;
        }
    }

    /// Removes what is left of a process, unless another has taken its place.
    pub(super) async fn ended(&self, id: &str, ended: &Arc<dyn Running>) {
        let current = {
            let mut all = self.0.lock();
            let same = all.get(id).is_some_and(|it| Arc::ptr_eq(it, ended));
            same.then(|| all.remove(id)).flatten()
        };
        if let Some(running) = current {
            stop(id, &*running).await;
        }
    }

    pub(super) async fn stop_all(&self) {
        let all = std::mem::take(&mut *self.0.lock());
        let stops = all.iter().map(|(id, running)| stop(id, &**running));
        if tokio::time::timeout(PATIENCE * 2, join_all(stops))
            .await
            .is_err()
        {
            tracing::warn!("some chaincode goes on after the peer has stopped");
        }
    }
}

async fn stop(id: &str, running: &dyn Running) {
    if let Err(error) = running.stop().await {
        tracing::warn!(chaincode = id, error, "a chaincode could not be stopped");
    }
}
