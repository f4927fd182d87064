use std::io::IsTerminal as _;

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::leave::leave;
use super::one_thread;

/// What a shell adds to the number of the signal that ended a command.
const BY_SIGNAL: u8 = 128;

/// Ready at SIGINT or SIGTERM, from the call on.
pub(super) fn told_to_stop() -> Result<impl Future<Output = SignalKind>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("waiting for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("waiting for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
        }
    })
}

/// Ready at Ctrl-C, a polite kill, or when the terminal is closed, from the call on.
pub(crate) fn interruption() -> Result<impl Future<Output = SignalKind>> {
    let told = told_to_stop()?;
    let mut hang_up = terminal_closed()?;
    Ok(async move {
        tokio::select! {
            signal = told => signal,
            Some(()) = async { hang_up.as_mut()?.recv().await } => SignalKind::hangup(),
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

/// From now on a signal that ends the program has it remove its [`Scratch`](crate::bench::Scratch) folders first.
///
/// # Errors
/// Signals cannot be waited for.
pub fn tidy_up_when_interrupted() -> Result<()> {
    let runtime = one_thread()?;
    let interruption = {
        let _entered = runtime.enter();
        interruption()?
    };
    let waiting = std::thread::Builder::new().name("signals".to_owned());
    let waiting = waiting.spawn(move || {
        let signal = runtime.block_on(interruption);
        leave(BY_SIGNAL + u8::try_from(signal.as_raw_value()).unwrap_or_default())
    });
    waiting.context("starting a thread that waits for signals")?;
    Ok(())
}
