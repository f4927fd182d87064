//! `package`, `install`, `queryinstalled`, `getinstalledpackage`, `calculatepackageid`.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use selvedge_protos::lifecycle::{
    GetInstalledChaincodePackageArgs, GetInstalledChaincodePackageResult, InstallChaincodeArgs,
    InstallChaincodeResult, QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult,
};
use selvedge_runtime::{Label, Package};
use std::path::Path;

use super::successful;
use crate::cli::args::{
    CalculatePackageIdArgs, GetInstalledPackageArgs, InstallArgs, PackageArgs, QueryInstalledArgs,
};
use crate::cli::core_config::CoreConfig;
use crate::cli::files::write_atomically;
use crate::cli::output::{self, to_go_json};
use crate::cli::session::{Peers, Session};
use crate::cli::{note, packaging};
use crate::client::{decode, lifecycle_call};

pub(super) fn package(args: PackageArgs) -> Result<String> {
    let [out] = args.output_file.as_slice() else {
        bail!("invalid number of args. expected only the output file")
    };
    let Some(path) = args.path else {
        bail!("chaincode path must be specified")
    };
    let language = args.lang.unwrap_or_else(|| language_of(&path).to_owned());
    if language.is_empty() {
        bail!("chaincode language must be specified");
    }
    if args.label.is_empty() {
        bail!("package label must be specified");
    }
    Label::new(args.label.as_str())?;
    let bytes = packaging::package(&language, &path, &args.label)?;
    write_atomically(out, &bytes)
        .with_context(|| format!("error writing chaincode package to {}", out.display()))?;
    Ok(String::new())
}

/// What nobody named: a contract of ours is recognised, anything else is what Fabric takes it for.
fn language_of(path: &Path) -> &'static str {
    let is_component = path
        .extension()
        .is_some_and(|extension| extension == "wasm");
    match is_component || path.join("Cargo.toml").is_file() {
        true => "wasm",
        false => "golang",
    }
}

pub(super) async fn install(config: CoreConfig, args: InstallArgs) -> Result<String> {
    let [file] = args.package_file.as_slice() else {
        bail!("chaincode install package must be provided")
    };
    let package = std::fs::read(file)
        .with_context(|| format!("failed to read chaincode package at '{}'", file.display()))?;
    let session = Session::open(config, "install", &args.connection, "", Peers::One).await?;
    let asked = InstallChaincodeArgs {
        chaincode_install_package: package.into(),
    };
    let response = session
        .ask(&lifecycle_call("", "InstallChaincode", &asked))
        .await;
    let response = response.context("failed to endorse chaincode install")?;
    let response = successful("chaincode install", response)?;
    let installed: InstallChaincodeResult = decode(&response.payload)?;
    note(&format!(
        "Chaincode code package identifier: {}",
        installed.package_id
    ));
    Ok(String::new())
}

pub(super) async fn query_installed(
    config: CoreConfig,
    args: QueryInstalledArgs,
) -> Result<String> {
    let session = Session::open(config, "queryinstalled", &args.connection, "", Peers::One).await?;
    let call = lifecycle_call(
        "",
        "QueryInstalledChaincodes",
        &QueryInstalledChaincodesArgs {},
    );
    let response = successful(
        "query",
        session
            .ask(&call)
            .await
            .context("failed to endorse proposal")?,
    )?;
    let result: QueryInstalledChaincodesResult = decode(&response.payload)?;
    Ok(match args.output.json() {
        true => to_go_json(output::installed_json(&result)) + "\n",
        false => output::installed(&result),
    })
}

pub(super) async fn get_installed(
    config: CoreConfig,
    args: GetInstalledPackageArgs,
) -> Result<String> {
    if args.package_id.is_empty() {
        bail!(
            "The required parameter 'package-id' is empty. Rerun the command with --package-id flag"
        );
    }
    let session = Session::open(
        config,
        "getinstalledpackage",
        &args.connection,
        "",
        Peers::One,
    )
    .await?;
    let asked = GetInstalledChaincodePackageArgs {
        package_id: args.package_id.clone(),
    };
    let call = lifecycle_call("", "GetInstalledChaincodePackage", &asked);
    let response = successful(
        "proposal",
        session
            .ask(&call)
            .await
            .context("failed to endorse proposal")?,
    )?;
    let result: GetInstalledChaincodePackageResult = decode(&response.payload)?;
    let file = args
        .output_directory
        .unwrap_or_default()
        .join(format!("{}.tar.gz", args.package_id));
    let written = write_atomically(&file, &result.chaincode_install_package);
    written.with_context(|| format!("failed to write chaincode package to {}", file.display()))?;
    Ok(String::new())
}

pub(super) fn calculate_id(args: CalculatePackageIdArgs) -> Result<String> {
    let [file] = args.package_file.as_slice() else {
        bail!("invalid number of args. expected only the packaged chaincode file")
    };
    let bytes = std::fs::read(file)
        .with_context(|| format!("failed to read chaincode package at '{}'", file.display()))?;
    let package = Package::parse(&Bytes::from(bytes))
        .context("could not parse as a chaincode install package")?;
    Ok(match args.output.json() {
        true => format!("{{\n\t\"package_id\": \"{}\"\n}}\n", package.id),
        false => format!("{}\n", package.id),
    })
}
