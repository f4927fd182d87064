use super::Closing;
use super::server::{ServeError, ServerTls, Serving, Wire};
use selvedge_wire::Services;
use std::net::{self, SocketAddr};
use std::num::NonZero;
use std::{io, thread};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The threads that carry the streams of chaincode; they end with this.
///
/// A request over a stream is answered where it is read. On the peer's own runtime the thread that reads wakes another
/// each time, to look for work that there is not: here nothing wakes anybody between the socket and the answer.
#[derive(Debug)]
pub(super) struct Chats {
    runtimes: Vec<Handle>,
    _ends: Vec<oneshot::Sender<()>>,
}

/// How many threads: one carries some 40,000 transactions of a read and a write in a second, more than four cores
/// endorse.
fn count() -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    (cores / 4).clamp(1, 8)
}

impl Chats {
    pub(super) fn start() -> io::Result<Self> {
        let mut chats = Self {
            runtimes: Vec::new(),
            _ends: Vec::new(),
        };
        for _ in 0..count() {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let (end, ended) = oneshot::channel::<()>();
            chats.runtimes.push(runtime.handle().clone());
            chats._ends.push(end);
            let carry = move || {
                // The sender is dropped, not used.
                let _ = runtime.block_on(ended);
            };
            thread::Builder::new()
                .name("chats".to_owned())
                .spawn(carry)?;
        }
        Ok(chats)
    }

    /// For streams that the peer opens.
    pub(super) fn any(&self) -> Option<Handle> {
        self.runtimes.first().cloned()
    }

    /// Serves on every thread: whichever is free accepts a connection and keeps it.
    pub(super) fn serve(
        &self,
        wire: &Wire,
        services: &Services,
        listener: &net::TcpListener,
        tls: Option<&ServerTls>,
        closing: &Closing,
    ) -> Result<Served, ServeError> {
        let address = listener.local_addr().map_err(ServeError::Address)?;
        let mut servers = Vec::new();
        for runtime in &self.runtimes {
            let _spawn_there = runtime.enter();
            let own = listener
                .try_clone()
                .and_then(TcpListener::from_std)
                .map_err(ServeError::Listener)?;
            servers.push(Serving::start_over(
                wire.clone(),
                services.clone(),
                own,
                tls,
                closing.clone(),
            )?);
        }
        Ok(Served { address, servers })
    }
}

/// One listener, on several threads.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) address: SocketAddr,
    servers: Vec<Serving>,
}

impl Served {
    /// Waits for the end of the requests under way.
    pub(super) async fn ended(self) {
        for server in self.servers {
            server.ended().await;
        }
    }
}
