use super::chaincode::{ChaincodeError, ChaincodeOptions, ChaincodeSide};
use super::ledger_settings::LedgerSettings;
use super::{Clock, JoinError, Parts, Peer, Running, ServeError, ServeOptions};
use crate::endorser::{Endorser, EndorserOptions};
use crate::legacy::LegacyPackages;
use crate::lifecycle::deploy_indexes;
use crate::operations::Operations;
use selvedge_identity::{Msp, SigningIdentity};
use selvedge_runtime::{Builder, PackageStore, StoreError};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Everything one peer is started with. Nothing is read from elsewhere.
pub struct NodeOptions {
    /// Fabric: `peer.fileSystemPath`. Channels, packages and caches are below it.
    pub dir: PathBuf,
    /// Where ledger snapshots go. Fabric: `ledger.snapshots.rootDir`.
    pub snapshots: PathBuf,
    pub signer: Arc<SigningIdentity>,
    pub local_msp: Arc<Msp>,
    /// What runs chaincode, by package type; what needs a stream is made from `chaincode`.
    pub builders: Vec<Arc<dyn Builder>>,
    /// Chaincode outside this process.
    pub chaincode: ChaincodeOptions,
    pub clock: Clock,
    /// Where this peer reports.
    pub operations: Arc<Operations>,
    /// Wait for the disk at every commit.
    pub sync: bool,
    /// Fabric: `ledger.state.stateDatabase`. With CouchDB's rules, rich queries are answered by the ledger itself.
    pub state_database: selvedge_ledger::StateDatabase,
    /// Fabric: `ledger.state.couchDBConfig.internalQueryLimit`.
    pub rich_query_portion: usize,
    /// Whether chaincode may ask for a key's history. Fabric: `ledger.history.enableHistoryDatabase`.
    pub history: bool,
    /// Whether the log names each private key that a transaction purges.
    /// Fabric: `ledger.pvtdataStore.purgedKeyAuditLogging`.
    pub log_purges: bool,
    /// Threads that judge one block; 0: as many as there are processors. Fabric: `peer.validatorPoolSize`.
    pub validators: usize,
    pub endorser: EndorserOptions,
    pub serve: ServeOptions,
}

/// Why a peer does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("opening the installed packages")]
    Packages(#[from] StoreError),
    #[error("opening the legacy packages")]
    LegacyPackages(#[from] crate::legacy::StoreError),
    #[error("opening the channels")]
    Channels(#[from] JoinError),
    #[error("serving")]
    Serve(#[from] ServeError),
    #[error("serving chaincode")]
    Chaincode(#[from] ChaincodeError),
}

/// Starts a peer: opens its channels, serves on `listener` and pulls blocks. Call inside a Tokio runtime.
pub fn start(options: NodeOptions, listener: TcpListener) -> Result<Running, StartError> {
    let settings = LedgerSettings {
        msp_id: options.local_msp.id(),
        snapshots: &options.snapshots,
        sync: options.sync,
        state_database: options.state_database,
        rich_query_portion: options.rich_query_portion,
        history: options.history,
        log_purges: options.log_purges,
    };
    let ledger_options = settings.options();
    let store = PackageStore::open(options.dir.join("lifecycle/chaincodes"))?;
    let msp_id = options.local_msp.id();
    let chaincode = ChaincodeSide::open(
        options.chaincode,
        msp_id,
        &options.clock,
        &options.operations,
    )?;
    let legacy = Arc::new(LegacyPackages::open(options.dir.join("chaincodes"))?);
    let runtimes = chaincode.runtimes(store, options.builders);
    let runtimes = Arc::new(runtimes.with_others(Arc::clone(&legacy) as _));
    runtimes.build_in_background()?;
    let peer = Arc::new(Peer::open(Parts {
        signer: options.signer,
        local_msp: options.local_msp,
        runtimes,
        legacy,
        clock: options.clock,
        operations: options.operations,
        ledgers: options.dir.join("ledgersData"),
        ledger_options,
        validators: options.validators,
    })?);
    // Of channels whose peer ended between a block and its indexes, or whose state was built anew.
    for channel in peer.channel_ids().iter().filter_map(|id| peer.channel(id)) {
        deploy_indexes(&channel, peer.local_msp().id(), peer.runtimes());
    }
    let endorser = Arc::new(Endorser::new(Arc::clone(&peer), options.endorser)?);
    let running = Running::start(peer, endorser, listener, &options.serve)?;
    Ok(running.beside(chaincode))
}

/// The names a peer goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Fabric: `peer.id`.
    pub id: String,
    /// Fabric: `peer.networkId`.
    pub network: String,
    /// Fabric: `peer.address`; what others are told.
    pub address: String,
}

/// Runs a peer until `shutdown` is ready. Requests and commits under way are finished then. `started` is told of the peer
/// once it serves.
///
/// # Errors
/// When it does not start.
pub async fn run(
    options: NodeOptions,
    names: &Names,
    listener: TcpListener,
    started: impl FnOnce(&Arc<Peer>),
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let running = start(options, listener)?;
    started(running.peer());
    let Names {
        id,
        network,
        address,
    } = names;
    let serving = running.address();
    tracing::info!("Started peer with ID=[{id}], network ID=[{network}], address=[{address}]");
    tracing::info!("serving on {serving}");
    shutdown.await;
    tracing::info!("stopping peer with ID=[{id}]");
    running.stop().await;
    Ok(())
}
