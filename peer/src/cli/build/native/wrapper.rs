//! The crate of one line.

use super::super::cargo::Crate;
use super::sdk::quoted;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

const MAIN: &str = "fn main() -> std::process::ExitCode {
    selvedge_native::main(contract::CHAINCODE)
}
";

/// Writes the crate and gives its manifest. Files that would not change are left alone, or cargo would compile again.
pub(super) fn write(contract: &Crate, native: &str) -> Result<PathBuf> {
    let directory = contract.target.join("selvedge-native").join(&contract.name);
    let source = directory.join("src");
    std::fs::create_dir_all(&source).with_context(|| format!("creating {}", source.display()))?;
    // Cargo names manifests by their real path.
    let directory = directory
        .canonicalize()
        .with_context(|| format!("reading {}", directory.display()))?;
    put(&directory.join("src/main.rs"), MAIN.as_bytes())?;
    follow_lock(&contract.workspace, &directory)?;
    let manifest = directory.join("Cargo.toml");
    put(&manifest, toml(contract, native).as_bytes())?;
    Ok(manifest)
}

fn toml(contract: &Crate, native: &str) -> String {
    let folder = contract.manifest.parent().unwrap_or(Path::new("."));
    let (name, version) = (quoted(&contract.name), quoted(&contract.version));
    format!(
        "# Written by `selvedge build --target native`; changes are lost.
[package]
name = {}
version = {version}
edition = \"2024\"
publish = false

[[bin]]
name = {name}
path = \"src/main.rs\"

[dependencies]
contract = {{ package = {name}, path = {} }}
selvedge-native = {native}

[workspace]
",
        quoted(&format!("{}-native", contract.name)),
        quoted(&folder.display().to_string()),
    )
}

/// The program has the versions that the contract was tested with. What the contract's lock file does not know is
/// added to the copy by cargo, and stays until the original changes.
fn follow_lock(workspace: &Path, directory: &Path) -> Result<()> {
    let Ok(lock) = std::fs::read(workspace.join("Cargo.lock")) else {
        return Ok(());
    };
    let seen = directory.join("contract.lock");
    if std::fs::read(&seen).ok().as_deref() != Some(&lock) {
        put(&directory.join("Cargo.lock"), &lock)?;
        put(&seen, &lock)?;
    }
    Ok(())
}

fn put(file: &Path, content: &[u8]) -> Result<()> {
    if std::fs::read(file).ok().as_deref() == Some(content) {
        return Ok(());
    }
    std::fs::write(file, content).with_context(|| format!("writing {}", file.display()))
}
