//! A peer's settings: `core.yaml` under CORE_* variables, read in two steps.
//!
//! [`RawConfig`] is what the keys say, with Fabric's defaults for those that are missing. [`RawConfig::settle`] reads
//! the files they name and builds what a peer is started from; what it accepts works.

mod address;
mod chaincode;
mod docker;
mod external;
mod gateway;
mod gossip;
mod idle;
mod instead;
mod keys;
mod operations;
mod pull;

pub use chaincode::{ChaincodeListener, RawChaincode};
pub use gossip::RawGossip;
pub use operations::{OperationsListener, RawOperations, RawOperationsTls};
pub use pull::RawPull;

use super::compile_time::MeasuredEngine;
use super::ledger_settings::LedgerSettings;
use super::{Clock, Names, NodeOptions, ServeOptions, ServerTls, WireLimits, nonce};
use crate::cli::{ConfigError, CoreConfig};
use crate::discovery::DiscoveryOptions;
use crate::endorser::EndorserOptions;
use crate::gateway::GatewayOptions;
use crate::operations::{Operations, StatsdOptions};
use selvedge_identity::{Msp, MspError, SigningIdentity};
use selvedge_ledger::StateDatabase;
use selvedge_runtime::{
    CacheConfig, ChildCompiler, Compiler, EngineConfig, EngineError, WasmEngine,
};
use selvedge_stream::docker::{DockerSettings, Owner};
use selvedge_stream::external::ExternalSettings;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

/// What the keys of `core.yaml` say.
#[derive(Clone, Debug)]
pub struct RawConfig {
    pub id: String,
    pub network_id: String,
    pub listen_address: String,
    pub address: String,
    pub file_system_path: PathBuf,
    pub snapshots: PathBuf,
    pub msp_dir: PathBuf,
    pub keystore: PathBuf,
    pub msp_id: String,
    pub msp_type: String,
    pub tls: Option<RawTls>,
    pub time_window: Duration,
    pub endorser_limit: usize,
    pub limits: WireLimits,
    pub deliver_limit: usize,
    pub execute_timeout: Duration,
    /// Zero, Fabric's default: no more than any call has.
    pub install_timeout: Duration,
    pub total_query_limit: usize,
    /// Bytes. Our own key: Fabric knows no Wasm.
    pub wasm_memory: usize,
    /// Bytes, as the other.
    pub wasm_ready_code: usize,
    pub state_database: StateDatabase,
    pub rich_query_portion: usize,
    pub history: bool,
    pub log_purges: bool,
    /// Threads that judge one block; 0: as many as there are processors.
    pub validators: usize,
    /// System chaincodes that are not served.
    pub disabled: BTreeSet<String>,
    pub pull: RawPull,
    pub gossip: RawGossip,
    pub discovery: DiscoveryOptions,
    pub gateway: GatewayOptions,
    pub chaincode: RawChaincode,
    /// Runs chaincode in containers, if `vm.endpoint` is set.
    pub docker: Option<DockerSettings>,
    pub external: ExternalSettings,
    /// `None`: not served.
    pub operations: Option<RawOperations>,
    /// A server that metrics are sent to, if there is one.
    pub statsd: Option<StatsdOptions>,
}

/// Files of `peer.tls`.
#[derive(Clone, Debug)]
pub struct RawTls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub client_auth_required: bool,
    pub client_roots: Vec<PathBuf>,
    /// What this peer shows to orderers that ask for it; without one, its server certificate.
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
}

/// A peer that can be started.
pub struct NodeConfig {
    pub names: Names,
    pub listen_address: String,
    /// Where chaincode dials, if it can.
    pub chaincode_listener: Option<ChaincodeListener>,
    pub operations: Option<OperationsListener>,
    pub statsd: Option<StatsdOptions>,
    pub options: NodeOptions,
}

