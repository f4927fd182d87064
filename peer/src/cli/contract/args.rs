use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::flags::{ConnectionFlags, OrdererFlags, WaitFlags};

#[derive(Debug, Args)]
pub struct NewArgs {
    /// Folder to make; its last part is the crate's name
    pub path: PathBuf,
    /// The folder `sdk` of this repository; the one this program was built from when left out
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// The contract crate
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Write the crate's costs.lock anew instead of comparing with it
    #[arg(long)]
    pub bless: bool,
    /// A row for the transactions of each test
    #[arg(long)]
    pub by_test: bool,
    /// Print what the transactions cost as JSON; what cargo says goes to standard error
    #[arg(long)]
    pub json: bool,
    /// Arguments for `cargo test`: --test transactions -- --nocapture
    #[arg(last = true)]
    pub cargo: Vec<String>,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// A contract crate, a component (.wasm) or a package (.tar.gz)
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Example calls that are simulated, as for `conflicts`; `selvedge-calls.json` (.yaml, .yml) beside the crate's
    /// Cargo.toml when left out
    #[arg(long, value_name = "FILE")]
    pub calls: Option<PathBuf>,
    /// Fail if there is anything to say
    #[arg(long)]
    pub deny: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ConflictsArgs {
    /// A contract crate, a component (.wasm) or a package (.tar.gz)
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Example calls in JSON or YAML; `selvedge-calls.json` (.yaml, .yml) beside the crate's Cargo.toml when left out
    #[arg(long, value_name = "FILE")]
    pub calls: Option<PathBuf>,
    /// A call that is committed before anything is compared: 'CreateAsset a1 blue 5 ann 300', or a JSON array
    #[arg(long, value_name = "CALL")]
    pub setup: Vec<String>,
    /// A call to compare with the others, in the same form
    #[arg(long, value_name = "CALL")]
    pub call: Vec<String>,
    /// Fail if any two of them conflict
    #[arg(long, conflicts_with = "expect")]
    pub deny: bool,
    /// Fail if the matrix is not the one in this file
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,
    /// Write the file that --expect names
    #[arg(long)]
    pub bless: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The version that is deployed: a contract crate, a component, a package, or metadata in JSON
    pub old: PathBuf,
    /// The version that is to replace it, in any of these forms
    #[arg(default_value = ".")]
    pub new: PathBuf,
    /// Print one JSON object per difference
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct BindingsArgs {
    /// A contract crate, a component, a package, or metadata in JSON
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// The language of the client
    #[arg(long, value_enum, default_value_t)]
    pub language: Language,
    /// File to write; standard output when left out
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// A client for `@hyperledger/fabric-gateway`
    #[default]
    Typescript,
    /// A client for contracts in Rust that call this one
    Rust,
}

#[derive(Debug, Args)]
pub struct CallArgs {
    /// The channel on which this command should be executed
    #[arg(short = 'C', long = "channelID", value_name = "CHANNEL")]
    pub channel: String,
    /// Name of the chaincode
    #[arg(short, long)]
    pub name: String,
    /// Transient map in JSON, its values in base64: {"field":"dmFsdWU="}
    #[arg(long, default_value = "", hide_default_value = true)]
    pub transient: String,
    #[command(flatten)]
    pub connection: ConnectionFlags,
    #[command(flatten)]
    pub orderer: OrdererFlags,
    #[command(flatten)]
    pub wait: WaitFlags<true>,
    /// The transaction and its arguments: TransferAsset --id asset1 --new-owner Max. Without any, all are listed
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<String>,
}
