//! `selvedge test`: the crate's own tests, and what each transaction cost in them.

use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail};

use super::super::build;
use super::args::TestArgs;
use super::costs::Report;

/// The table, and the error of tests that fail. What cargo prints goes where it goes anyway; with --json all of it to
/// standard error.
pub(in crate::cli) fn test(args: &TestArgs) -> Result<(String, Option<String>)> {
    let manifest = args.path.join("Cargo.toml");
    if !manifest.is_file() {
        bail!("{} is no crate: it has no Cargo.toml", args.path.display());
    }
    let costs = tempfile::NamedTempFile::new().context("making a file for what the tests cost")?;
    let status = cargo_test(args, &manifest, costs.path())?;
    let text = std::fs::read_to_string(costs.path()).context("reading what the tests cost")?;
    let report = Report::read(&text, args.by_test)?;
    let text = match args.json {
        true => format!("{}\n", serde_json::to_string(&report)?),
        false => format!("\n{}", report.table()),
    };
    let failed = (!status.success()).then(|| format!("the tests did not pass ({status})"));
    Ok((text, failed))
}

fn cargo_test(args: &TestArgs, manifest: &Path, costs: &Path) -> Result<ExitStatus> {
    let mut cargo: Command = build::cargo();
    cargo
        .arg("test")
        .arg("--manifest-path")
        .arg(manifest)
        .args(&args.cargo)
        .env("SELVEDGE_COSTS", costs);
    if args.bless {
        cargo.env("SELVEDGE_BLESS", "1");
    }
    if args.json {
        let stderr = std::io::stderr().as_fd().try_clone_to_owned();
        cargo.stdout(stderr.context("passing on standard error")?);
    }
    cargo
        .status()
        .context("cargo could not be started; install Rust from https://rustup.rs")
}