/// Why settings are no peer.
#[derive(Debug, thiserror::Error)]
pub enum NodeConfigError {
    #[error(transparent)]
    Key(#[from] ConfigError),
    #[error("{key} is '{value}', not a number")]
    Number { key: &'static str, value: String },
    #[error("chaincode.wasm.totalMemory is {found} bytes; one instance alone may use {least}")]
    WasmMemory { found: usize, least: usize },
    #[error("ledger.state.stateDatabase is '{0}'; there are goleveldb and CouchDB")]
    StateDatabase(String),
    #[error("an element of {key} has no '{name}'")]
    Override {
        key: &'static str,
        name: &'static str,
    },
    #[error("{key} is '{value}', not of the form host:port")]
    Address { key: &'static str, value: String },
    /// Fabric's text.
    #[error("no non-loopback, IPv4 interface detected")]
    OwnAddress(#[source] io::Error),
    #[error("invalid endpoint for chaincode to connect")]
    ChaincodeEndpoint,
    #[error("{variable} is no JSON object")]
    Json {
        variable: &'static str,
        source: serde_json::Error,
    },
    /// Without it any server would pass for the engine.
    #[error("vm.docker.tls.enabled is true and vm.docker.tls.ca.file is not set")]
    DockerRoots,
    #[error(
        "vm.docker.tls.cert.file and vm.docker.tls.key.file must be set together or not at all"
    )]
    DockerPair,
    #[error("{key} is '{value}'; this peer knows {only} only")]
    Bccsp {
        key: &'static str,
        value: String,
        only: &'static str,
    },
    #[error("operations.page.enabled is true and operations.listenAddress is not set")]
    PageWithoutListener,
    #[error(
        "operations.page.enabled is true and whoever reaches operations.listenAddress ({0}) could read every channel; listen on 127.0.0.1, or set operations.tls"
    )]
    PageForEverybody(String),
    #[error("Unsupported msp type {0}")]
    MspType(String),
    #[error("local MSP in {dir}")]
    Msp { dir: PathBuf, source: MspError },
    #[error("{key}: reading {path}")]
    Read {
        key: String,
        path: PathBuf,
        source: io::Error,
    },
    /// Fabric's rule: one without the other is an error.
    #[error(
        "peer.tls.clientKey.file and peer.tls.clientCert.file must be set together or not at all"
    )]
    ClientPair,
    #[error(
        "Setting both orgLeader and useLeaderElection to true isn't supported, aborting execution"
    )]
    Leaders,
    #[error(
        "peer.gossip.pvtData.implicitCollectionDisseminationPolicy.maxPeerCount ({maximum}) cannot be less than requiredPeerCount ({required})"
    )]
    Dissemination { required: i32, maximum: i32 },
    #[error("setting up the Wasm engine")]
    Engine(#[from] EngineError),
    #[error("finding this program, which compiles contracts in a child process")]
    Program(#[source] io::Error),
}

impl RawConfig {
    /// Reads every key that is honoured and warns of those that are not, by name.
    pub fn read(core: &CoreConfig) -> Result<Self, NodeConfigError> {
        let mut ignored = keys::ignored(core.keys(), core.variables());
        ignored.retain(|key| !idle::asks_for_nothing(core, key));
        for (why, keys) in instead::by_reason(ignored) {
            let keys = keys.join(", ");
            tracing::warn!(keys, "settings that have no effect here: {why}");
        }
        check_bccsp(core)?;
        let text = |key: &str, default: &str| core.text(key).unwrap_or_else(|| default.to_owned());
        let listen_address = text("peer.listenAddress", "0.0.0.0:7051");
        let address = address::address(core, &listen_address, address::own)?;
        let (id, network_id) = (text("peer.id", "jdoe"), text("peer.networkId", "dev"));
        let file_system_path =
            PathBuf::from(text("peer.fileSystemPath", "/var/hyperledger/production"));
        let msp_dir = core
            .path("peer.mspConfigPath")
            .unwrap_or_else(|| core.resolve(Path::new("msp")));
        let owner = Owner {
            network_id: network_id.clone(),
            peer_id: id.clone(),
        };
        Ok(Self {
            id,
            network_id,
            gossip: RawGossip::read(core, &address)?,
            discovery: gateway::discovery(core)?,
            gateway: gateway::gateway(core)?,
            address,
            listen_address,
            keystore: core.keystore(&msp_dir),
            msp_dir,
            msp_id: core.required("peer.localMspId", "the MSP ID of this peer")?,
            msp_type: text("peer.localMspType", "bccsp"),
            tls: raw_tls(core)?,
            time_window: core
                .duration("peer.authentication.timewindow")?
                .unwrap_or(Duration::from_secs(15 * 60)),
            limits: wire_limits(core)?,
            endorser_limit: number(core, "peer.limits.concurrency.endorserService", 2500)?,
            deliver_limit: number(core, "peer.limits.concurrency.deliverService", 2500)?,
            execute_timeout: execute_timeout(core.duration("chaincode.executetimeout")?),
            install_timeout: core
                .duration("chaincode.installTimeout")?
                .unwrap_or_default(),
            total_query_limit: number(core, "ledger.state.totalQueryLimit", 100_000)?,
            wasm_memory: number(core, "chaincode.wasm.totalMemory", 4 << 30)?,
            wasm_ready_code: number(core, "chaincode.wasm.readyCode", EngineConfig::READY_CODE)?,
            state_database: state_database(core)?,
            rich_query_portion: number(
                core,
                "ledger.state.couchDBConfig.internalQueryLimit",
                1000,
            )?,
            history: unless_off(core, "ledger.history.enableHistoryDatabase")?,
            log_purges: unless_off(core, "ledger.pvtdataStore.purgedKeyAuditLogging")?,
            validators: number(core, "peer.validatorPoolSize", 0)?,
            disabled: disabled(core),
            pull: RawPull::read(core)?,
            chaincode: RawChaincode::read(core)?,
            docker: docker::read(core, owner, &file_system_path)?,
            external: external::read(core, &file_system_path)?,
            operations: RawOperations::read(core)?,
            statsd: operations::statsd(core)?,
            snapshots: core
                .text("ledger.snapshots.rootDir")
                .map_or_else(|| file_system_path.join("snapshots"), PathBuf::from),
            file_system_path,
        })
    }

    /// What the ledgers of this peer are opened with while it does not run.
    pub fn ledger_options(&self) -> selvedge_ledger::Options {
        let settings = LedgerSettings {
            msp_id: &self.msp_id,
            snapshots: &self.snapshots,
            sync: true,
            state_database: self.state_database,
            rich_query_portion: self.rich_query_portion,
            history: self.history,
            log_purges: self.log_purges,
        };
        settings.options()
    }

    /// Reads certificates and keys, and starts the engine that runs contracts.
    pub fn settle(self) -> Result<NodeConfig, NodeConfigError> {
        if self.msp_type != "bccsp" {
            return Err(NodeConfigError::MspType(self.msp_type));
        }
        let failed = |source| NodeConfigError::Msp {
            dir: self.msp_dir.clone(),
            source,
        };
        let signer = SigningIdentity::with_keystore(&self.msp_dir, &self.keystore, &self.msp_id)
            .map_err(failed)?;
        let local_msp = Msp::from_dir(&self.msp_dir, &self.msp_id).map_err(failed)?;
        let clock = Clock::system();
        let now = i64::try_from(clock.since_epoch().as_secs()).unwrap_or(i64::MAX);
        signer.check_expiry(now).map_err(failed)?;
        let engine = engine(
            &self.file_system_path,
            self.wasm_memory,
            self.wasm_ready_code,
        )?;
        let operations = Arc::new(Operations::default());
        let operations_listener = self.operations.map(RawOperations::settle).transpose()?;
        let tls = self.tls.as_ref().map(server_tls).transpose()?;
        let client = self.tls.as_ref().map(client_pair).transpose()?;
        let gossip = self.gossip.settle(self.tls.as_ref())?;
        let dev_mode = self.chaincode.dev_mode;
        let (mut chaincode, chaincode_listener) =
            self.chaincode.settle(&self.address, tls.is_some())?;
        chaincode.docker = self.docker;
        chaincode.external = Some(self.external);
        let options = NodeOptions {
            signer: Arc::new(signer),
            local_msp: Arc::new(local_msp),
            builders: vec![Arc::new(MeasuredEngine::new(engine, &operations))],
            chaincode,
            clock,
            operations,
            sync: true,
            state_database: self.state_database,
            rich_query_portion: self.rich_query_portion,
            history: self.history,
            log_purges: self.log_purges,
            validators: self.validators,
            endorser: EndorserOptions {
                execute_timeout: self.execute_timeout,
                install_timeout: self.install_timeout,
                total_query_limit: self.total_query_limit,
                time_window: Some(self.time_window),
                dev_mode,
                disabled: self.disabled,
                ..EndorserOptions::default()
            },
            serve: ServeOptions {
                pull: self.pull.settle(tls.is_some(), client)?,
                gossip,
                tls,
                endorser_limit: self.endorser_limit,
                deliver_limit: self.deliver_limit,
                time_window: self.time_window,
                discovery: self.discovery,
                gateway: self.gateway,
                limits: self.limits,
            },
            snapshots: self.snapshots,
            dir: self.file_system_path,
        };
        let names = Names {
            id: self.id,
            network: self.network_id,
            address: self.address,
        };
        Ok(NodeConfig {
            names,
            operations: operations_listener,
            statsd: self.statsd,
            listen_address: self.listen_address,
            chaincode_listener,
            options,
        })
    }
}

/// TLS is on unless it is switched off: Fabric's default is the other way round.
fn raw_tls(core: &CoreConfig) -> Result<Option<RawTls>, NodeConfigError> {
    if core.text("peer.tls.enabled").is_some() && !core.flag("peer.tls.enabled")? {
        return Ok(None);
    }
    let file = |key: &str, default: &str| {
        core.path(key)
            .unwrap_or_else(|| core.resolve(Path::new(default)))
    };
    let roots = core.list("peer.tls.clientRootCAs.files");
    Ok(Some(RawTls {
        certificate: file("peer.tls.cert.file", "tls/server.crt"),
        key: file("peer.tls.key.file", "tls/server.key"),
        client_auth_required: core.flag("peer.tls.clientAuthRequired")?,
        client_roots: roots
            .iter()
            .map(|path| core.resolve(Path::new(path)))
            .collect(),
        client_certificate: core.path("peer.tls.clientCert.file"),
        client_key: core.path("peer.tls.clientKey.file"),
    }))
}

/// A switch that is on where it is not set. History is, other than in Fabric, whose `core.yaml` sets it.
fn unless_off(core: &CoreConfig, key: &str) -> Result<bool, NodeConfigError> {
    Ok(core.text(key).is_none() || core.flag(key)?)
}

/// One that is not named is served: Fabric serves only those that are.
fn disabled(core: &CoreConfig) -> BTreeSet<String> {
    let off = |name: &&str| {
        let text = core.text(&format!("chaincode.system.{name}"));
        text.is_some_and(|text| !enabled(&text))
    };
    let names = ["_lifecycle", "cscc", "lscc", "qscc"].into_iter();
    names.filter(off).map(str::to_owned).collect()
}

/// Fabric: core/chaincode/config.go, parseBool.
fn enabled(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    matches!(
        text.as_str(),
        "true" | "t" | "1" | "enable" | "enabled" | "yes"
    )
}

/// Less than a second is taken for a mistake, as Fabric takes it.
fn execute_timeout(given: Option<Duration>) -> Duration {
    let default = Duration::from_secs(30);
    given
        .filter(|given| *given >= Duration::from_secs(1))
        .unwrap_or(default)
}

/// No CouchDB is needed for `CouchDB`: the ledger answers rich queries itself, by CouchDB's rules.
fn state_database(core: &CoreConfig) -> Result<StateDatabase, NodeConfigError> {
    let named = core.text("ledger.state.stateDatabase");
    match named.as_deref().unwrap_or_default() {
        "" | "goleveldb" => Ok(StateDatabase::LevelDb),
        "CouchDB" => Ok(StateDatabase::CouchDb),
        other => Err(NodeConfigError::StateDatabase(other.to_owned())),
    }
}

fn number(core: &CoreConfig, key: &'static str, default: usize) -> Result<usize, NodeConfigError> {
    match core.text(key) {
        None => Ok(default),
        Some(value) => value
            .parse()
            .map_err(|_| NodeConfigError::Number { key, value }),
    }
}

/// Fabric: core/peer/config.go GetServerConfig, internal/pkg/comm/config.go.
fn wire_limits(core: &CoreConfig) -> Result<WireLimits, NodeConfigError> {
    let default = WireLimits::default();
    // A size of nothing would be a peer that nobody can talk to; Fabric has its default for it, too.
    let size = |key, default| match number(core, key, default)? {
        0 => Ok(default),
        size => Ok::<_, NodeConfigError>(size),
    };
    let duration = |key, default| Ok::<_, NodeConfigError>(core.duration(key)?.unwrap_or(default));
    let opening = duration("peer.connectionTimeout", OPENING)?;
    Ok(WireLimits {
        receive: size("peer.maxRecvMsgSize", default.receive)?,
        send: size("peer.maxSendMsgSize", default.send)?,
        ping: duration("peer.keepalive.interval", default.ping)?,
        ping_timeout: duration("peer.keepalive.timeout", default.ping_timeout)?,
        least_ping: duration("peer.keepalive.minInterval", default.least_ping)?,
        opening: if opening.is_zero() { OPENING } else { opening },
        connections: number(core, "peer.limits.connections", default.connections)?,
        request_bytes: number(core, "peer.limits.requestBytes", default.request_bytes)?,
    })
}

/// Fabric: internal/pkg/comm/config.go, DefaultConnectionTimeout.
const OPENING: Duration = Duration::from_secs(5);

/// Keys of this peer are files; PKCS#11 modules are not called, and starting with other keys than the operator meant is
/// no answer. Other hashes and curves Fabric's networks do not verify either.
fn check_bccsp(core: &CoreConfig) -> Result<(), NodeConfigError> {
    for (key, only) in [
        ("peer.BCCSP.Default", "SW"),
        ("peer.BCCSP.SW.Hash", "SHA2"),
        ("peer.BCCSP.SW.Security", "256"),
    ] {
        match core.text(key) {
            Some(value) if value != only => {
                return Err(NodeConfigError::Bccsp { key, value, only });
            }
            _ => {}
        }
    }
    Ok(())
}

fn server_tls(tls: &RawTls) -> Result<ServerTls, NodeConfigError> {
    let mut roots = Vec::new();
    for path in tls.client_roots.iter().filter(|_| tls.client_auth_required) {
        roots.extend(read("peer.tls.clientRootCAs.files", path)?);
        roots.push(b'\n');
    }
    Ok(ServerTls {
        certificate: read(SERVER_CERTIFICATE, &tls.certificate)?,
        key: read(SERVER_KEY, &tls.key)?,
        client_roots: tls.client_auth_required.then_some(roots),
    })
}

/// Whoever sets nothing finds these missing first.
const SERVER_CERTIFICATE: &str = "peer.tls.cert.file (TLS is on unless peer.tls.enabled is false)";
const SERVER_KEY: &str = "peer.tls.key.file";

fn client_pair(tls: &RawTls) -> Result<(Vec<u8>, Vec<u8>), NodeConfigError> {
    match (&tls.client_certificate, &tls.client_key) {
        (Some(certificate), Some(key)) => Ok((
            read("peer.tls.clientCert.file", certificate)?,
            read("peer.tls.clientKey.file", key)?,
        )),
        (None, None) => Ok((
            read(SERVER_CERTIFICATE, &tls.certificate)?,
            read(SERVER_KEY, &tls.key)?,
        )),
        _ => Err(NodeConfigError::ClientPair),
    }
}

fn read(key: &str, path: &Path) -> Result<Vec<u8>, NodeConfigError> {
    fs::read(path).map_err(|source| NodeConfigError::Read {
        key: key.to_owned(),
        path: path.to_owned(),
        source,
    })
}

fn engine(
    dir: &Path,
    total_memory: usize,
    ready_code: usize,
) -> Result<WasmEngine, NodeConfigError> {
    let least = EngineConfig::default().limits.memory;
    if total_memory < least {
        let found = total_memory;
        return Err(NodeConfigError::WasmMemory { found, least });
    }
    let program = std::env::current_exe().map_err(NodeConfigError::Program)?;
    let mut fresh_key = [0; 32];
    for (to, from) in fresh_key.iter_mut().zip(nonce().into_iter().chain(nonce())) {
        *to = from;
    }
    Ok(WasmEngine::new(&EngineConfig {
        total_memory,
        compiler: Compiler::Child(ChildCompiler::new(program)),
        cache: Some(CacheConfig {
            dir: dir.join("wasm"),
            fresh_key,
        }),
        ready_code,
        ..EngineConfig::default()
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fabrics_defaults_except_tls() {
        let (dir, core) = CoreConfig::of("peer:\n  localMspId: Org1MSP\n", &[]);
        let raw = RawConfig::read(&core).unwrap();
        assert_eq!(
            (raw.id.as_str(), raw.listen_address.as_str()),
            ("jdoe", "0.0.0.0:7051")
        );
        assert_eq!(
            raw.tls.unwrap().certificate,
            dir.path().join("tls/server.crt")
        );
        assert_eq!(raw.execute_timeout, Duration::from_secs(30));
        assert_eq!(raw.install_timeout, Duration::ZERO);
        assert!(raw.disabled.is_empty());
    }

    #[test]
    fn system_chaincodes_can_be_switched_off() {
        for (word, served) in [
            (" Enable ", true),
            ("yes", true),
            ("disable", false),
            ("0", false),
        ] {
            for name in ["_lifecycle", "cscc", "lscc", "qscc"] {
                let yaml = format!(
                    "peer:\n  localMspId: A\nchaincode:\n  system:\n    {name}: \"{word}\"\n"
                );
                let (_dir, core) = CoreConfig::of(&yaml, &[]);
                let disabled = RawConfig::read(&core).unwrap().disabled;
                assert_eq!(disabled.contains(name), !served, "{name} {word}");
                assert_eq!(disabled.len(), usize::from(!served));
            }
        }
    }

    #[test]
    fn the_environment_wins() {
        let yaml = "peer:\n  localMspId: A\n  tls: {enabled: true}\n  limits: {concurrency: {endorserService: 7}}\n";
        let variables = [
            ("CORE_PEER_LOCALMSPID", "B"),
            ("CORE_PEER_TLS_ENABLED", "false"),
            ("CORE_CHAINCODE_EXECUTETIMEOUT", "300ms"),
            ("CORE_CHAINCODE_INSTALLTIMEOUT", "300s"),
        ];
        let (_dir, core) = CoreConfig::of(yaml, &variables);
        let raw = RawConfig::read(&core).unwrap();
        assert_eq!(
            (raw.msp_id.as_str(), raw.tls.is_none(), raw.endorser_limit),
            ("B", true, 7)
        );
        assert_eq!(
            raw.execute_timeout,
            Duration::from_secs(30),
            "below a second counts as not set"
        );
        assert_eq!(raw.install_timeout, Duration::from_secs(300));
    }

    #[test]
    fn the_state_database_is_one_of_two() {
        let kind = |yaml: &str| {
            let yaml = format!("peer: {{localMspId: A}}\nledger: {{state: {{{yaml}}}}}\n");
            let (_dir, core) = CoreConfig::of(&yaml, &[]);
            let read = RawConfig::read(&core).map_err(|error| error.to_string());
            read.map(|raw| (raw.state_database, raw.rich_query_portion))
        };
        assert_eq!(kind(""), Ok((StateDatabase::LevelDb, 1000)));
        assert_eq!(
            kind("stateDatabase: goleveldb"),
            Ok((StateDatabase::LevelDb, 1000))
        );
        assert_eq!(
            kind(
                "stateDatabase: CouchDB, couchDBConfig: {internalQueryLimit: 10, couchDBAddress: \"couch:5984\"}"
            ),
            Ok((StateDatabase::CouchDb, 10))
        );
        assert_eq!(
            kind("stateDatabase: postgres"),
            Err("ledger.state.stateDatabase is 'postgres'; there are goleveldb and CouchDB".into())
        );
    }

    #[test]
    fn says_what_is_wrong() {
        let (_dir, core_) = CoreConfig::of(
            "peer:\n  limits: {concurrency: {deliverService: many}}\n",
            &[("CORE_PEER_LOCALMSPID", "A")],
        );
        let error = RawConfig::read(&core_).unwrap_err();
        assert_eq!(
            error.to_string(),
            "peer.limits.concurrency.deliverService is 'many', not a number"
        );
        let (_dir, core_) = CoreConfig::of("peer:\n  localMspId: A\n  localMspType: idemix\n", &[]);
        let error = RawConfig::read(&core_).unwrap().settle().err().unwrap();
        assert_eq!(error.to_string(), "Unsupported msp type idemix");
    }
}
