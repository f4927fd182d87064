//! `node start|reset|rollback|pause|resume|rebuild-dbs|unjoin|upgrade-dbs`. Fabric: internal/peer/node.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;

use super::args::{ChannelFlag, Node, NodeStartArgs};
use super::core_config::CoreConfig;
use super::interrupt::told_to_stop;
use super::note;
use crate::logging::{LogControl, LogFormat, start_logging_beside};
use crate::node::{
    ChaincodeListener, NodeConfig, NodeOptions, Offline, OfflineError, OperationsListener, Peer,
    RawConfig, run as run_peer,
};
use crate::operations::{OperationsOptions, OperationsServer, Statsd, StatsdOptions};
use crate::page::{Audience, LogLines, LogTap, Page, below};

pub(super) fn run(config: CoreConfig, command: Node) -> Result<()> {
    match command {
        Node::Start(args) => start(&config, &args),
        Node::Reset => offline(&config, |ledgers| {
            let channels = ledgers.reset()?;
            for channel in channels {
                note(&format!(
                    "The channel [{channel}] has been reset to the genesis block"
                ));
            }
            note("All channel ledgers have been successfully reset to the genesis block");
            Ok(())
        }),
        Node::Rollback(args) => on_channel(&config, &args.on, |ledgers, channel| {
            let block = args.block;
            ledgers.rollback(channel, block)?;
            note(&format!(
                "The channel [{channel}] has been successfully rolled back to the block number [{block}]"
            ));
            Ok(())
        }),
        Node::Pause(on) => on_channel(&config, &on, |ledgers, channel| {
            ledgers.pause(channel)?;
            note(&format!(
                "The channel [{channel}] has been successfully paused"
            ));
            Ok(())
        }),
        Node::Resume(on) => on_channel(&config, &on, |ledgers, channel| {
            ledgers.resume(channel)?;
            note(&format!(
                "The channel [{channel}] has been successfully resumed"
            ));
            Ok(())
        }),
        Node::RebuildDbs => offline(&config, |ledgers| {
            ledgers.rebuild(|channel| {
                note(&format!("Rebuilding the databases of channel [{channel}]"));
            })
        }),
        Node::Unjoin(on) => on_channel(&config, &on, |ledgers, channel| {
            ledgers.unjoin(channel)?;
            note(&format!(
                "The channel [{channel}] has been successfully unjoined"
            ));
            Ok(())
        }),
        Node::UpgradeDbs => offline(&config, Offline::upgrade),
    }
}

/// Works on the ledgers of a peer that does not run.
fn offline(
    core: &CoreConfig,
    work: impl FnOnce(&Offline) -> Result<(), OfflineError>,
) -> Result<()> {
    let raw = RawConfig::read(core)?;
    let ledgers = Offline::open(&raw.file_system_path, raw.ledger_options())?;
    Ok(work(&ledgers)?)
}

fn on_channel(
    core: &CoreConfig,
    on: &ChannelFlag,
    work: impl FnOnce(&Offline, &str) -> Result<(), OfflineError>,
) -> Result<()> {
    if on.channel.is_empty() {
        bail!("Must supply channel ID");
    }
    offline(core, |ledgers| work(ledgers, &on.channel))
}

/// Serves until SIGINT or SIGTERM.
fn start(core: &CoreConfig, args: &NodeStartArgs) -> Result<()> {
    // Asked before anything is logged: the page shows what chaincode logs from the start on.
    let page = core.flag("operations.page.enabled")?;
    let lines = page.then(LogLines::default);
    let log = start_log(core, lines.clone())?;
    let node = {
        let mut raw = RawConfig::read(core)?;
        raw.chaincode.dev_mode |= args.chaincode_dev;
        raw.limits.connections = connections(raw.limits.connections, raise_descriptors());
        raw.settle()?
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(threads(node.options.serve.endorser_limit))
        .build();
    let runtime = runtime.context("starting the asynchronous runtime")?;
    runtime.block_on(async {
        let page = lines.map(Page::new);
        serve(node, log, page.as_ref()).await
    })
}

/// What macOS takes where it says that there is no limit: its `OPEN_MAX`.
const OPEN_MAX: u64 = 10_240;

/// Lets this process have as many file descriptors as the system allows, as a program of Go does by itself.
fn raise_descriptors() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raise = |current| {
        let raised = Rlimit { current, ..limit };
        setrlimit(Resource::Nofile, raised).map(|()| current)
    };
    let raised = match limit.maximum {
        None => raise(None).or_else(|_| raise(Some(OPEN_MAX))),
        maximum => raise(maximum),
    };
    raised.unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of file descriptors stays as it is");
        limit.current
    })
}

