//! `node start`. Fabric: internal/peer/node/start.go.

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::args::Node;
use super::core_config::CoreConfig;
use super::log;
use crate::node::{NodeConfig, RawConfig, run as run_peer};

pub(super) fn run(config: CoreConfig, command: Node) -> Result<()> {
    match command {
        Node::Start => start(&config),
    }
}

/// Serves until SIGINT or SIGTERM.
fn start(core: &CoreConfig) -> Result<()> {
    log::start();
    let NodeConfig {
        names,
        listen_address,
        options,
    } = RawConfig::read(core)?.settle()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime
        .context("starting the asynchronous runtime")?
        .block_on(async {
            let listener = TcpListener::bind(&listen_address).await;
            let listener = listener.with_context(|| format!("listening on {listen_address}"))?;
            let mut interrupt = signal(SignalKind::interrupt()).context("waiting for SIGINT")?;
            let mut terminate = signal(SignalKind::terminate()).context("waiting for SIGTERM")?;
            let stopped = async move {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            };
            Ok(run_peer(options, &names, listener, stopped).await?)
        })
}
