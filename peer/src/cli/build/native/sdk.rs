//! Where `selvedge-native` comes from: wherever the contract's `selvedge-sdk` does, or there would be two of the latter.

use super::super::cargo::{Crate, cargo, run};
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};

const SDK: &str = "selvedge-sdk";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// `None`: a path.
    source: Option<String>,
    manifest_path: PathBuf,
}

/// The value of the dependency, in TOML.
pub(super) fn native_dependency(contract: &Crate) -> Result<String> {
    let mut command = cargo();
    command
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(&contract.manifest);
    let metadata: Metadata = serde_json::from_slice(&run(command, "")?)
        .context("cargo metadata gave something else than expected")?;
    let mut found = metadata
        .packages
        .into_iter()
        .filter(|package| package.name == SDK);
    let (Some(sdk), None) = (found.next(), found.next()) else {
        bail!("{} must depend on {SDK}, in one version", contract.name);
    };
    match sdk.source.as_deref() {
        None => beside(&sdk.manifest_path),
        Some(source) => from_source(source, &sdk.version),
    }
}

/// The repository has them beside each other.
fn beside(sdk_manifest: &Path) -> Result<String> {
    let native = sdk_manifest.parent().map(|sdk| sdk.join("native"));
    let native = native.filter(|native| native.join("Cargo.toml").is_file());
    let native = native.with_context(|| {
        format!(
            "there is no folder 'native' with the crate selvedge-native beside {}",
            sdk_manifest.display()
        )
    })?;
    Ok(format!(
        "{{ path = {} }}",
        quoted(&native.display().to_string())
    ))
}

/// `registry+<url>`, `sparse+<url>` or `git+<url>[?branch=…|tag=…|rev=…]#<commit>`.
fn from_source(source: &str, version: &str) -> Result<String> {
    let Some(git) = source.strip_prefix("git+") else {
        return Ok(quoted(&format!("={version}")));
    };
    let git = git.split_once('#').map_or(git, |(url, _)| url);
    let (url, query) = git.split_once('?').unwrap_or((git, ""));
    let Some((kind, value)) = query.split_once('=') else {
        return Ok(format!("{{ git = {} }}", quoted(url)));
    };
    if !matches!(kind, "branch" | "tag" | "rev") {
        bail!("{SDK} comes from {source}, which is not understood");
    }
    let value = value.replace("%2F", "/");
    Ok(format!(
        "{{ git = {}, {kind} = {} }}",
        quoted(url),
        quoted(&value)
    ))
}

/// A basic string of TOML; its escapes are those of JSON.
pub(in crate::cli) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_native_crate_comes_from_where_the_sdk_does() {
        let dependency = |source: &str| from_source(source, "1.2.3").unwrap();
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert_eq!(dependency(registry), r#""=1.2.3""#);
        let git = "git+https://host/selvedge";
        let commit = "#0123456789";
        assert_eq!(
            dependency(&format!("{git}{commit}")),
            r#"{ git = "https://host/selvedge" }"#
        );
        assert_eq!(
            dependency(&format!("{git}?branch=a%2Fb{commit}")),
            r#"{ git = "https://host/selvedge", branch = "a/b" }"#
        );
        assert!(from_source("git+https://host/s?shape=round", "1").is_err());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let error = beside(&directory.path().join("Cargo.toml"))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("there is no folder 'native'"), "{error}");
    }
}
