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
pub struct CheckArgs {
    /// A contract crate, a component (.wasm) or a package (.tar.gz)
    #[arg(default_value = ".")]
    pub path: PathBuf,
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
