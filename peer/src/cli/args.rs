//! The command line: verbs and flags, named as Fabric's `peer` names them.
//!
//! Nothing here acts. Fabric: internal/peer/{lifecycle/chaincode,chaincode,channel,node,version}.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::bench::BenchArgs;

use super::contract::{
    BindingsArgs, CallArgs, CheckArgs, ConflictsArgs, DiffArgs, NewArgs, TestArgs,
};
use super::flags::{ConnectionFlags, OrdererFlags, UnusedConnectionFlags, WaitFlags, switch};
use super::go_duration;
use super::ledger::Ledger;
use super::legacy::{
    InstallLegacyArgs, InstantiateArgs, ListChaincodesArgs, PackageLegacyArgs, SignPackageArgs,
    UpgradeArgs,
};

/// A Hyperledger Fabric peer whose chaincode runs as sandboxed WebAssembly.
///
/// The verbs and flags are those of Fabric's `peer`; `dev`, `new`, `build`, `test`, `check`, `conflicts`, `diff`, `bindings`, `invoke` and `bench` come on top. Settings come from `core.yaml` in
/// FABRIC_CFG_PATH and from CORE_* environment variables, as Fabric reads them.
#[derive(Debug, Parser)]
#[command(
    name = "selvedge",
    disable_version_flag = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a development network in this process, deploy a contract and show it at work
    Dev(DevArgs),
    /// Make a contract crate with a test
    New(NewArgs),
    /// Build a contract crate into a chaincode package
    Build(BuildArgs),
    /// Run a contract crate's tests and tell what each transaction costs
    Test(TestArgs),
    /// Tell what a peer would say of a contract, and what its author may want to know
    Check(CheckArgs),
    /// Tell which transactions of a contract conflict with which, on which key, as MVCC conflict or as phantom
    Conflicts(ConflictsArgs),
    /// Compare the interfaces of two versions of a contract; fails if clients or records of the old one break
    Diff(DiffArgs),
    /// Write a typed client of a contract
    Bindings(BindingsArgs),
    /// Call a transaction with flags named as its parameters
    Invoke(CallArgs),
    /// Measure one contract as Wasm, as a program, a service and a container, and on Node, side by side
    Bench(BenchArgs),
    /// Perform _lifecycle operations
    #[command(subcommand)]
    Lifecycle(Lifecycle),
    /// Operate a chaincode: install|instantiate|invoke|package|query|signpackage|upgrade|list
    Chaincode(ChaincodeArgs),
    /// Operate a channel: create|fetch|join|joinbysnapshot|joinbysnapshotstatus|list|update|signconfigtx|getinfo
    #[command(subcommand)]
    Channel(Channel),
    /// Manage snapshot requests: submitrequest|cancelrequest|listpending
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Judge ledgers: verify
    #[command(subcommand)]
    Ledger(Ledger),
    /// Operate a peer node: start|reset|rollback|pause|resume|rebuild-dbs|unjoin|upgrade-dbs
    #[command(subcommand)]
    Node(Node),
    /// Print the version
    Version(VersionArgs),
    /// Print a completion script for a shell
    Completion { shell: Shell },
}

