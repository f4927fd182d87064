use std::sync::Arc;
use tokio::sync::watch;

/// Says that a server is about to stop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Closing(watch::Receiver<bool>);

/// Whoever stops a server. Dropping it counts as stopping.
#[derive(Clone, Debug)]
pub struct Close(Arc<watch::Sender<bool>>);

impl Close {
    pub fn new() -> (Self, Closing) {
        let (sender, receiver) = watch::channel(false);
        (Self(Arc::new(sender)), Closing(receiver))
    }

    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Ready once nobody holds a [`Closing`]. Whoever uses the server's files keeps one beside them and drops it last.
    pub async fn ended(&self) {
        self.0.closed().await;
    }
}

impl Closing {
    pub fn is_closed(&self) -> bool {
        *self.0.borrow()
    }

    /// Ready once the server stops.
    pub async fn closed(&self) {
        let mut receiver = self.0.clone();
        // An error means that nobody is left who could say so.
        let _ = receiver.wait_for(|closed| *closed).await;
    }
}
