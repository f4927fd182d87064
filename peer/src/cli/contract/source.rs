//! A contract, wherever it is: a crate, a component, a package or its metadata alone.

use std::path::Path;

use anyhow::{Context, Result, bail};
use selvedge_runtime::{MAX_COMPONENT_SIZE, Package, code_files};
use selvedge_tools::{Interface, read_section};

use super::super::build::{self, build};

/// Entries of `code.tar.gz` that are looked at; a contract's package has one file and its indexes.
const MAX_FILES: usize = 10_000;

/// The component at `path`.
pub(super) fn component(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        return Ok(build(path, None)?.component);
    }
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    if bytes.starts_with(b"\0asm") {
        return build::component(path, bytes);
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return packaged(&bytes).with_context(|| format!("reading {}", path.display()));
    }
    bail!(
        "{} is no contract: give a contract crate, a component (.wasm) or a package (.tar.gz)",
        path.display()
    )
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
    let component = component(path)?;
    let metadata = match read_section(&component)? {
        Some(metadata) => metadata.to_vec(),
        None => build::describe(&component)
            .with_context(reading)?
            .with_context(|| format!("{} tells no metadata", path.display()))?,
    };
    Interface::parse(&metadata).with_context(reading)
}

fn packaged(bytes: &[u8]) -> Result<Vec<u8>> {
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
    Ok(component.content)
}
