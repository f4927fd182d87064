use std::io::IsTerminal as _;

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::scratch;

/// What a shell says of a command that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Ctrl-C, a polite kill, or a terminal that was closed.
pub(crate) async fn interrupted() -> Result<()> {
    interruption()?.await;
    Ok(())
}

/// Ready when the program is to end; that is known from the call on.
fn interruption() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("waiting for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("waiting for SIGTERM")?;
    let mut hang_up = terminal_closed()?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            Some(()) = async { hang_up.as_mut()?.recv().await } => {}
        }
    })
}

/// Nothing where standard error is no terminal: under `nohup` the signal is to be ignored, which waiting for it would undo.
fn terminal_closed() -> Result<Option<Signal>> {
    let waiting = std::io::stderr()
        .is_terminal()
        .then(|| signal(SignalKind::hangup()));
    waiting.transpose().context("waiting for SIGHUP")
}

/// From now on a signal that ends the program has it remove its temporary folders first.
pub(super) fn tidy_up_when_interrupted() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the asynchronous runtime")?;
    let interruption = {
        let _entered = runtime.enter();
        interruption()?
    };
    let waiting = std::thread::Builder::new().name("signals".to_owned());
    let waiting = waiting.spawn(move || {
        runtime.block_on(interruption);
        scratch::remove_all();
        std::process::exit(INTERRUPTED);
    });
    waiting.context("starting a thread that waits for signals")?;
    Ok(())
}
