//! A peer that serves streams, and calls of its chaincode.

use super::{Shared, TestHost};
use futures::future::{self, BoxFuture};
use parking_lot::Mutex;
use selvedge_interface::{Input, Response};
use selvedge_runtime::{Call, Chaincode, ExecuteError};
use selvedge_stream::launch::{Introduction, LaunchError, Launcher, Running};
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

pub struct Peer {
    pub support: Arc<ChaincodeSupport>,
    pub address: SocketAddr,
    server: JoinHandle<()>,
}

impl Peer {
    pub async fn start(change: impl FnOnce(&mut SupportOptions)) -> Self {
        Self::start_with_pings(Duration::from_secs(3600), change).await
    }

    /// Asks silent clients after `ping` whether they are there, and waits as long for an answer.
    pub async fn start_with_pings(
        ping: Duration,
        change: impl FnOnce(&mut SupportOptions),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut options = SupportOptions::new(address.to_string(), "Org1MSP");
        options.startup_timeout = Duration::from_secs(60);
        change(&mut options);
        let support = ChaincodeSupport::new(options, Handle::current());
        let service = support.server(false);
        let server = tokio::spawn(async move {
            Server::builder()
                .http2_keepalive_interval(Some(ping))
                .http2_keepalive_timeout(Some(ping))
                .initial_stream_window_size(1 << 20)
                .initial_connection_window_size(4 << 20)
                .add_service(service)
                .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
                .await
                .unwrap();
        });
        Self {
            support,
            address,
            server,
        }
    }

    /// In development mode, where chaincode comes by itself.
    pub async fn open() -> Self {
        Self::start(|options| options.dev_mode = true).await
    }

    /// A chaincode whose process is a task of the test: `run` is started at every launch.
    pub fn chaincode<F>(
        &self,
        id: &str,
        run: impl Fn(Introduction) -> F + Send + Sync + 'static,
    ) -> (Arc<dyn Chaincode>, Arc<Tasks>)
    where
        F: Future<Output = i32> + Send + 'static,
    {
        let tasks = tasks(run);
        let launcher = Arc::clone(&tasks) as Arc<dyn Launcher>;
        (self.support.chaincode(id, launcher), tasks)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A launcher that runs `run` at every launch.
pub fn tasks<F>(run: impl Fn(Introduction) -> F + Send + Sync + 'static) -> Arc<Tasks>
where
    F: Future<Output = i32> + Send + 'static,
{
    Arc::new(Tasks {
        run: Box::new(move |introduction| Box::pin(run(introduction))),
        launched: AtomicUsize::new(0),
    })
}

type Run = Box<dyn Fn(Introduction) -> BoxFuture<'static, i32> + Send + Sync>;

/// Launches tasks instead of processes.
pub struct Tasks {
    run: Run,
    pub launched: AtomicUsize,
}

struct Task {
    task: tokio::task::AbortHandle,
    exited: Mutex<Option<JoinHandle<i32>>>,
}

impl Launcher for Tasks {
    fn launch<'a>(
        &'a self,
        introduction: &'a Introduction,
    ) -> BoxFuture<'a, Result<Box<dyn Running>, LaunchError>> {
        self.launched.fetch_add(1, Ordering::SeqCst);
        let handle = tokio::spawn((self.run)(introduction.clone()));
        let task = Task {
            task: handle.abort_handle(),
            exited: Mutex::new(Some(handle)),
        };
        Box::pin(future::ready(Ok(Box::new(task) as Box<dyn Running>)))
    }
}

impl Running for Task {
    fn exited(&self) -> BoxFuture<'static, Result<i32, String>> {
        let handle = self.exited.lock().take().unwrap();
        Box::pin(async move { handle.await.map_err(|error| error.to_string()) })
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), String>> {
        self.task.abort();
        Box::pin(future::ready(Ok(())))
    }
}

pub type Executed = JoinHandle<Result<Response, ExecuteError>>;

/// Executes on a thread of its own, as the peer does.
pub fn execute(chaincode: &Arc<dyn Chaincode>, world: &Shared, tx_id: &str) -> Executed {
    execute_within(
        Duration::from_secs(60),
        chaincode,
        TestHost::new(world, tx_id),
    )
}

pub fn execute_within(
    time_limit: Duration,
    chaincode: &Arc<dyn Chaincode>,
    host: TestHost,
) -> Executed {
    let chaincode = Arc::clone(chaincode);
    let input = Input {
        args: vec!["invoke".into()],
        is_init: false,
    };
    let call = Call {
        time_limit,
        ..Call::new("cc", input)
    };
    tokio::task::spawn_blocking(move || chaincode.execute(call, Box::new(host)))
}
