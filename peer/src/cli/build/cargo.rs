//! Runs cargo for the Wasm target with flags that make the result the same on every machine.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::rustc;

pub(super) const TARGET: &str = "wasm32-wasip1";

/// The profile of a contract, given on cargo's command line so that an author's manifest needs none: one small module,
/// arithmetic that traps instead of wrapping, no unwinding. Its names are taken away after the report on its size. Level 3
/// makes a call about a tenth faster and the module a tenth larger.
const PROFILE: [&str; 7] = [
    "profile.release.opt-level=\"s\"",
    "profile.release.lto=\"fat\"",
    "profile.release.codegen-units=1",
    "profile.release.panic=\"abort\"",
    "profile.release.overflow-checks=true",
    "profile.release.strip=\"none\"",
    "profile.release.debug=0",
];

/// What cargo knows of a contract crate.
#[derive(Debug)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) manifest: PathBuf,
    pub(super) workspace: PathBuf,
    pub(super) target: PathBuf,
    crate_types: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    crate_types: Vec<String>,
}

/// One file or more that cargo made.
#[derive(Deserialize)]
pub(super) struct Artifact {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    pub(super) executable: Option<PathBuf>,
}

/// What cargo said that it made of one manifest.
pub(super) fn artifacts(
    messages: &[u8],
    manifest: &Path,
) -> impl DoubleEndedIterator<Item = Artifact> {
    let lines = messages.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| serde_json::from_slice::<Artifact>(line).ok())
        .filter(move |artifact| {
            artifact.reason == "compiler-artifact" && artifact.manifest_path == manifest
        })
}

impl Crate {
    /// Asks cargo about the crate in `directory`.
    pub(super) fn read(directory: &Path) -> Result<Self> {
        let manifest = directory.join("Cargo.toml");
        if !manifest.is_file() {
            bail!(
                "{} is no contract crate: it has no Cargo.toml",
                directory.display()
            );
        }
        let manifest = manifest
            .canonicalize()
            .with_context(|| format!("reading {}", manifest.display()))?;
        let mut command = cargo();
        command
            .args([
                "metadata",
                "--no-deps",
                "--format-version",
                "1",
                "--manifest-path",
            ])
            .arg(&manifest);
        let metadata: Metadata = serde_json::from_slice(&output(command)?)
            .context("cargo metadata gave something else than expected")?;
        let package = metadata
            .packages
            .into_iter()
            .find(|package| package.manifest_path == manifest);
        let package = package.with_context(|| {
            format!(
                "{} is a workspace without a crate; name the folder of one crate",
                directory.display()
            )
        })?;
        let crate_types = package.targets.into_iter();
        Ok(Self {
            name: package.name,
            version: package.version,
            manifest,
            workspace: metadata.workspace_root,
            target: metadata.target_directory,
            crate_types: crate_types.flat_map(|target| target.crate_types).collect(),
        })
    }

    /// Refuses a crate that is not compiled to what a target needs.
    pub(super) fn must_be(&self, kinds: &[&str], what: &str) -> Result<()> {
        if self
            .crate_types
            .iter()
            .any(|kind| kinds.contains(&kind.as_str()))
        {
            return Ok(());
        }
        bail!(
            "the crate {} makes no {what}: add [lib] crate-type = [\"cdylib\", \"rlib\"] to {}",
            self.name,
            self.manifest.display()
        )
    }

    /// Compiles and gives the core module, and where it lies. Cargo's diagnostics go to standard error, its progress only
    /// where that is a terminal.
    pub(super) fn compile(&self) -> Result<(PathBuf, Vec<u8>)> {
        self.must_be(&["cdylib"], "module")?;
        let mut command = cargo();
        command
            .args([
                "rustc",
                "--lib",
                // With an `rlib` beside it, cargo does not optimize across crates, whatever the profile says: that is a third
                // of the component.
                "--crate-type",
                "cdylib",
                "--release",
                "--target",
                TARGET,
                "--message-format",
                "json-render-diagnostics",
            ])
            .arg("--manifest-path")
            .arg(&self.manifest);
        rustc::instead(&mut command)?;
        if !std::io::stderr().is_terminal() {
            command.arg("--quiet");
        }
        for setting in PROFILE {
            command.args(["--config", setting]);
        }
        let messages = output(command)?;
        let mut modules = artifacts(&messages, &self.manifest)
            .flat_map(|artifact| artifact.filenames)
            .filter(|file| {
                file.extension()
                    .is_some_and(|extension| extension == "wasm")
            });
        let module = modules
            .next_back()
            .with_context(|| format!("cargo made no module of {}", self.name))?;
        let bytes =
            std::fs::read(&module).with_context(|| format!("reading {}", module.display()))?;
        Ok((module, bytes))
    }

    /// Of a program: paths of this machine must not end up in panic messages. Of several prefixes that fit a path the last one counts, and the target directory is often in the workspace.
    pub(super) fn rustflags(&self) -> OsString {
        let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let cargo_home =
            cargo_home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
        let places = [
            (Some(self.workspace.clone()), "/contract"),
            (cargo_home, "/cargo"),
            (Some(self.target.clone()), "/target"),
        ];
        let flag = |(path, name): (Option<PathBuf>, &str)| {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(path?);
            flag.push("=");
            flag.push(name);
            Some(flag)
        };
        // The separator of CARGO_ENCODED_RUSTFLAGS.
        places
            .into_iter()
            .filter_map(flag)
            .collect::<Vec<_>>()
            .join(std::ffi::OsStr::new("\u{1f}"))
    }
}

/// The cargo that this program was started by, or the one on the path.
pub(in crate::cli) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    command
}

fn output(command: Command) -> Result<Vec<u8>> {
    run(
        command,
        &format!("The target is installed with: rustup target add {TARGET}"),
    )
}

/// Standard output of a cargo that succeeds; `hint` ends the error of one that does not.
pub(super) fn run(mut command: Command, hint: &str) -> Result<Vec<u8>> {
    let output = command
        .output()
        .context("cargo could not be started; install Rust from https://rustup.rs")?;
    if !output.status.success() {
        bail!(
            "cargo did not succeed ({}); what it printed above says why. {hint}",
            output.status
        );
    }
    Ok(output.stdout)
}
