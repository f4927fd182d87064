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
        .max_blocking_threads(threads(options.serve.endorser_limit))
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

/// Every proposal waits for its chaincode on a thread of its own. There must be one for each that is let in, or a
/// chaincode that does not answer would hold up those of all others; and some to spare, since launching and looking up
/// names, which what waits may be waiting for, need threads, too. Threads are made when they are needed.
fn threads(endorser_limit: usize) -> usize {
    const SPARE: usize = 512;
    const UNLIMITED: usize = 16_384;
    match endorser_limit {
        0 => UNLIMITED,
        limit => limit.saturating_add(SPARE),
    }
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
