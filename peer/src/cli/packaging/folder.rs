//! Node and Java: a folder as it is, without what a build makes. Fabric: core/chaincode/platforms/util/writer.go
//! WriteFolderToTarPackage.

use anyhow::{Context, Result, bail};
use selvedge_runtime::{SourceTree, check_artifact};
use std::path::Path;

use super::walk::files;

pub(super) fn node(path: &Path) -> Result<SourceTree> {
    folder(path, &["node_modules"], None).context("Error writing Chaincode package contents")
}

pub(super) fn java(path: &Path) -> Result<SourceTree> {
    folder(path, &["target", "build", "out"], Some("class"))
        .context("failed to create chaincode package")
}

/// Sources go below `src`, whatever is below `META-INF` stays there.
fn folder(path: &Path, without: &[&str], extension: Option<&str>) -> Result<SourceTree> {
    let enter = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or(name);
        last != ".git" && !without.contains(&last)
    };
    let mut tree = SourceTree {
        path: path.display().to_string(),
        ..SourceTree::default()
    };
    for found in files(path, &enter)? {
        let left_out =
            extension.is_some() && found.path.extension() == extension.map(AsRef::as_ref);
        let is_metadata = found.name.starts_with("META-INF/");
        if left_out || (is_metadata && found.is_hidden()) {
            continue;
        }
        let content = found.read()?;
        let name = match is_metadata {
            true => {
                check_artifact(&found.name, &content)?;
                found.name
            }
            false => format!("src/{}", found.name),
        };
        tree.files.push((name, content));
    }
    if tree.files.is_empty() {
        bail!("no source files found in '{}'", path.display());
    }
    Ok(tree)
}
