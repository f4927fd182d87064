//! `node start`. Fabric: internal/peer/node/start.go.

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::args::{Node, NodeStartArgs};
use super::core_config::CoreConfig;
use crate::logging::{LogControl, LogFormat, start_logging};
use crate::node::{
    ChaincodeListener, NodeConfig, NodeOptions, OperationsListener, RawConfig, run as run_peer,
};
use crate::operations::{OperationsOptions, OperationsServer};

pub(super) fn run(config: CoreConfig, command: Node) -> Result<()> {
    match command {
        Node::Start(args) => start(&config, &args),
    }
}

/// Serves until SIGINT or SIGTERM.
fn start(core: &CoreConfig, args: &NodeStartArgs) -> Result<()> {
    let log = start_log(core)?;
    let NodeConfig {
        names,
        listen_address,
        chaincode_listener,
        operations,
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
            let operations = match operations {
                Some(listener) => Some(serve_operations(listener, &options, log).await?),
                None => None,
            };
            options.chaincode.listener = chaincode_listener.map(listen).transpose()?.flatten();
            let mut interrupt = signal(SignalKind::interrupt()).context("waiting for SIGINT")?;
            let mut terminate = signal(SignalKind::terminate()).context("waiting for SIGTERM")?;
            let stopped = async move {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            };
            run_peer(options, &names, listener, stopped).await?;
            if let Some(operations) = operations {
                operations.stop().await;
            }
            Ok(())
        })
}

/// FABRIC_LOGGING_SPEC and FABRIC_LOGGING_FORMAT. Fabric: internal/peer/common/common.go InitCmd.
fn start_log(core: &CoreConfig) -> Result<LogControl> {
    let variable = |name| core.variable(name).unwrap_or_default();
    let format = LogFormat::named(variable("FABRIC_LOGGING_FORMAT"));
    let log = start_logging(variable("FABRIC_LOGGING_SPEC"), format)?;
    if core.variable("CORE_LOGGING_LEVEL").is_some() {
        // Fabric's text.
        tracing::warn!(
            "CORE_LOGGING_LEVEL is no longer supported, please use the FABRIC_LOGGING_SPEC environment variable"
        );
    }
    Ok(log)
}

/// Answers operators, and does so while the peer is still starting.
async fn serve_operations(
    listener: OperationsListener,
    options: &NodeOptions,
    log: LogControl,
) -> Result<OperationsServer> {
    let OperationsListener {
        address,
        tls,
        metrics,
    } = listener;
    // Fabric's text.
    let failed = || format!("failed to initialize operations subsystem: listening on {address}");
    let listener = TcpListener::bind(&address).await.with_context(failed)?;
    let served = OperationsOptions {
        tls,
        metrics,
        log,
        clock: options.clock.clone(),
        ..OperationsOptions::default()
    };
    let server = OperationsServer::start(&options.operations, listener, served)?;
    tracing::info!("operations endpoint on {}", server.address());
    Ok(server)
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
