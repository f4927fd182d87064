//! What goes into a package, by language. Fabric: internal/peer/packaging, core/chaincode/platforms.
//!
//! Entries, their order and their owners are Fabric's; the compressed bytes are not, since they depend on the compressor.
//! The same source gives the same package on every machine.

mod ccaas;
mod docker;
mod folder;
mod golang;
mod walk;

use anyhow::{Context, Result, bail};
use selvedge_runtime::{Package, PackageSource, SourceTree};
use std::path::Path;

use super::build;

/// The bytes of a package of chaincode at `path`, in the language as the user writes it.
pub(super) fn package(lang: &str, path: &Path, label: &str) -> Result<Vec<u8>> {
    let getting = "error getting chaincode bytes";
    match lang.to_lowercase().as_str() {
        "wasm" => build::from_path(path, label).context(getting),
        "golang" => tree(golang::tree(path).context(getting)?, lang, label),
        "node" => tree(folder::node(path).context(getting)?, lang, label),
        "java" => tree(folder::java(path).context(getting)?, lang, label),
        "ccaas" => files(ccaas::files(path).context(getting)?, lang, label),
        "docker" => {
            let package = files(docker::files(path).context(getting)?, lang, label)?;
            let parsed = Package::parse(&package).context("reading the package again")?;
            selvedge_stream::docker::check_package(&parsed)
                .map_err(anyhow::Error::msg)
                .context(getting)?;
            Ok(package)
        }
        _ => bail!(
            "failed to normalize chaincode path: unknown chaincodeType: {}; known are wasm, golang, node, java, ccaas and docker",
            lang.to_uppercase()
        ),
    }
}

fn tree(tree: SourceTree, lang: &str, label: &str) -> Result<Vec<u8>> {
    let tree = SourceTree {
        label: label.to_owned(),
        kind: lang.to_owned(),
        ..tree
    };
    tree.write().context("writing the package")
}

type Files = std::collections::BTreeMap<String, Vec<u8>>;

fn files(files: Files, lang: &str, label: &str) -> Result<Vec<u8>> {
    let source = PackageSource {
        label: label.to_owned(),
        kind: lang.to_owned(),
        path: String::new(),
        files,
    };
    source.write().context("writing the package")
}

#[cfg(test)]
mod tests;
