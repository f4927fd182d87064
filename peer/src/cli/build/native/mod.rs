//! From a contract crate to a program.
//!
//! The author's crate has neither a `main` nor a dependency on anything that speaks gRPC: it is the same source that
//! becomes a component. So a program needs another crate, of one line, that depends on the contract and on
//! `selvedge-native`. It is written below the contract's target directory, where nobody has to look after it, as a
//! workspace of its own. The ways not taken: a `[[bin]]` in the author's crate would put an HTTP stack into the
//! dependencies of every component, and a `main` made by `chaincode!` would put it into the library.

mod linking;
mod sdk;
mod wrapper;

use super::cargo::{Crate, artifacts, cargo, run};
use anyhow::{Context as _, Result, bail};
use linking::Linking;
pub(in crate::cli) use sdk::quoted;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;

/// A contract that fails must not take others with it, so panics unwind; all else is for size and safety.
const PROFILE: [&str; 6] = [
    "profile.release.opt-level=3",
    "profile.release.lto=\"thin\"",
    "profile.release.panic=\"unwind\"",
    "profile.release.overflow-checks=true",
    "profile.release.strip=\"symbols\"",
    "profile.release.debug=0",
];

/// A contract as a program.
#[derive(Debug)]
pub(super) struct Program {
    /// Of the contract.
    pub(super) name: String,
    pub(super) version: String,
    pub(super) bytes: Vec<u8>,
    /// What it was linked with, for people.
    pub(super) linked: String,
}

/// The bytes of the contract in `directory` as a program that needs no library.
///
/// # Errors
/// What cargo says, and a crate that is no contract.
pub fn static_program(directory: &Path) -> Result<Vec<u8>> {
    Ok(program(directory, true)?.bytes)
}

/// Builds the crate in `directory` as a program.
pub(super) fn program(directory: &Path, is_static: bool) -> Result<Program> {
    let contract = Crate::read(directory)?;
    contract.must_be(&["lib", "rlib"], "library that a program could use")?;
    if is_static && !cfg!(target_os = "linux") {
        bail!(
            "a program that needs no library is one for Linux, and this is {}: build it on Linux, or in a container that has the Rust toolchain",
            std::env::consts::OS
        );
    }
    let linking = if is_static {
        Linking::fixed()
    } else {
        Linking::Dynamic
    };
    let manifest = wrapper::write(&contract, &sdk::native_dependency(&contract)?)?;
    let mut command = cargo();
    command
        .args([
            "build",
            "--release",
            "--message-format",
            "json-render-diagnostics",
        ])
        .arg("--manifest-path")
        .arg(&manifest)
        // Of its own, so that building a program does not wait for other builds of the author's, nor they for it.
        .arg("--target-dir")
        .arg(contract.target.join("selvedge-native/target"))
        // Cargo looks for `.cargo/config.toml` from here: the author's registries and patches count.
        .current_dir(contract.manifest.parent().unwrap_or(directory))
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags(&contract, &linking));
    if let Some(target) = linking.target() {
        command.args(["--target", &target]);
    }
    if !std::io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    for setting in PROFILE {
        command.args(["--config", setting]);
    }
    let messages = run(command, linking.hint())?;
    let mut executables =
        artifacts(&messages, &manifest).filter_map(|artifact| artifact.executable);
    let executable = executables
        .next_back()
        .with_context(|| format!("cargo made no program of {}", contract.name))?;
    Ok(Program {
        bytes: std::fs::read(&executable)
            .with_context(|| format!("reading {}", executable.display()))?,
        name: contract.name,
        version: contract.version,
        linked: linking.describe(),
    })
}

fn rustflags(contract: &Crate, linking: &Linking) -> OsString {
    let mut flags = contract.rustflags();
    for flag in linking.rustflags() {
        flags.push("\u{1f}");
        flags.push(flag);
    }
    flags
}
