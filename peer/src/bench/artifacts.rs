//! The contract in all its forms. They are made from the sources in this repository, once for a run.

use super::Way;
use super::node_contract;
use super::progress::Progress;
use anyhow::{Context, Result, ensure};
use selvedge_runtime::PackageSource;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

use crate::cli::{build, static_program, write_atomically, write_program};

/// What the packages are made of. A process that measures for this one is told it as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Artifacts {
    component: PathBuf,
    /// A program that needs no library; not there before it is needed.
    program: PathBuf,
    /// The directory of the contract for Node, with its packages.
    node: Option<PathBuf>,
    /// Of a Docker engine.
    pub(super) engine: Option<String>,
    /// Where the first two are, for as long as this exists.
    #[serde(skip)]
    _directory: Option<TempDir>,
}

/// A way that is left out, and why.
pub type Skipped = (Way, String);

/// The type of packages whose chaincode is a program on this machine.
pub(super) const PROCESS: &str = "process";

impl Artifacts {
    /// Compiles what `ways` need; gives those that can run, and why others cannot.
    pub fn prepare(
        repository: &Path,
        ways: &[Way],
        progress: &Progress,
    ) -> Result<(Self, Vec<Way>, Vec<Skipped>)> {
        let contract = repository.join("benches/contract");
        ensure!(
            contract.join("Cargo.toml").is_file(),
            "{} is not the folder of this program's sources, which the benchmarks' contract is in; name it with --repository",
            repository.display()
        );
        let directory = TempDir::with_prefix("selvedge-bench-")?;
        let mut made = Self {
            component: directory.path().join("bench.wasm"),
            program: directory.path().join("bench-contract"),
            node: None,
            engine: None,
            _directory: Some(directory),
        };
        progress.doing("building the contract as Wasm");
        write_atomically(
            &made.component,
            &build(&contract, Some("bench_1"))?.component,
        )?;
        let (mut can, mut skipped) = (Vec::new(), Vec::new());
        for way in ways {
            match made.provide(*way, repository, &contract, progress) {
                Ok(()) => can.push(*way),
                Err(error) => skipped.push((*way, format!("{error:#}"))),
            }
        }
        Ok((made, can, skipped))
    }

    fn provide(
        &mut self,
        way: Way,
        repository: &Path,
        contract: &Path,
        progress: &Progress,
    ) -> Result<()> {
        match way {
            Way::Wasm => Ok(()),
            Way::Process | Way::Service => self.compile(contract, progress),
            Way::Docker => {
                let engine = engine().context(
                    "DOCKER_HOST names no Docker engine (scripts/bench starts one of its own, as root with dockerd)",
                )?;
                self.compile(contract, progress)?;
                self.engine = Some(engine);
                Ok(())
            }
            Way::Node => {
                progress.doing("installing the packages of Fabric's shim for Node");
                self.node = Some(node_contract::prepare(repository)?);
                Ok(())
            }
        }
    }

    fn compile(&self, contract: &Path, progress: &Progress) -> Result<()> {
        if !self.program.exists() {
            progress.doing("building the contract as a program; the first time takes minutes");
            write_program(&self.program, &static_program(contract)?)?;
        }
        Ok(())
    }

    /// The contract as a program.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// The contract for Node.
    pub(super) fn node_directory(&self) -> Option<&Path> {
        self.node.as_deref()
    }

    /// In bytes: what runs of it, the C library included where it is part of it.
    pub(super) fn size(&self, way: Way) -> Option<u64> {
        let file = match way {
            Way::Wasm => &self.component,
            Way::Process | Way::Service | Way::Docker => &self.program,
            Way::Node => return None,
        };
        Some(std::fs::metadata(file).ok()?.len())
    }

    /// A package that shares nothing with one of another number: neither code nor an ID.
    pub fn package(&self, way: Way, number: usize) -> Result<Packaged> {
        let label = format!("{}-{number}_1", way.name());
        let mut address = None;
        let source = match way {
            Way::Wasm => {
                let component = another(&read(&self.component)?, number)?;
                PackageSource::wasm(&label, component, BTreeMap::new())
            }
            Way::Process | Way::Node => plain(&label, PROCESS, "which", way.name().into()),
            Way::Service => {
                let free = free_address()?;
                let connection = serde_json::json!({ "address": free, "dial_timeout": "10s" });
                address = Some(free);
                plain(
                    &label,
                    "ccaas",
                    "connection.json",
                    connection.to_string().into(),
                )
            }
            Way::Docker => {
                let mut program = read(&self.program)?;
                // Behind the end of what is loaded: an image of its own, as different contracts have.
                program.extend(format!("number {number}").bytes());
                plain(&label, "docker", "chaincode", program)
            }
        };
        Ok(Packaged {
            bytes: source.write()?,
            address,
        })
    }
}

/// A package ready to be installed.
#[derive(Debug)]
pub struct Packaged {
    pub(super) bytes: Vec<u8>,
    /// Where a service must listen.
    pub(super) address: Option<String>,
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("reading {}", path.display()))
}

fn plain(label: &str, kind: &str, file: &str, content: Vec<u8>) -> PackageSource {
    PackageSource {
        label: label.to_owned(),
        kind: kind.to_owned(),
        path: String::new(),
        files: BTreeMap::from([(file.to_owned(), content)]),
    }
}

/// The same component with other bytes, in a section without meaning: nothing of it can be shared.
fn another(component: &[u8], number: usize) -> Result<Vec<u8>> {
    let text = format!("number {number}");
    let name = "copy";
    let size = u8::try_from(1 + name.len() + text.len())?;
    ensure!(size < 0x80, "a size of one byte");
    let mut bytes = component.to_vec();
    bytes.extend([0, size, u8::try_from(name.len())?]);
    bytes.extend(name.bytes());
    bytes.extend(text.bytes());
    Ok(bytes)
}

/// Free a moment ago; a service that finds it taken ends, and its first call says so.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(listener.local_addr()?.to_string())
}

/// Only one that is named: a benchmark does not help itself to the machine's.
fn engine() -> Option<String> {
    let set = std::env::var("DOCKER_HOST").ok();
    set.filter(|endpoint| !endpoint.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_without_meaning_is_added() {
        let bytes = another(b"\0asm", 7).unwrap();
        assert_eq!(bytes, b"\0asm\0\x0d\x04copynumber 7");
    }
}