#[derive(Debug, Args)]
pub struct DevArgs {
    /// The contract crate to deploy; the asset-transfer sample of this repository when left out
    pub crate_path: Option<PathBuf>,
    /// Number of organisations, each with one peer (1 to 8)
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    pub orgs: u8,
    /// Stop when the contract is deployed and the session has been shown, instead of leaving the network up
    #[arg(long)]
    pub once: bool,
    /// Print what happens as one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// Where keys, certificates and ledgers are written; a fresh temporary directory when left out
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Name of the channel
    #[arg(short = 'C', long = "channelID", default_value = "dev")]
    pub channel: String,
    /// Name the chaincode is deployed under; the crate's name when left out
    #[arg(short = 'n', long = "name")]
    pub name: Option<String>,
    /// Deploy this package instead of building a crate
    #[arg(long, value_name = "FILE", conflicts_with = "crate_path")]
    pub package: Option<PathBuf>,
    /// How long the orderer waits before it cuts a block that is not full
    #[arg(long, default_value = "100ms", value_parser = go_duration::parse)]
    pub batch_timeout: std::time::Duration,
    /// First port of the network: orderer, then the peers in order; free ports are chosen when left out
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// A channel without application capability V2_0, where the contract is deployed by the legacy lifecycle
    #[arg(long)]
    pub legacy: bool,
    /// Endorsement policy of the chaincode, such as "OR('Org1MSP.peer')"; the channel's when left out
    #[arg(
        long,
        value_name = "POLICY",
        default_value = "",
        hide_default_value = true,
        conflicts_with = "legacy"
    )]
    pub signature_policy: String,
    /// Endorsement policy as the name of one in the channel's configuration
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true,
        conflicts_with = "legacy"
    )]
    pub channel_config_policy: String,
    /// Private data collections of the chaincode: a JSON file, as for `selvedge lifecycle chaincode commit`
    #[arg(long, value_name = "FILE", conflicts_with = "legacy")]
    pub collections_config: Option<PathBuf>,
    /// Only deploy: do not run the scripted session
    #[arg(long)]
    pub no_session: bool,
    /// Do not build and deploy the crate again when its source changes; nor does --once, --package or --legacy
    #[arg(long)]
    pub no_watch: bool,
}

#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The contract crate
    #[arg(default_value = ".")]
    pub crate_path: PathBuf,
    /// Label of the package; `<name>_<version>` of the crate when left out
    #[arg(long)]
    pub label: Option<String>,
    /// What to make of the contract
    #[arg(long, value_enum, default_value_t)]
    pub target: BuildTarget,
    /// Link everything into the program, so that it runs on any Linux of its architecture; always so for docker
    #[arg(long = "static")]
    pub is_static: bool,
    /// File to write; `<label>.tar.gz`, or the crate's name for a program, in the current directory when left out
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Tell what makes the component as large as it is, down to crates and functions
    #[arg(long)]
    pub sizes: bool,
    /// Also write the component itself
    #[arg(long, value_name = "FILE")]
    pub component: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// One contract source, three products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum BuildTarget {
    /// A package with a WebAssembly component, which the peer runs itself
    #[default]
    Wasm,
    /// A program that dials a peer, or that peers dial
    Native,
    /// A package with a static program, which the peer runs in a container of its own
    Docker,
}

#[derive(Debug, Args)]
pub struct VersionArgs {
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Lifecycle {
    /// Perform chaincode operations
    Chaincode(LifecycleChaincode),
}

#[derive(Debug, Args)]
pub struct LifecycleChaincode {
    #[command(flatten)]
    pub orderer: OrdererFlags,
    #[command(subcommand)]
    pub command: LifecycleCommand,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "one value per process")]
pub enum LifecycleCommand {
    /// Package a chaincode and write the package to a file
    Package(PackageArgs),
    /// Install a chaincode on a peer
    Install(InstallArgs),
    /// Query the installed chaincodes on a peer
    Queryinstalled(QueryInstalledArgs),
    /// Get an installed chaincode package from a peer
    Getinstalledpackage(GetInstalledPackageArgs),
    /// Calculate the package ID of a packaged chaincode
    Calculatepackageid(CalculatePackageIdArgs),
    /// Approve the chaincode definition for my organisation
    Approveformyorg(ApproveArgs),
    /// Check whether a chaincode definition is ready to be committed on a channel
    Checkcommitreadiness(ReadinessArgs),
    /// Commit the chaincode definition on the channel
    Commit(CommitArgs),
    /// Query the committed chaincode definitions by channel on a peer
    Querycommitted(QueryCommittedArgs),
    /// Query an organisation's approved chaincode definitions on a peer
    Queryapproved(QueryApprovedArgs),
}

#[derive(Debug, Args)]
pub struct PackageArgs {
    /// The file to write
    pub output_file: Vec<PathBuf>,
    /// The package label contains a human-readable description of the package
    #[arg(long, default_value = "", hide_default_value = true)]
    pub label: String,
    /// Language the chaincode is written in: wasm (a contract crate or a .wasm file), golang, node, java, ccaas
    /// (connection.json), docker (a static program, or an image with its digest); without it wasm for a contract crate or
    /// a .wasm file, golang for anything else
    #[arg(short, long)]
    pub lang: Option<String>,
    /// Path to the chaincode
    #[arg(short, long)]
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub connection: UnusedConnectionFlags,
}

