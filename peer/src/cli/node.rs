//! `node start`. Fabric: internal/peer/node/start.go.

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::args::{Node, NodeStartArgs};
use super::core_config::CoreConfig;
use super::log;
use crate::node::{ChaincodeListener, NodeConfig, RawConfig, run as run_peer};

pub(super) fn run(config: CoreConfig, command: Node) -> Result<()> {
    match command {
        Node::Start(args) => start(&config, &args),
    }
}

/// Serves until SIGINT or SIGTERM.
fn start(core: &CoreConfig, args: &NodeStartArgs) -> Result<()> {
    log::start();
    let NodeConfig {
        names,
        listen_address,
        chaincode_listener,
        mut options,
    } = {
        let mut raw = RawConfig::read(core)?;
        raw.chaincode.dev_mode |= args.chaincode_dev;
        raw.settle()?
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime
        .context("starting the asynchronous runtime")?
        .block_on(async {
            let listener = TcpListener::bind(&listen_address).await;
            let listener = listener.with_context(|| format!("listening on {listen_address}"))?;
            options.chaincode.listener = chaincode_listener.map(listen).transpose()?.flatten();
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

/// The listener for chaincode. Without one that nobody asked for, the peer runs all the same: two peers on one host
/// have Fabric's default port between them.
fn listen(listener: ChaincodeListener) -> Result<Option<std::net::TcpListener>> {
    let ChaincodeListener { address, required } = listener;
    match std::net::TcpListener::bind(&address) {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if required => {
            Err(error).with_context(|| format!("listening for chaincode on {address}"))
        }
        Err(error) => {
            tracing::warn!(address, %error, "chaincode cannot dial this peer; set peer.chaincodeListenAddress");
            Ok(None)
        }
    }
}
