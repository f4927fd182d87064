//! Which chaincode is there: registering, launching and stopping.
//!
//! Fabric: core/chaincode/chaincode_support.go and runtime_launcher.go.

mod access;
mod calls;
mod chaincode;
mod instances;
mod launch;
mod options;
mod registry;
mod start;

pub(crate) use access::Access;
pub use options::{Batching, SupportOptions};
pub(crate) use registry::Registry;

use crate::chat::Gate;
use crate::launch::Launcher;
use crate::server::Register;
use calls::Calls;
use chaincode::StreamChaincode;
use instances::Instances;
use selvedge_protos::protos::chaincode_support_server::ChaincodeSupportServer;
use selvedge_runtime::Chaincode;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{RwLock, watch};
use tokio_stream::wrappers::WatchStream;

/// How long the peer waits for its chaincode when it stops: what a process may take to heed SIGTERM, and then SIGKILL.
const PATIENCE: Duration = Duration::from_secs(10);

/// The peer's end of all chat streams.
pub struct ChaincodeSupport {
    options: SupportOptions,
    registry: Registry,
    access: Access,
    instances: Instances,
    calls: Calls,
    /// Where launches run: they are asked for by threads that know no Tokio.
    runtime: Handle,
    closing: watch::Sender<bool>,
    /// Read by every launch while it is under way.
    launches: RwLock<()>,
}

impl ChaincodeSupport {
    /// `runtime` is where streams are dialled and processes are watched.
    pub fn new(options: SupportOptions, runtime: Handle) -> Arc<Self> {
        Arc::new(Self {
            registry: Registry::new(options.dev_mode),
            access: Access::default(),
            instances: Instances::default(),
            calls: Calls::default(),
            runtime,
            closing: watch::Sender::new(false),
            launches: RwLock::default(),
            options,
        })
    }

    pub fn options(&self) -> &SupportOptions {
        &self.options
    }

    /// The chaincode that registers as `id`, launched when it is called and not there.
    pub fn chaincode(
        self: &Arc<Self>,
        id: &str,
        launcher: Arc<dyn Launcher>,
    ) -> Arc<dyn Chaincode> {
        Arc::new(StreamChaincode::new(self, id, Some(launcher)))
    }

    /// The chaincode that has registered as `id`, whoever started it. For development mode, where this comes before any
    /// installed package.
    pub fn registered(self: &Arc<Self>, id: &str) -> Option<Arc<dyn Chaincode>> {
        self.registry.handler(id)?;
        Some(Arc::new(StreamChaincode::new(self, id, None)))
    }

    /// The gRPC service that chaincode dials. `authenticated`: its listener asks for certificates that
    /// [`crate::launch::CertificateIssuer`] makes.
    pub fn server(self: &Arc<Self>, authenticated: bool) -> ChaincodeSupportServer<Register> {
        ChaincodeSupportServer::new(Register::new(Arc::clone(self), authenticated))
            .max_decoding_message_size(crate::server::MAX_MESSAGE)
            .max_encoding_message_size(crate::server::MAX_MESSAGE)
    }

    /// The chaincode whose processes the peer started and of which something is left.
    pub fn running(&self) -> Vec<String> {
        self.instances.ids()
    }

    /// Ends the process of one chaincode, if the peer started it; it is launched again when it is called.
    pub async fn stop_chaincode(&self, id: &str) {
        self.instances.stop(id).await;
    }

    /// Ends all streams and all processes that the peer started. Nothing is launched afterwards.
    pub async fn stop(&self) {
        self.closing.send_replace(true);
        let stopped = async {
            drop(self.launches.write().await);
            self.instances.stop_all().await;
        };
        if tokio::time::timeout(PATIENCE, stopped).await.is_err() {
            tracing::warn!("some chaincode goes on after the peer has stopped");
        }
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    pub(crate) fn calls(&self) -> &Calls {
        &self.calls
    }

    pub(crate) fn closing(&self) -> WatchStream<bool> {
        WatchStream::new(self.closing.subscribe())
    }

    fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// How a stream that comes in is judged.
    pub(crate) fn gate(authenticated: bool, shown: Option<[u8; 32]>) -> Gate {
        match authenticated {
            true => Gate::Certificate(shown),
            false => Gate::Open,
        }
    }
}

impl fmt::Debug for ChaincodeSupport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChaincodeSupport")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
