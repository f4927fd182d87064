//! The chat stream: what a round trip and a transaction cost, without endorsing. The chaincode is a process of its own,
//! so that the CPU time of this one is the peer's.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod floor;
mod nothing;
mod thread;
mod tls;

use bytes::Bytes;
use cpu_time::ProcessTime;
use criterion::{Criterion, Throughput, criterion_group};
use floor::Floor;
use nothing::Nothing;
use parking_lot::Mutex;
use selvedge_benches::outside::{chaincode, launcher};
use selvedge_interface::{Input, Response};
use selvedge_runtime::{Call, Chaincode};
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use thread::Thread;
use tls::Listening;

/// Callers at once, as in the figures for the Go peer.
const CLIENTS: u64 = 32;
/// Reads in the transaction that round trips are measured by.
const READS: u64 = 100;

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
    std::thread::scope(|scope| {
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
    thread: Thread,
    support: Arc<ChaincodeSupport>,
    chaincode: Arc<dyn Chaincode>,
}

impl Peer {
    fn start(tls: bool) -> Self {
        let thread = Thread::start();
        let listening = Listening::open(tls, &thread.handle);
        let mut options = SupportOptions::new(listening.address.to_string(), "Org1MSP");
        options.issuer = listening.issuer.clone().map(|issuer| issuer as _);
        let support = ChaincodeSupport::new(options, thread.handle.clone());
        thread
            .handle
            .spawn(listening.serve(support.server(tls), tls));
        let program = std::env::current_exe().unwrap();
        let chaincode = support.chaincode("bench:1", Arc::new(launcher(&program)));
        execute(&chaincode, &["empty"]);
        Self {
            thread,
            support,
            chaincode,
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let (stopped, wait) = channel();
        let support = Arc::clone(&self.support);
        self.thread.handle.spawn(async move {
            support.stop().await;
            stopped.send(()).ok();
        });
        wait.recv().ok();
    }
}

fn chat_stream(criterion: &mut Criterion) {
    for (tls, wire) in [(false, "plain"), (true, "TLS")] {
        let (floor, peer) = (Floor::start(tls), Peer::start(tls));
        let mut group = criterion.benchmark_group(format!("chat stream, {wire}"));
        group.measurement_time(Duration::from_secs(3));
        group.throughput(Throughput::Elements(READS));
        group.bench_function("100 times there and back, bare", |bencher| {
            bencher.iter(|| floor.reads(READS));
        });
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
}

criterion_group!(benches, chat_stream);

fn main() -> ExitCode {
    if let Some(code) = chaincode().or_else(floor::other_end) {
        return code;
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
    ExitCode::SUCCESS
}
