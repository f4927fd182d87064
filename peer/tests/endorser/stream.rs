//! The script chaincode at the other end of a chat stream, in this process.

use selvedge_native::{ClientConfig, Mode, run};
use selvedge_runtime::{Chaincode, PackageId};
use selvedge_stream::launch::{Introduction, LaunchError, Launcher, Running};
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

static REACTOR: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A peer's end of the stream for one package of one organisation: the same package of another has another.
pub(crate) fn chaincode(id: &PackageId) -> Arc<dyn Chaincode> {
    let listener = REACTOR.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let support = ChaincodeSupport::new(
        SupportOptions::new(address, "Org1MSP"),
        REACTOR.handle().clone(),
    );
    let serving = Server::builder()
        .add_service(support.server(false))
        .serve_with_incoming(TcpListenerStream::new(listener));
    REACTOR.spawn(serving);
    support.chaincode(id.as_str(), Arc::new(Program))
}

struct Program;

impl Launcher for Program {
    fn launch<'a>(
        &'a self,
        introduction: &'a Introduction,
    ) -> BoxFuture<'a, Result<Box<dyn Running>, LaunchError>> {
        let config = ClientConfig {
            chaincode_id: introduction.chaincode_id.clone(),
            peer: introduction.peer_address.clone(),
            tls: None,
        };
        let stop = watch::Sender::new(false);
        let mut told = stop.subscribe();
        tokio::spawn(async move {
            let told = async move {
                // An error: nobody is left to tell.
                let _ = told.wait_for(|told| *told).await;
            };
            let ended = run(script::CHAINCODE, Mode::Client(config), told).await;
            ended.inspect_err(|error| eprintln!("the chaincode ended: {error}"))
        });
        Box::pin(async move { Ok(Box::new(Started(stop)) as Box<dyn Running>) })
    }
}

struct Started(watch::Sender<bool>);

impl Running for Started {
    fn exited(&self) -> BoxFuture<'static, Result<i32, String>> {
        // Nothing of this test ends it.
        Box::pin(std::future::pending())
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), String>> {
        self.0.send_replace(true);
        Box::pin(async { Ok(()) })
    }
}
