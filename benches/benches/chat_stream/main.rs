//! The chat stream: what a round trip and a transaction cost, without endorsing. The chaincode is a process of its own,
//! so that the CPU time of this one is the peer's.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use bytes::Bytes;
use cpu_time::ProcessTime;
use criterion::{Criterion, Throughput, criterion_group};
use parking_lot::Mutex;
use selvedge_benches::outside::{chaincode, launcher};
use selvedge_interface::{
    Change, Cursor, Host, HostResult, Input, Level, MetadataEntry, Modifications, Page,
    PageRequest, Response, Scan, Selection, Space, Transaction, Write,
};
use selvedge_protos::protos::chaincode_support_server::ChaincodeSupportServer;
use selvedge_runtime::{Call, Chaincode};
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// Callers at once, as in the figures for the Go peer.
const CLIENTS: u64 = 32;
/// Reads in the transaction that round trips are measured by.
const READS: u64 = 100;

/// Answers at once: what the ledger costs is measured elsewhere.
struct Nothing {
    transaction: Transaction,
    value: Bytes,
}

impl Nothing {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let tx_id = format!("{:064x}", NEXT.fetch_add(1, Ordering::Relaxed));
        Self {
            transaction: Transaction {
                tx_id,
                channel_id: "bench".to_owned(),
                ..Transaction::default()
            },
            value: Bytes::from_static(&[b'v'; 100]),
        }
    }
}

impl Host for Nothing {
    fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    fn get_state(&mut self, _: Space<'_>, _: &str) -> HostResult<Option<Bytes>> {
        Ok(Some(self.value.clone()))
    }

    fn get_multiple_states(
        &mut self,
        _: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        Ok(vec![Some(self.value.clone()); keys.len()])
    }

    fn get_private_data_hash(&mut self, _: &str, _: &str) -> HostResult<Option<Bytes>> {
        Ok(None)
    }

    fn write(&mut self, _: Space<'_>, _: &str, _: Change) -> HostResult<()> {
        Ok(())
    }

    fn write_batch(&mut self, _: Vec<Write>) -> HostResult<()> {
        Ok(())
    }

    fn get_state_metadata(&mut self, _: Space<'_>, _: &str) -> HostResult<Vec<MetadataEntry>> {
        Ok(Vec::new())
    }

    fn open(&mut self, _: Selection<'_>) -> HostResult<Scan> {
        Ok(Scan::default())
    }

    fn page(&mut self, _: Selection<'_>, _: PageRequest<'_>) -> HostResult<Page> {
        Ok(Page::default())
    }

    fn history(&mut self, _: &str) -> HostResult<Modifications> {
        Ok(Modifications::default())
    }

    fn next(&mut self, _: Cursor) -> HostResult<Scan> {
        Ok(Scan::default())
    }

    fn next_modifications(&mut self, _: Cursor) -> HostResult<Modifications> {
        Ok(Modifications::default())
    }

    fn close(&mut self, _: Cursor) {}

    fn invoke_chaincode(&mut self, _: &str, _: &str, _: Vec<Bytes>) -> Response {
        Response::error("there is no other chaincode")
    }

    fn set_event(&mut self, _: &str, _: Bytes) {}

    fn log(&mut self, _: Level, _: &str) {}
}

fn execute(chaincode: &Arc<dyn Chaincode>, args: &[&'static str]) {
    let input = Input {
        args: args
            .iter()
            .map(|arg| Bytes::from_static(arg.as_bytes()))
            .collect(),
        is_init: false,
    };
    let response = chaincode.execute(Call::new("bench", input), Box::new(Nothing::new()));
    assert_eq!(response.unwrap().status, Response::OK);
}

/// All callers together make `times` transactions.
fn at_once(chaincode: &Arc<dyn Chaincode>, times: u64) {
    let left = Mutex::new(times);
    let take = || {
        let mut left = left.lock();
        *left = left.checked_sub(1)?;
        Some(())
    };
    thread::scope(|scope| {
        for _ in 0..CLIENTS.min(times) {
            scope.spawn(|| {
                while take().is_some() {
                    execute(chaincode, &["get-put", "7"]);
                }
            });
        }
    });
}

struct Peer {
    runtime: Runtime,
    support: Arc<ChaincodeSupport>,
    chaincode: Arc<dyn Chaincode>,
}

impl Peer {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let options = SupportOptions::new(address, "Org1MSP");
        let support = ChaincodeSupport::new(options, runtime.handle().clone());
        let service: ChaincodeSupportServer<_> = support.server(false);
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let router = Server::builder().add_service(service);
        runtime.spawn(router.serve_with_incoming(incoming));
        let program = std::env::current_exe().unwrap();
        let chaincode = support.chaincode("bench:1", Arc::new(launcher(&program)));
        execute(&chaincode, &["empty"]);
        Self {
            runtime,
            support,
            chaincode,
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.runtime.block_on(self.support.stop());
    }
}

fn chat_stream(criterion: &mut Criterion) {
    let peer = Peer::start();
    let mut group = criterion.benchmark_group("chat stream");
    group.measurement_time(Duration::from_secs(3));
    group.throughput(Throughput::Elements(READS));
    group.bench_function("100 gets, one caller", |bencher| {
        bencher.iter(|| execute(&peer.chaincode, &["gets", "100"]));
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("1 get 1 put, one caller", |bencher| {
        bencher.iter(|| execute(&peer.chaincode, &["get-put", "7"]));
    });
    group.bench_function("1 get 1 put, 32 callers", |bencher| {
        bencher.iter_custom(|times| {
            let start = Instant::now();
            at_once(&peer.chaincode, times);
            start.elapsed()
        });
    });
    group.bench_function("1 get 1 put, 32 callers, the peer's CPU", |bencher| {
        bencher.iter_custom(|times| {
            let start = ProcessTime::now();
            at_once(&peer.chaincode, times);
            start.elapsed()
        });
    });
    group.finish();
}

criterion_group!(benches, chat_stream);

fn main() -> ExitCode {
    if let Some(code) = chaincode() {
        return code;
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
    ExitCode::SUCCESS
}