/// How many connections there may be beside the ledgers' files: a ledger that cannot open one would stop its channel.
fn connections(wanted: usize, descriptors: Option<u64>) -> usize {
    let half = descriptors.map_or(usize::MAX, |all| {
        usize::try_from(all / 2).unwrap_or(usize::MAX)
    });
    match wanted {
        0 => half,
        wanted if wanted <= half => wanted,
        wanted => {
            tracing::info!(
                wanted,
                connections = half,
                "peer.limits.connections is half of the file descriptors that this process may have"
            );
            half
        }
    }
}

async fn serve(node: NodeConfig, log: LogControl, page: Option<&Arc<Page>>) -> Result<()> {
    let NodeConfig {
        names,
        listen_address,
        chaincode_listener,
        operations,
        statsd,
        mut options,
    } = node;
    let listener = TcpListener::bind(&listen_address).await;
    let listener = listener.with_context(|| format!("listening on {listen_address}"))?;
    let operations = match operations {
        Some(listener) => Some(serve_operations(listener, &options, log, page).await?),
        None => None,
    };
    let sending = match statsd {
        Some(statsd) => Some(send_metrics(&options, statsd).await?),
        None => None,
    };
    options.chaincode.listener = chaincode_listener.map(listen).transpose()?.flatten();
    let told = told_to_stop()?;
    let stopped = async {
        told.await;
        // Before the peer: whoever looks holds it, and browsers keep their streams open for ever.
        if let Some(page) = page {
            page.close();
        }
    };
    let shown = |peer: &Arc<Peer>| {
        if let Some(page) = page {
            page.watch(Arc::clone(peer));
        }
    };
    run_peer(options, &names, listener, shown, stopped).await?;
    drop(sending);
    if let Some(operations) = operations {
        operations.stop().await;
    }
    Ok(())
}

/// FABRIC_LOGGING_SPEC and FABRIC_LOGGING_FORMAT. Fabric: internal/peer/common/common.go InitCmd.
fn start_log(core: &CoreConfig, lines: Option<LogLines>) -> Result<LogControl> {
    let variable = |name| core.variable(name).unwrap_or_default();
    let format = LogFormat::named(variable("FABRIC_LOGGING_FORMAT"));
    let tap = lines.map(LogTap::layer);
    let log = start_logging_beside(variable("FABRIC_LOGGING_SPEC"), format, tap)?;
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
    page: Option<&Arc<Page>>,
) -> Result<OperationsServer> {
    let OperationsListener {
        address,
        tls,
        metrics,
    } = listener;
    let audience = match tls {
        Some(_) => Audience::Certified,
        None => Audience::Machine,
    };
    let more = page.map(|page| below(Arc::clone(page), audience));
    // Fabric's text.
    let failed = || format!("failed to initialize operations subsystem: listening on {address}");
    let listener = TcpListener::bind(&address).await.with_context(failed)?;
    let served = OperationsOptions {
        tls,
        metrics,
        log,
        clock: options.clock.clone(),
        more: more.unwrap_or_default(),
    };
    let server = OperationsServer::start(&options.operations, listener, served)?;
    tracing::info!("operations endpoint on {}", server.address());
    if page.is_some() {
        tracing::info!("page to look at on {}, below /page/", server.address());
    }
    Ok(server)
}

async fn send_metrics(options: &NodeOptions, statsd: StatsdOptions) -> Result<Statsd> {
    let address = statsd.address.clone();
    // Fabric's text.
    let failed =
        || format!("failed to initialize operations subsystem: sending metrics to {address}");
    let sending = Statsd::start(Arc::clone(&options.operations), statsd).await;
    sending.with_context(failed)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_files() {
        assert_eq!(connections(10_000, Some(1 << 20)), 10_000);
        assert_eq!(connections(10_000, Some(1024)), 512);
        assert_eq!(connections(0, Some(1024)), 512);
        assert_eq!(connections(7, None), 7);
    }
}