#[derive(Debug, Args)]
pub struct InstallArgs {
    /// The chaincode package
    pub package_file: Vec<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// How a query prints its result.
#[derive(Debug, Args)]
pub struct OutputFlag {
    /// The output format for query results: json, or plain text when left out
    #[arg(
        short = 'O',
        long = "output",
        default_value = "",
        hide_default_value = true
    )]
    pub output: String,
}

impl OutputFlag {
    /// Whether JSON was asked for; any other value means plain text, as in Fabric.
    pub fn json(&self) -> bool {
        self.output.eq_ignore_ascii_case("json")
    }
}

#[derive(Debug, Args)]
pub struct QueryInstalledArgs {
    #[command(flatten)]
    pub output: OutputFlag,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Args)]
pub struct GetInstalledPackageArgs {
    /// The identifier of the chaincode install package
    #[arg(long = "package-id", default_value = "", hide_default_value = true)]
    pub package_id: String,
    /// The directory to write the package to; the current directory when left out
    #[arg(long = "output-directory")]
    pub output_directory: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Args)]
pub struct CalculatePackageIdArgs {
    /// The chaincode package
    pub package_file: Vec<PathBuf>,
    #[command(flatten)]
    pub output: OutputFlag,
    #[command(flatten)]
    pub connection: UnusedConnectionFlags,
}

/// The parameters that organisations agree on.
#[derive(Debug, Args)]
pub struct DefinitionFlags {
    /// The channel on which this command should be executed
    #[arg(
        short = 'C',
        long = "channelID",
        default_value = "",
        hide_default_value = true
    )]
    pub channel: String,
    /// Name of the chaincode
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub name: String,
    /// Version of the chaincode
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub version: String,
    /// The sequence number of the chaincode definition for the channel
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub sequence: i64,
    /// The name of the endorsement plugin to be used for this chaincode
    #[arg(short = 'E', long, default_value = "", hide_default_value = true)]
    pub endorsement_plugin: String,
    /// The name of the validation plugin to be used for this chaincode
    #[arg(short = 'V', long, default_value = "", hide_default_value = true)]
    pub validation_plugin: String,
    /// The endorsement policy of this chaincode as a signature policy: "AND('Org1MSP.peer','Org2MSP.peer')"
    #[arg(long, default_value = "", hide_default_value = true)]
    pub signature_policy: String,
    /// The endorsement policy of this chaincode as a channel config policy reference: Channel/Application/Admins
    #[arg(long, default_value = "", hide_default_value = true)]
    pub channel_config_policy: String,
    /// The path to the collection JSON file
    #[arg(long)]
    pub collections_config: Option<PathBuf>,
    #[arg(long = "init-required", help = "Whether the chaincode requires invoking 'init'", num_args = 0..=1,
        require_equals = true, default_missing_value = "true", default_value = "false", hide_default_value = true,
        value_parser = switch, action = clap::ArgAction::Set)]
    pub init_required: bool,
}

#[derive(Debug, Args)]
pub struct ApproveArgs {
    #[command(flatten)]
    pub definition: DefinitionFlags,
    /// The identifier of the chaincode install package
    #[arg(long = "package-id", default_value = "", hide_default_value = true)]
    pub package_id: String,
    #[command(flatten)]
    pub connection: ConnectionFlags,
    #[command(flatten)]
    pub wait: WaitFlags<true>,
}

#[derive(Debug, Args)]
pub struct ReadinessArgs {
    #[command(flatten)]
    pub definition: DefinitionFlags,
    #[command(flatten)]
    pub output: OutputFlag,
    #[arg(long, help = "Say which parameters differ when an organisation has not approved", num_args = 0..=1,
        require_equals = true, default_missing_value = "true", default_value = "false", hide_default_value = true,
        value_parser = switch, action = clap::ArgAction::Set)]
    pub inspect: bool,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Args)]
