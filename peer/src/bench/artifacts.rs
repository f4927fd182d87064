//! The contract in all its forms. They are made from the sources in this repository, once for a run.

use super::Way;
use super::node_contract;
use super::progress::Progress;
use anyhow::{Context, Result, bail, ensure};
use selvedge_runtime::PackageSource;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::cli::{build, static_program, write_atomically, write_program};
use crate::scratch::Scratch;

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
    _directory: Option<Scratch>,
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
        let directory = Scratch::new(None)?;
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
                let program = another(&read(&self.program)?, number)?;
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

/// The contract of that number: the text that it answers `which` with is part of its machine code, so that nothing of one
/// can stand for another.
fn another(contract: &[u8], number: usize) -> Result<Vec<u8>> {
    let (of_sources, of_copy) = (copy(0), copy(number));
    ensure!(
        of_copy.len() == of_sources.len(),
        "copies have seven digits"
    );
    let mut places = contract
        .windows(of_sources.len())
        .enumerate()
        .filter(|(_, window)| *window == of_sources.as_bytes())
        .map(|(place, _)| place);
    let (Some(place), None) = (places.next(), places.next()) else {
        bail!("the contract does not have the text '{of_sources}' once");
    };
    let mut bytes = contract.to_vec();
    bytes.splice(place..place + of_copy.len(), of_copy.bytes());
    Ok(bytes)
}

/// What the contract of that number answers `which` with.
pub(super) fn copy(number: usize) -> String {
    format!("copy {number:07} of the contract that is measured")
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
    fn copies_differ_in_what_runs() {
        let contract = format!("before {} behind", copy(0)).into_bytes();
        let other = another(&contract, 12).unwrap();
        assert_eq!(other, format!("before {} behind", copy(12)).into_bytes());
        for odd in [String::new(), copy(0) + &copy(0)] {
            let refused = another(odd.as_bytes(), 12).unwrap_err();
            assert!(refused.to_string().contains("copy 0000000"), "{refused}");
        }
    }
}
