//! `chaincode install`. Fabric: internal/peer/chaincode/install.go.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use prost::Message as _;

use super::specification::with_code;
use super::{InstallLegacyArgs, lscc};
use crate::cli::core_config::CoreConfig;
use crate::cli::session::{Peers, Session};
use crate::cli::{note, output};
use crate::legacy::LegacyPackage;

pub(in super::super) async fn install(
    config: CoreConfig,
    args: InstallLegacyArgs,
) -> Result<String> {
    let package = match &args.package_file {
        Some(_) => from_file(&args)?,
        None => packaged(&args)?,
    };
    let session = Session::open(config, "install", &args.connection, "", Peers::One).await?;
    let response = session.ask(&lscc("", "install", vec![package])).await;
    let response = response.context("error endorsing chaincode install")?;
    if response.status != 200 {
        bail!(
            "install failed with status: {} - {}",
            response.status,
            response.message
        );
    }
    note(&format!(
        "Installed remotely: {}",
        output::response(&response)
    ));
    Ok(String::new())
}

fn packaged(args: &InstallLegacyArgs) -> Result<Bytes> {
    let flags = &args.specification;
    let Some(path) = args
        .path
        .as_deref()
        .filter(|_| !flags.name.is_empty() && !flags.version.is_empty())
    else {
        bail!("must supply value for chaincode name, path and version parameters")
    };
    let specification = with_code(flags, &args.lang, path, "install")?;
    Ok(specification.encode_to_vec().into())
}

/// Name and version are those of the package; given ones must be the same.
fn from_file(args: &InstallLegacyArgs) -> Result<Bytes> {
    let file = args.package_file.as_deref().context("no package file")?;
    let bytes = std::fs::read(file)
        .with_context(|| format!("failed to read chaincode package at '{}'", file.display()))?;
    let bytes = Bytes::from(bytes);
    let found = LegacyPackage::parse(&bytes)?.chaincode;
    let given = &args.specification;
    if !given.name.is_empty() && given.name != found.name {
        bail!(
            "chaincode name {} does not match name {} in package",
            given.name,
            found.name
        );
    }
    if !given.version.is_empty() && given.version != found.version {
        bail!(
            "chaincode version {} does not match version {} in packages",
            given.version,
            found.version
        );
    }
    Ok(bytes)
}