pub struct CommitArgs {
    #[command(flatten)]
    pub definition: DefinitionFlags,
    #[command(flatten)]
    pub connection: ConnectionFlags,
    #[command(flatten)]
    pub wait: WaitFlags<true>,
}

/// A channel, and optionally one chaincode on it.
#[derive(Debug, Args)]
pub struct NameFlags {
    /// The channel on which this command should be executed
    #[arg(
        short = 'C',
        long = "channelID",
        default_value = "",
        hide_default_value = true
    )]
    pub channel: String,
    /// Name of the chaincode; all of the channel when left out
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub name: String,
}

#[derive(Debug, Args)]
pub struct QueryCommittedArgs {
    #[command(flatten)]
    pub target: NameFlags,
    #[command(flatten)]
    pub output: OutputFlag,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Args)]
pub struct QueryApprovedArgs {
    #[command(flatten)]
    pub target: NameFlags,
    /// The sequence number of the chaincode definition; the latest when left out
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub sequence: i64,
    #[command(flatten)]
    pub output: OutputFlag,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// The flags that every verb takes, those that need no orderer as well.
#[derive(Debug, Args)]
pub struct ChaincodeArgs {
    #[command(flatten)]
    pub orderer: OrdererFlags,
    #[command(subcommand)]
    pub command: Chaincode,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "one value per process")]
pub enum Chaincode {
    /// Invoke a chaincode: endorse, and commit the transaction
    Invoke(InvokeArgs),
    /// Query a chaincode: endorse, and print the result; nothing is committed
    Query(QueryArgs),
    /// Package a chaincode for the legacy lifecycle and write the package to a file
    Package(PackageLegacyArgs),
    /// Sign a package of the legacy lifecycle as one more of its owners
    Signpackage(SignPackageArgs),
    /// Install a package of the legacy lifecycle on a peer
    Install(InstallLegacyArgs),
    /// Instantiate an installed chaincode on a channel without application capability V2_0
    Instantiate(InstantiateArgs),
    /// Upgrade an instantiated chaincode on a channel without application capability V2_0
    Upgrade(UpgradeArgs),
    /// List the chaincodes that the legacy lifecycle installed on a peer or instantiated on a channel
    List(ListChaincodesArgs),
}

/// Which chaincode, with which arguments.
#[derive(Debug, Args)]
pub struct CallFlags {
    /// The channel on which this command should be executed
    #[arg(
        short = 'C',
        long = "channelID",
        default_value = "",
        hide_default_value = true
    )]
    pub channel: String,
    /// Name of the chaincode
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub name: String,
    /// Arguments in JSON: {"Args":["function","a","b"]} or {"Function":"function","Args":["a","b"]}
    #[arg(
        short = 'c',
        long = "ctor",
        default_value = "{}",
        hide_default_value = true
    )]
    pub ctor: String,
    /// Transient map in JSON, its values in base64: {"field":"dmFsdWU="}
    #[arg(long, default_value = "", hide_default_value = true)]
    pub transient: String,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Args)]
pub struct InvokeArgs {
    #[command(flatten)]
    pub call: CallFlags,
    #[arg(short = 'I', long = "isInit", help = "Is this invocation for init (useful for supporting legacy chaincodes in the new lifecycle)",
        num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false",
        hide_default_value = true, value_parser = switch, action = clap::ArgAction::Set)]
    pub is_init: bool,
    #[command(flatten)]
    pub wait: WaitFlags<false>,
}

#[derive(Debug, Args)]
pub struct QueryArgs {
    #[command(flatten)]
    pub call: CallFlags,
    #[arg(short, long, help = "Print the result as a list of byte values", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", default_value = "false", hide_default_value = true, value_parser = switch,
        action = clap::ArgAction::Set)]
    pub raw: bool,
    #[arg(short = 'x', long, help = "Print the result in hexadecimal", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", default_value = "false", hide_default_value = true, value_parser = switch,
        action = clap::ArgAction::Set)]
    pub hex: bool,
}

