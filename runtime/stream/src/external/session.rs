//! A builder's `run`, for as long as it runs. Fabric: core/container/externalbuilder/externalbuilder.go Run, instance.go
//! Stop.

use super::command::{name, print};
use super::go_error::{exit_text, path_error};
use super::settings::{ExternalBuilder, ExternalSettings};
use super::untar::write;
use super::workspace::program;
use crate::launch::{Introduction, Running};
use futures::FutureExt;
use futures::future::BoxFuture;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// How long a process may take to end after SIGTERM, and again after SIGKILL.
const PATIENCE: Duration = Duration::from_secs(5);

/// `chaincode.json`.
#[derive(Serialize)]
struct RunMetadata<'a> {
    chaincode_id: &'a str,
    peer_address: &'a str,
    client_cert: &'a str,
    client_key: &'a str,
    root_cert: &'a str,
    mspid: &'a str,
}

pub(super) struct Session {
    chaincode: String,
    signals: mpsc::UnboundedSender<Signal>,
    ended: watch::Receiver<Option<Result<i32, String>>>,
}

impl Session {
    /// Must be called on Tokio.
    pub(super) fn start(
        settings: &ExternalSettings,
        builder: &ExternalBuilder,
        built: &Path,
        introduction: &Introduction,
    ) -> Result<Self, String> {
        let directory = tempfile::Builder::new()
            .prefix("fabric-run")
            .tempdir_in(&settings.scratch)
            .map_err(|e| format!("could not create temp run dir: {e}"))?;
        let json = serde_json::to_vec(&metadata(introduction))
            .map_err(|e| format!("could not marshal run config: {e}"))?;
        write(&directory.path().join("chaincode.json"), &json, 0o600)
            .map_err(|cause| format!("could not write root cert: {cause}"))?;
        let run = program(builder, "run");
        let started = Command::new(&run)
            .arg(built)
            .arg(directory.path())
            .env_clear()
            .envs(settings.environment_of(builder))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // A group of its own, so that what it starts ends with it.
            .process_group(0)
            .spawn();
        let mut child = started.map_err(|e| {
            let cause = path_error("fork/exec", &run, &e);
            format!("builder '{}' run failed to start: {cause}", builder.name)
        })?;
        if let Some(output) = child.stderr.take() {
            tokio::spawn(log(builder.name.clone(), name(&run), output));
        }
        let (signals, asked) = mpsc::unbounded_channel();
        let (ending, ended) = watch::channel(None);
        tokio::spawn(watch_over(
            child,
            directory,
            builder.name.clone(),
            asked,
            ending,
        ));
        Ok(Self {
            chaincode: introduction.chaincode_id.clone(),
            signals,
            ended,
        })
    }

    async fn end(&self) -> Result<(), String> {
        for signal in [Signal::TERM, Signal::KILL] {
            // Nobody listens to signals any more when it has ended.
            if self.signals.send(signal).is_err() {
                return Ok(());
            }
            if timeout(PATIENCE, end_of(self.ended.clone())).await.is_ok() {
                return Ok(());
            }
        }
        Err(format!("failed to stop instance '{}'", self.chaincode))
    }
}

impl Running for Session {
    fn exited(&self) -> BoxFuture<'static, Result<i32, String>> {
        end_of(self.ended.clone()).boxed()
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), String>> {
        self.end().boxed()
    }
}

fn metadata(introduction: &Introduction) -> RunMetadata<'_> {
    let tls = introduction.tls.as_ref();
    RunMetadata {
        chaincode_id: &introduction.chaincode_id,
        peer_address: &introduction.peer_address,
        client_cert: tls.map_or("", |tls| &tls.certificate),
        client_key: tls.map_or("", |tls| &tls.key),
        root_cert: tls.map_or("", |tls| &tls.root),
        mspid: &introduction.msp_id,
    }
}

async fn end_of(mut ended: watch::Receiver<Option<Result<i32, String>>>) -> Result<i32, String> {
    match ended.wait_for(Option::is_some).await {
        Ok(result) => result.clone().unwrap_or(Ok(0)),
        Err(_) => Err("the process is no longer watched".to_owned()),
    }
}

/// Waits for the process and hands signals to it; nobody else may, since its number is another's once it was waited for.
async fn watch_over(
    mut child: Child,
    directory: TempDir,
    builder: String,
    mut asked: mpsc::UnboundedReceiver<Signal>,
    ending: watch::Sender<Option<Result<i32, String>>>,
) {
    let group = child
        .id()
        .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            Some(signal) = asked.recv() => {
                if let Some(group) = group && let Err(error) = kill_process_group(group, signal) {
                    tracing::warn!(builder, %error, "a signal to run");
                }
            }
        }
    };
    drop(directory);
    let result = match status {
        Ok(status) if status.success() => Ok(0),
        Ok(status) => Err(format!(
            "builder '{builder}' run failed: {}",
            exit_text(status)
        )),
        Err(error) => Err(format!("builder '{builder}' run failed: {error}")),
    };
    ending.send_replace(Some(result));
}

async fn log(builder: String, command: String, output: impl AsyncRead + Unpin) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while let Ok(1..) = output.read_until(b'\n', &mut line).await {
        print(&builder, &command, &String::from_utf8_lossy(&line));
        line.clear();
    }
}
