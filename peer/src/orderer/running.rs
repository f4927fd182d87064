use super::{AtomicBroadcastService, Orderer};
use crate::node::{Clock, Close, MAX_MESSAGE, ServeError, ServerTls, Serving};
use selvedge_protos::orderer::atomic_broadcast_server::AtomicBroadcastServer;
use selvedge_wire::Services;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// An orderer at work.
#[derive(Debug)]
pub struct RunningOrderer {
    orderer: Arc<Orderer>,
    serving: Serving,
    close: Close,
}

impl RunningOrderer {
    /// Serves on `listener`. Without `tls` in plain text.
    pub fn start(
        orderer: Arc<Orderer>,
        clock: Clock,
        listener: TcpListener,
        tls: Option<&ServerTls>,
    ) -> Result<Self, ServeError> {
        let (close, closing) = Close::new();
        let service = AtomicBroadcastService::new(Arc::clone(&orderer), clock, closing.clone());
        let service = AtomicBroadcastServer::new(service)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let serving = Serving::start(Services::of(service), listener, tls, closing)?;
        Ok(Self {
            orderer,
            serving,
            close,
        })
    }

    pub fn orderer(&self) -> &Arc<Orderer> {
        &self.orderer
    }

    pub fn address(&self) -> SocketAddr {
        self.serving.address()
    }

    /// Takes no more messages; every admitted one is in a block when this returns.
    pub async fn stop(self) {
        self.close.now();
        self.orderer.stop().await;
        self.serving.ended().await;
    }
}