#[derive(Debug, Subcommand)]
pub enum Channel {
    /// [DEPRECATED] Create a channel; instead, have orderers join it
    Create(CreateArgs),
    /// Join the peer to a channel
    Join(JoinArgs),
    /// Join the peer to a channel by a ledger snapshot
    Joinbysnapshot(JoinBySnapshotArgs),
    /// Tell whether a channel is being joined by a snapshot
    Joinbysnapshotstatus(ListArgs),
    /// List the channels the peer has joined
    List(ListArgs),
    /// Get blockchain information of a channel
    Getinfo(GetInfoArgs),
    /// Fetch a block and write it to a file
    Fetch(FetchArgs),
    /// Sign a configuration update in place
    Signconfigtx(SignConfigTxArgs),
    /// Sign a configuration update and send it to the ordering service
    Update(UpdateArgs),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    pub on: ChannelFlag,
    /// Configuration transaction file, as configtxgen makes it
    #[arg(short, long)]
    pub file: Option<PathBuf>,
    /// The path to write the genesis block to; <channel>.block when left out
    #[arg(long = "outputBlock", value_name = "FILE")]
    pub output_block: Option<PathBuf>,
    /// Channel creation timeout
    #[arg(short, long, default_value = "10s", value_parser = go_duration::parse)]
    pub timeout: std::time::Duration,
    #[command(flatten)]
    pub connection: ConnectionFlags,
    #[command(flatten)]
    pub orderer: OrdererFlags,
}

#[derive(Debug, Args)]
pub struct SignConfigTxArgs {
    /// Configuration transaction file, as configtxlator makes it
    #[arg(short, long)]
    pub file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    pub on: ChannelFlag,
    /// Configuration transaction file, as configtxlator makes it
    #[arg(short, long)]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
    #[command(flatten)]
    pub orderer: OrdererFlags,
}

#[derive(Debug, Args)]
pub struct JoinArgs {
    /// Path to the file containing the genesis block
    #[arg(short, long = "blockpath")]
    pub block: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Args)]
pub struct JoinBySnapshotArgs {
    /// The directory of the snapshot, as the peer sees it
    #[arg(long = "snapshotpath", value_name = "DIR")]
    pub snapshot: Option<String>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Subcommand)]
pub enum Snapshot {
    /// Request a snapshot at a block, or at the last one
    Submitrequest(SnapshotAtArgs),
    /// Cancel the request for a snapshot at a block
    Cancelrequest(SnapshotAtArgs),
    /// List the blocks whose snapshots are requested
    Listpending(SnapshotFlags),
}

#[derive(Debug, Args)]
pub struct SnapshotAtArgs {
    /// The block; 0 for the last one
    #[arg(short, long = "blockNumber", default_value_t = 0)]
    pub block: u64,
    #[command(flatten)]
    pub flags: SnapshotFlags,
}

#[derive(Debug, Args)]
pub struct SnapshotFlags {
    #[command(flatten)]
    pub on: ChannelFlag,
    /// The address of the peer to connect to
    #[arg(long = "peerAddress", value_name = "HOST:PORT")]
    pub peer_address: Option<String>,
    /// With TLS, the TLS root certificate file of the peer
    #[arg(long = "tlsRootCertFile", value_name = "FILE")]
    pub tls_root_cert_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Args)]
pub struct GetInfoArgs {
    #[command(flatten)]
    pub on: ChannelFlag,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Args)]
pub struct FetchArgs {
    /// newest, oldest, config or a block number
    pub target: Option<String>,
    /// The file to write; <channel>_<target>.block when left out
    pub output_file: Option<PathBuf>,
    #[arg(long = "bestEffort", help = "Whether fetch requests should ignore errors and return blocks on a best effort basis", num_args = 0..=1,
        require_equals = true, default_missing_value = "true", default_value = "false", hide_default_value = true,
        value_parser = switch, action = clap::ArgAction::Set)]
    pub best_effort: bool,
    #[command(flatten)]
    pub on: ChannelFlag,
    #[command(flatten)]
    pub connection: ConnectionFlags,
    #[command(flatten)]
    pub orderer: OrdererFlags,
}

