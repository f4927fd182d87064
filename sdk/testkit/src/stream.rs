//! A contract at the other end of Fabric's chat stream: a service in this process, which the peer's own end dials.

use crate::must::must;
use selvedge_native::{Mode, ServerConfig};
use selvedge_sdk::Chaincode;
use selvedge_stream::ccaas::Remote;
use selvedge_stream::launch::Service;
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How often a service is looked for.
const ATTEMPTS: u32 = 1000;

/// What carries the streams of all tests.
struct Streams {
    runtime: Runtime,
    support: Arc<ChaincodeSupport>,
}

fn streams() -> &'static Streams {
    static STREAMS: OnceLock<Streams> = OnceLock::new();
    STREAMS.get_or_init(|| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let runtime = must("starting threads for streams", runtime);
        let options = SupportOptions::new("127.0.0.1:0", "Org1MSP");
        let support = ChaincodeSupport::new(options, runtime.handle().clone());
        Streams { runtime, support }
    })
}

/// Serves the contract on a port of this machine.
pub(crate) fn serve(chaincode: Chaincode) -> Arc<dyn selvedge_runtime::Chaincode> {
    static SERVED: AtomicU64 = AtomicU64::new(0);
    let number = SERVED.fetch_add(1, Ordering::Relaxed);
    let id = format!("{}:{number}", chaincode.crate_name());
    let address = free_address();
    let config = ServerConfig {
        chaincode_id: id.clone(),
        address: address.clone(),
        tls: None,
    };
    let streams = streams();
    let serving = selvedge_native::run(chaincode, Mode::Server(config), std::future::pending());
    let serving = streams.runtime.spawn(serving);
    for _ in 0..ATTEMPTS {
        if TcpStream::connect(&address).is_ok() {
            let remote = Arc::new(Remote::new(Service::plain(address)));
            return streams.support.chaincode(&id, remote);
        }
        assert!(
            !serving.is_finished(),
            "the service of {id} cannot listen on {address}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the service of {id} does not answer at {address}");
}

/// One that the system says is free.
fn free_address() -> String {
    let listener = must("looking for a free port", TcpListener::bind("127.0.0.1:0"));
    must("looking for a free port", listener.local_addr()).to_string()
}
