//! A contract, wherever it is: a crate, a component, a package or its metadata alone.

use std::path::Path;

use anyhow::{Context, Result, bail};
use selvedge_runtime::{DbArtifact, MAX_COMPONENT_SIZE, Package, code_files};
use selvedge_tools::{Interface, read_section};

use super::super::build::{self, build};
use super::super::engine;

/// Entries of `code.tar.gz` that are looked at; a contract's package has one file and its indexes.
const MAX_FILES: usize = 10_000;

/// A contract with its name and the index files of its package.
pub(super) struct Found {
    /// What a chaincode of it would be called.
    pub(super) name: String,
    pub(super) component: Vec<u8>,
    pub(super) artifacts: Vec<DbArtifact>,
}

/// The contract at `path`.
pub(super) fn find(path: &Path) -> Result<Found> {
    if path.is_dir() {
        let built = build(path, None)?;
        return Ok(Found {
            artifacts: Package::parse(&built.package)?.db_artifacts,
            name: built.name,
            component: built.component,
        });
    }
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    if bytes.starts_with(b"\0asm") {
        let name = path
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned());
        return Ok(Found {
            name: name.unwrap_or_default(),
            component: build::component(path, bytes)?,
            artifacts: Vec::new(),
        });
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return packaged(&bytes).with_context(|| format!("reading {}", path.display()));
    }
    bail!(
        "{} is no contract: give a contract crate, a component (.wasm) or a package (.tar.gz)",
        path.display()
    )
}

/// The interface that a component tells of, in its section or by running; `None` if it tells nothing.
pub(super) fn told(component: &[u8]) -> Result<Option<Interface>> {
    let metadata = match read_section(component)? {
        Some(metadata) => Some(metadata.to_vec()),
        None => build::describe(engine()?.as_ref(), component)?,
    };
    metadata
        .map(|metadata| Ok(Interface::parse(&metadata)?))
        .transpose()
}

/// The interface of the contract at `path`, which may also be metadata in JSON.
pub(super) fn interface(path: &Path) -> Result<Interface> {
    let reading = || format!("reading the interface of {}", path.display());
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let bytes = std::fs::read(path).with_context(reading)?;
        return Interface::parse(&bytes).with_context(reading);
    }
    let told = told(&find(path)?.component).with_context(reading)?;
    told.with_context(|| format!("{} tells no metadata", path.display()))
        .with_context(reading)
}

fn packaged(bytes: &[u8]) -> Result<Found> {
    let package = Package::parse(bytes)?;
    let kind = &package.metadata.kind;
    if !kind.eq_ignore_ascii_case("wasm") {
        bail!("the package is of type '{kind}'; only one of type 'wasm' holds a component");
    }
    let files =
        code_files(&package.code, MAX_COMPONENT_SIZE, MAX_FILES).map_err(anyhow::Error::msg)?;
    let mut components = files
        .into_iter()
        .filter(|file| file.name.ends_with(".wasm"));
    let component = components.next().context("the package has no .wasm file")?;
    let label = package.label.as_str();
    let name = label.rsplit_once('_').map_or(label, |(name, _)| name);
    Ok(Found {
        name: name.to_owned(),
        component: component.content,
        artifacts: package.db_artifacts,
    })
}