#[derive(Debug, Subcommand)]
pub enum Node {
    /// Start the node with the configuration of core.yaml and CORE_* variables
    Start(NodeStartArgs),
    /// Reset all channels to their genesis blocks
    ///
    /// The peer must be offline. When it starts again it takes the blocks from an orderer. Not for a peer with a channel that was
    /// bootstrapped from a snapshot.
    Reset,
    /// Roll a channel back to a block
    ///
    /// The peer must be offline. When it starts again it takes the blocks behind from an orderer. Not for a peer with a channel that
    /// was bootstrapped from a snapshot.
    Rollback(RollbackArgs),
    /// Pause a channel on the peer
    ///
    /// The peer must be offline. When it starts again it neither serves the channel nor takes its blocks.
    Pause(ChannelFlag),
    /// Resume a paused channel on the peer
    ///
    /// The peer must be offline.
    Resume(ChannelFlag),
    /// Make the databases of all channels again from their blocks
    ///
    /// The peer must be offline. Not for a peer with a channel that was bootstrapped from a snapshot.
    #[command(name = "rebuild-dbs")]
    RebuildDbs,
    /// Unjoin the peer from a channel: remove all that it has of it
    ///
    /// The peer must be offline.
    Unjoin(ChannelFlag),
    /// Upgrade the databases to the format of this version
    ///
    /// The peer must be offline.
    #[command(name = "upgrade-dbs")]
    UpgradeDbs,
}

/// The channel of a verb that is about one; empty where the user left it out, which every verb tells in its own words.
#[derive(Debug, Args)]
pub struct ChannelFlag {
    /// The channel
    #[arg(
        short,
        long = "channelID",
        default_value = "",
        hide_default_value = true
    )]
    pub channel: String,
}

#[derive(Debug, Args)]
pub struct RollbackArgs {
    #[command(flatten)]
    pub on: ChannelFlag,
    /// The block that becomes the last one
    #[arg(short, long = "blockNumber", default_value_t = 0)]
    pub block: u64,
}

#[derive(Debug, Args)]
pub struct NodeStartArgs {
    /// Let chaincode that is started by hand register with this peer
    #[arg(long = "peer-chaincodedev")]
    pub chaincode_dev: bool,
}

#[cfg(test)]
#[path = "flag_table_tests.rs"]
mod flag_table_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_line_from_a_fabric_tutorial_parses() {
        let line = "selvedge lifecycle chaincode approveformyorg -o localhost:7050 --ordererTLSHostnameOverride \
                    orderer.example.com --channelID mychannel --name basic --version 1.0 --package-id basic_1.0:69de \
                    --sequence 1 --tls --cafile /ca.pem --init-required --waitForEvent=false";
        let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
        let Command::Lifecycle(Lifecycle::Chaincode(lifecycle)) = cli.command else {
            panic!("{cli:?}")
        };
        let LifecycleCommand::Approveformyorg(approve) = lifecycle.command else {
            panic!()
        };
        assert_eq!(lifecycle.orderer.orderer, "localhost:7050");
        assert!(lifecycle.orderer.tls);
        assert_eq!(approve.definition.sequence, 1);
        assert!(approve.definition.init_required);
        assert!(!approve.wait.wait_for_event);
        assert_eq!(approve.wait.timeout, std::time::Duration::from_secs(30));
    }

    #[test]
    fn invoke_takes_several_peers() {
        let line = "selvedge chaincode invoke -o localhost:7050 --tls --cafile ca.pem -C mychannel -n basic --peerAddresses a:1 \
                    --tlsRootCertFiles a.pem --peerAddresses b:2 --tlsRootCertFiles b.pem -c {\"Args\":[\"x\"]} -I --waitForEvent";
        let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
        let Command::Chaincode(ChaincodeArgs {
            orderer,
            command: Chaincode::Invoke(invoke),
        }) = cli.command
        else {
            panic!("{cli:?}")
        };
        assert!(orderer.tls);
        assert_eq!(invoke.call.connection.peer_addresses, ["a:1", "b:2"]);
        assert_eq!(invoke.call.connection.tls_root_cert_files.len(), 2);
        assert!(invoke.is_init);
        assert!(invoke.wait.wait_for_event);
    }
}
