use super::PrivateDataOptions;
use selvedge_gossip::Node;
use selvedge_runtime::Workers;
use std::future::Future;
use std::sync::mpsc;
use tokio::runtime::Handle;

/// This peer's place in the network, for those who serve its clients and commit its blocks.
#[derive(Debug)]
pub struct Gossip {
    node: Node,
    options: PrivateDataOptions,
    runtime: Handle,
}

impl Gossip {
    /// Call inside the Tokio runtime that the node was started in.
    pub(super) fn new(node: Node, options: PrivateDataOptions) -> Self {
        Self {
            node,
            options,
            runtime: Handle::current(),
        }
    }

    pub fn node(&self) -> &Node {
        &self.node
    }

    pub(crate) fn options(&self) -> &PrivateDataOptions {
        &self.options
    }

    /// Waits, on a thread that may block. `None` when the runtime is shutting down.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // Nobody is left to hear it only when the waiting thread is gone.
            let _ = sender.send(future.await);
        });
        Workers::waiting(|| receiver.recv()).ok()
    }
}
