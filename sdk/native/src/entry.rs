use crate::chat::{Crew, Running};
use crate::host::drop_below;
use crate::{Mode, NativeError, client, server};
use selvedge_sdk::Chaincode;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

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
    let crew = Crew::start().map_err(NativeError::Threads)?;
    let running = Running::new(Some(Arc::clone(&crew)));
    let program = async move {
        let mut terminate = signal(SignalKind::terminate()).map_err(NativeError::Signals)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(NativeError::Signals)?;
        let told = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        serve(chaincode, mode, told, running).await
    };
    crew.run(program).map_err(NativeError::Threads)?
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
    serve(chaincode, mode, told, Running::new(None)).await
}

async fn serve(
    chaincode: Chaincode,
    mode: Mode,
    told: impl Future<Output = ()> + Send,
    running: Running,
) -> Result<(), NativeError> {
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
