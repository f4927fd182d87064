//! Work that is waited for so long and no longer.

use selvedge_runtime::{ExecuteError, Workers};
use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

/// What `work` answers within `limit`. Nothing interrupts it: after the time it goes on, as the build of a package does
/// on a Go peer, and what it answers then is dropped.
pub(super) fn run<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ExecuteError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let internal = |cause: &str| ExecuteError::Internal(cause.to_owned());
    thread::Builder::new()
        .name("install".to_owned())
        .spawn(move || {
            // Nobody may be waiting any more.
            let _ = sender.send(work());
        })
        .map_err(|error| internal(&format!("starting a thread: {error}")))?;
    Workers::waiting(|| receiver.recv_timeout(limit)).map_err(|error| match error {
        RecvTimeoutError::Timeout => ExecuteError::Timeout,
        RecvTimeoutError::Disconnected => internal("installing came to no end"),
    })
}
