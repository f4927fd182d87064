//! The verbs of the legacy lifecycle: `chaincode package`, `signpackage`, `install`, `instantiate`, `upgrade`, `list`.
//!
//! Fabric: internal/peer/chaincode of release 2.5.

mod args;
mod install;
mod instantiate;
mod list;
mod package;
mod specification;

pub(super) use args::{
    InstallLegacyArgs, InstantiateArgs, ListChaincodesArgs, PackageLegacyArgs, SignPackageArgs,
    UpgradeArgs,
};
pub(super) use install::install;
pub(super) use instantiate::{instantiate, upgrade};
pub(super) use list::list;
pub(super) use package::{package, sign};

use crate::client::Call;
use args::{SpecificationFlags, TermsFlags};
use bytes::Bytes;

/// A call of `lscc`.
fn lscc(channel: &str, function: &'static str, args: Vec<Bytes>) -> Call {
    let function = Bytes::from_static(function.as_bytes());
    Call {
        channel: channel.to_owned(),
        chaincode: "lscc".to_owned(),
        args: std::iter::once(function).chain(args).collect(),
        ..Call::default()
    }
}
