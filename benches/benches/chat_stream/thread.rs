//! The thread that the peer's end of a stream is on, as a peer has it.

use std::thread;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Ends with this.
pub(crate) struct Thread {
    pub(crate) handle: Handle,
    _end: oneshot::Sender<()>,
}

impl Thread {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (end, ended) = oneshot::channel();
        let handle = runtime.handle().clone();
        thread::spawn(move || runtime.block_on(ended).ok());
        Self { handle, _end: end }
    }
}
