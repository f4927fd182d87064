//! Flags, named as those of Fabric 2.5. Fabric: internal/peer/chaincode/chaincode.go.

use std::path::PathBuf;

use clap::Args;

use crate::cli::flags::{ConnectionFlags, switch};

/// Which chaincode, in which version.
#[derive(Debug, Args)]
pub struct SpecificationFlags {
    /// Name of the chaincode
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub name: String,
    /// Version of the chaincode
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub version: String,
    /// Constructor message in JSON: {"Args":["init","a"]}
    #[arg(
        short = 'c',
        long = "ctor",
        default_value = "{}",
        hide_default_value = true
    )]
    pub ctor: String,
}

#[derive(Debug, Args)]
pub struct PackageLegacyArgs {
    /// The file to write
    pub output_file: Option<PathBuf>,
    #[command(flatten)]
    pub specification: SpecificationFlags,
    /// Language the chaincode is written in: wasm (a contract crate or a .wasm file)
    #[arg(short, long, default_value = "wasm")]
    pub lang: String,
    /// Path to the chaincode
    #[arg(short, long)]
    pub path: Option<PathBuf>,
    #[arg(short = 's', long = "cc-package", help = "Create a package that owners can sign, with an instantiation policy, instead of a raw deployment specification", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", default_value = "false", hide_default_value = true, value_parser = switch,
        action = clap::ArgAction::Set)]
    pub cc_package: bool,
    #[arg(short = 'S', long = "sign", help = "If a package for owners is created, also sign it", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", default_value = "false", hide_default_value = true, value_parser = switch,
        action = clap::ArgAction::Set)]
    pub sign: bool,
    /// Instantiation policy of the chaincode; the administrators of the local MSP when left out
    #[arg(
        short = 'i',
        long = "instantiate-policy",
        default_value = "",
        hide_default_value = true
    )]
    pub instantiate_policy: String,
}

#[derive(Debug, Args)]
pub struct SignPackageArgs {
    /// The package to sign, and the file to write
    #[arg(num_args = 0..=2)]
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct InstallLegacyArgs {
    /// A package made by `chaincode package`; when left out, the chaincode is packaged first
    pub package_file: Option<PathBuf>,
    #[command(flatten)]
    pub specification: SpecificationFlags,
    /// Language the chaincode is written in: wasm (a contract crate or a .wasm file)
    #[arg(short, long, default_value = "wasm")]
    pub lang: String,
    /// Path to the chaincode
    #[arg(short, long)]
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// What a channel gets to know about a chaincode.
#[derive(Debug, Args)]
pub struct TermsFlags {
    /// The channel on which this command should be executed
    #[arg(
        short = 'C',
        long = "channelID",
        default_value = "",
        hide_default_value = true
    )]
    pub channel: String,
    #[command(flatten)]
    pub specification: SpecificationFlags,
    /// Language the chaincode is written in: golang, node, java, car or wasm
    #[arg(short, long, default_value = "golang")]
    pub lang: String,
    /// The endorsement policy associated to this chaincode; any member of the channel when left out
    #[arg(short = 'P', long, default_value = "", hide_default_value = true)]
    pub policy: String,
    /// The name of the endorsement system chaincode to be used for this chaincode
    #[arg(short = 'E', long, default_value = "escc", hide_default_value = true)]
    pub escc: String,
    /// The name of the verification system chaincode to be used for this chaincode
    #[arg(short = 'V', long, default_value = "vscc", hide_default_value = true)]
    pub vscc: String,
    /// The path to the collection JSON file
    #[arg(long)]
    pub collections_config: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

#[derive(Debug, Args)]
pub struct InstantiateArgs {
    #[command(flatten)]
    pub terms: TermsFlags,
}

#[derive(Debug, Args)]
pub struct UpgradeArgs {
    #[command(flatten)]
    pub terms: TermsFlags,
    /// Path to the chaincode
    #[arg(short, long)]
    pub path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ListChaincodesArgs {
    /// The channel on which this command should be executed
    #[arg(
        short = 'C',
        long = "channelID",
        default_value = "",
        hide_default_value = true
    )]
    pub channel: String,
    #[arg(long, help = "Get the installed chaincodes on a peer", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", default_value = "false", hide_default_value = true, value_parser = switch,
        action = clap::ArgAction::Set)]
    pub installed: bool,
    #[arg(long, help = "Get the instantiated chaincodes on a channel", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", default_value = "false", hide_default_value = true, value_parser = switch,
        action = clap::ArgAction::Set)]
    pub instantiated: bool,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}
