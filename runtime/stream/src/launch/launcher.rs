use super::{Introduction, LaunchError, Service};
use futures::future::{self, BoxFuture};

/// Starts one chaincode, or says where it serves. Made by a builder for one built package; see
/// [`crate::ChaincodeSupport::chaincode`].
///
/// A launch happens when the chaincode is called and no stream of it is ready: at the first call, and again after its
/// stream was lost. Launches of one chaincode never overlap, and [`Launcher::launch`] comes when [`Running::stop`] of the
/// launch before is over. If that said that something is left, ending it is this launch's business.
///
/// Everything here runs on Tokio and must not block.
pub trait Launcher: Send + Sync {
    /// Where the chaincode serves; asked at every launch, so that a changed address counts at once. `None`: it is started
    /// with [`Launcher::launch`] and dials the peer.
    ///
    /// # Errors
    /// [`LaunchError::Build`] when the information is there and bad.
    fn service(&self) -> BoxFuture<'_, Result<Option<Service>, LaunchError>> {
        Box::pin(future::ready(Ok(None)))
    }

    /// Starts the process. Ready as soon as it runs; that it registers is awaited elsewhere.
    ///
    /// # Errors
    /// Mostly [`LaunchError::Start`].
    fn launch<'a>(
        &'a self,
        introduction: &'a Introduction,
    ) -> BoxFuture<'a, Result<Box<dyn Running>, LaunchError>>;
}

/// A process or container that was started.
pub trait Running: Send + Sync {
    /// Ready when it has ended, with its exit code, or with why that cannot be known. Called once, right after the start;
    /// dropping the future must not end the process.
    fn exited(&self) -> BoxFuture<'static, Result<i32, String>>;

    /// Ends it, politely at first, and removes what is left of it. Ready when nothing is left. Stopping what has ended is
    /// fine.
    ///
    /// # Errors
    /// The cause, as text, when something is left.
    fn stop(&self) -> BoxFuture<'_, Result<(), String>>;
}
