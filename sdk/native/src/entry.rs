use crate::chat::Running;
use crate::host::drop_below;
use crate::{Mode, NativeError, client, server};
use selvedge_sdk::Chaincode;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// How many transactions run at once. Far more than a peer endorses (2,500 by Fabric's default): a transaction that
/// waits for a thread while its caller, in the same program, waits for it would wait for ever.
const THREADS: usize = 8192;

/// What a contract may nest. Threads take address space for it, and memory only for what they touch.
const STACK: usize = 8 << 20;

/// How long running transactions may take to finish after SIGTERM. Peers kill what still runs after five seconds.
const GRACE: Duration = Duration::from_secs(3);

/// The whole program: reads the command line and the environment, serves transactions, ends on SIGTERM or SIGINT with
/// 0 and on everything else with 1 and a line on standard error.
pub fn main(chaincode: Chaincode) -> ExitCode {
    match start(chaincode) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chaincode {}: {error}", chaincode.crate_name());
            ExitCode::FAILURE
        }
    }
}

fn start(chaincode: Chaincode) -> Result<(), NativeError> {
    let environment = |name: &str| std::env::var(name).ok();
    let mode = Mode::read(std::env::args().skip(1), environment)?;
    if let Some(level) = environment("CORE_CHAINCODE_LOGGING_LEVEL") {
        drop_below(&level);
    }
    let runtime = threads().map_err(NativeError::Threads)?;
    let outcome = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(NativeError::Signals)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(NativeError::Signals)?;
        let told = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        run(chaincode, mode, told).await
    });
    // A transaction that never ends must not keep the process.
    runtime.shutdown_background();
    outcome
}

/// One thread carries messages; every transaction has another. Messages are few and small, and on one thread the parts
/// of a connection hand over to each other without waking anyone.
fn threads() -> std::io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(THREADS)
        .thread_stack_size(STACK)
        .thread_name("transaction")
        .build()
}

/// Serves `chaincode` until `told` is done, then lets running transactions finish for up to three seconds. For
/// programs with a `main` of their own; must run on a tokio runtime with I/O and time.
///
/// # Errors
/// In client mode whenever the connection ends, since nobody would dial again; as a service when it cannot listen.
pub async fn run(
    chaincode: Chaincode,
    mode: Mode,
    told: impl Future<Output = ()> + Send,
) -> Result<(), NativeError> {
    let running = Running::default();
    match mode {
        Mode::Client(config) => tokio::select! {
            ended = client::chat(chaincode, &config, &running) => return ended,
            () = until_idle(told, &running) => {}
        },
        Mode::Server(config) => {
            let idle = running.clone();
            server::serve(chaincode, config, running, until_idle(told, &idle)).await?;
        }
    }
    Ok(())
}

async fn until_idle(told: impl Future<Output = ()>, running: &Running) {
    told.await;
    if tokio::time::timeout(GRACE, running.idle()).await.is_err() {
        eprintln!(
            "{} transactions did not finish in {} seconds and are abandoned",
            running.count(),
            GRACE.as_secs()
        );
    }
}
