use super::Gateway;
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::{Builder, Runtime};

/// Clients that listen to the events of the benchmarks' contract, on a thread of their own. They end when dropped.
pub struct Listeners {
    runtime: Option<Runtime>,
    heard: Arc<AtomicU64>,
}

/// Runs this thread only when no other wants the processor. On Linux a thread has a priority of its own.
fn stand_back() {
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        eprintln!("the listeners take processor time from the peer: {error}");
    }
}

/// Streams that share a connection.
const TOGETHER: usize = 50;

impl Listeners {
    pub fn start(gateway: &Gateway, count: usize) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("listeners")
            // Theirs are other machines: what they do with their events takes nothing from the peer.
            .on_thread_start(stand_back)
            .enable_all()
            .build()?;
        let heard = Arc::new(AtomicU64::new(0));
        let endpoint = gateway.endpoint(0)?;
        let applications = gateway.applications(1)?;
        let mut left = count;
        while left > 0 {
            let connection = runtime.block_on(selvedge_peer::client::connect(&endpoint))?;
            let application = applications[0].over(connection);
            for _ in 0..left.min(TOGETHER) {
                let mut stream = runtime.block_on(application.events())?;
                let heard = Arc::clone(&heard);
                runtime.spawn(async move {
                    while let Ok(Some(response)) = stream.message().await {
                        let events = u64::try_from(response.events.len()).unwrap_or(u64::MAX);
                        heard.fetch_add(events, Ordering::Relaxed);
                    }
                });
            }
            left -= left.min(TOGETHER);
        }
        Ok(Self {
            runtime: Some(runtime),
            heard,
        })
    }

    /// Events that all of them together have had.
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
