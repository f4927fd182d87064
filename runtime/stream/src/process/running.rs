use super::output;
use crate::launch::Running;
use futures::FutureExt;
use futures::future::BoxFuture;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// How long SIGTERM is given before SIGKILL. Fabric: core/container/externalbuilder/instance.go TermTimeout.
const TERM_TIMEOUT: Duration = Duration::from_secs(5);

/// A process and what it started, which are one process group.
pub(super) struct Process {
    group: Option<Pid>,
    exited: watch::Receiver<Option<Result<i32, String>>>,
}

impl Process {
    /// `files` stay until the process has ended.
    pub(super) fn start(chaincode: &str, mut command: Command, files: TempDir) -> io::Result<Self> {
        let mut child = command.spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(output) = child.stdout.take() {
            tokio::spawn(output::log(chaincode.to_owned(), output));
        }
        if let Some(output) = child.stderr.take() {
            tokio::spawn(output::log(chaincode.to_owned(), output));
        }
        let (tell, exited) = watch::channel(None);
        tokio::spawn(async move {
            tell.send_replace(Some(wait(child).await));
            drop(files);
        });
        Ok(Self {
            group: id.and_then(Pid::from_raw),
            exited,
        })
    }

    async fn ended_within(&self, limit: Duration) -> bool {
        let mut exited = self.exited.clone();
        let ended = exited.wait_for(Option::is_some);
        tokio::time::timeout(limit, ended).await.is_ok()
    }

    fn signal(&self, signal: Signal) {
        // The group may have ended a moment ago; what counts is that it does.
        if let Some(group) = self.group.filter(|_| self.exited.borrow().is_none()) {
            kill_process_group(group, signal).ok();
        }
    }
}

async fn wait(mut child: Child) -> Result<i32, String> {
    let status = child.wait().await.map_err(|error| error.to_string())?;
    // As Go has it, a process that a signal ended has no exit code.
    Ok(status.code().unwrap_or(-1))
}

impl Running for Process {
    fn exited(&self) -> BoxFuture<'static, Result<i32, String>> {
        let mut exited = self.exited.clone();
        async move {
            let outcome = exited.wait_for(Option::is_some).await;
            let outcome = outcome.ok().and_then(|outcome| (*outcome).clone());
            outcome.unwrap_or_else(|| Err("its exit was not seen".to_owned()))
        }
        .boxed()
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), String>> {
        async {
            self.signal(Signal::TERM);
            if self.ended_within(TERM_TIMEOUT).await {
                return Ok(());
            }
            self.signal(Signal::KILL);
            match self.ended_within(TERM_TIMEOUT).await {
                true => Ok(()),
                false => Err("it does not end".to_owned()),
            }
        }
        .boxed()
    }
}
