use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use selvedge_runtime::{Label, PackageId, PackageSource, code_archive, encode_component};

use selvedge_tools::{embed_section, strip_symbols};

use super::cargo::Crate;
use super::describe::describe;
use super::meta_inf;
use super::native;
use crate::cli::engine;

/// The file of a `docker` package that holds the program.
const PROGRAM: &str = "chaincode";

/// A contract, built and packaged.
#[derive(Debug)]
pub(crate) struct Built {
    /// The crate's name; what a chaincode is called when nothing else is asked for.
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) label: String,
    pub(crate) package_id: String,
    /// The core module that cargo made.
    pub(crate) module: PathBuf,
    /// Its size without symbols.
    pub(crate) module_bytes: usize,
    /// The same, with the names of its functions.
    pub(crate) named_module: Vec<u8>,
    /// Cargo's target directory.
    pub(crate) target: PathBuf,
    /// When cargo was done.
    pub(crate) compiled: Instant,
    pub(crate) component: Vec<u8>,
    /// The `.tar.gz` that is installed.
    pub(crate) package: Vec<u8>,
}

/// Builds the crate in `directory`. The label is `<name>_<version>` unless one is given.
pub(crate) fn build(directory: &Path, label: Option<&str>) -> Result<Built> {
    let contract = Crate::read(directory)?;
    let label = label.map_or_else(
        || format!("{}_{}", contract.name, contract.version),
        str::to_owned,
    );
    Label::new(label.as_str())?;
    let (path, named_module) = contract.compile()?;
    let compiled = Instant::now();
    let module = strip_symbols(&named_module)
        .with_context(|| format!("reading the module of {}", contract.name))?;
    let component = encode_component(&module).with_context(|| {
        format!(
            "{} is not a contract; does its lib.rs say chaincode!(…)?",
            contract.name
        )
    })?;
    let component = described(component)
        .with_context(|| format!("reading the interface of {}", contract.name))?;
    let source = PackageSource::wasm(&label, component.clone(), meta_inf::collect(directory)?);
    let package = source.write().context("writing the package")?;
    Ok(Built {
        name: contract.name,
        version: contract.version,
        package_id: PackageId::of(&Label::new(label.as_str())?, &package).to_string(),
        label,
        module: path,
        module_bytes: module.len(),
        named_module,
        target: contract.target,
        compiled,
        component,
        package,
    })
}

/// A contract as a program in a package of type `docker`.
#[derive(Debug)]
pub(super) struct BuiltDocker {
    pub(super) label: String,
    pub(super) package_id: String,
    /// What the program was linked with, for people.
    pub(super) linked: String,
    pub(super) program_bytes: usize,
    /// The `.tar.gz` that is installed.
    pub(super) package: Vec<u8>,
}

/// Builds the crate in `directory` for an image `FROM scratch`. The label is as for [`build`].
pub(super) fn docker(directory: &Path, label: Option<&str>) -> Result<BuiltDocker> {
    let meta_inf = meta_inf::collect(directory)?;
    let program = native::program(directory, true)?;
    let label = label.map_or_else(
        || format!("{}_{}", program.name, program.version),
        str::to_owned,
    );
    let checked = Label::new(label.as_str())?;
    let program_bytes = program.bytes.len();
    let mut files = meta_inf;
    files.insert(PROGRAM.to_owned(), program.bytes);
    let source = PackageSource {
        label: label.clone(),
        kind: "docker".to_owned(),
        path: String::new(),
        files,
    };
    let package = source.write().context("writing the package")?;
    Ok(BuiltDocker {
        package_id: PackageId::of(&checked, &package).to_string(),
        label,
        linked: program.linked,
        program_bytes,
        package,
    })
}

/// Packages what `path` is: a contract crate, a component, or a core module.
pub(crate) fn from_path(path: &Path, label: &str) -> Result<Vec<u8>> {
    if path.is_dir() {
        return Ok(build(path, Some(label))?.package);
    }
    Ok(PackageSource::wasm(label, component_of(path)?, BTreeMap::new()).write()?)
}

/// The same as the code of a legacy package.
pub(crate) fn code_from_path(path: &Path) -> Result<Vec<u8>> {
    let source = match path.is_dir() {
        true => {
            let built = build(path, None)?;
            PackageSource::wasm(&built.label, built.component, meta_inf::collect(path)?)
        }
        false => PackageSource::wasm("", component_of(path)?, BTreeMap::new()),
    };
    Ok(code_archive(&source.files)?)
}

fn component_of(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path)
        .with_context(|| format!("failed to read chaincode at '{}'", path.display()))?;
    component(path, bytes)
}

/// The component that the bytes of a file are, or become.
pub(crate) fn component(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>> {
    if is_component(&bytes) {
        return Ok(bytes);
    }
    encode_component(&bytes).with_context(|| format!("{} is no Wasm chaincode", path.display()))
}

/// The component with its metadata in a section, if it tells any: clients and tools read it without running anything.
fn described(component: Vec<u8>) -> Result<Vec<u8>> {
    match describe(engine()?.as_ref(), &component)? {
        Some(metadata) => Ok(embed_section(&component, &metadata)?),
        None => Ok(component),
    }
}

/// The component layer of the binary format; a core module has version 1 and layer 0 here.
fn is_component(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm") && bytes.get(6..8) == Some(&[1, 0])
}
