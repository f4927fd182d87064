//! From a contract crate to what a peer runs: cargo, the component encoder, a program, and reproducible archives.

mod cargo;
mod describe;
mod meta_inf;
mod native;
mod package;
mod report;
mod rustc;

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde_json::json;

use super::args::{BuildArgs, BuildTarget};
use super::files::{write_atomically, write_program};
use report::{Report, kib};

pub(super) use cargo::cargo;
pub(super) use describe::describe;
pub(crate) use meta_inf::collect as meta_inf;
pub(super) use native::quoted;
pub use native::static_program;
pub(super) use package::component;
pub(crate) use package::{Built, build, code_from_path, from_path};
pub(super) use rustc::{AS_RUSTC, run as as_rustc};

/// `selvedge build`.
pub(super) fn run(args: BuildArgs) -> Result<String> {
    if args.component.is_some() && args.target != BuildTarget::Wasm {
        bail!("--component goes with --target wasm; there is no component in a program");
    }
    if args.sizes && args.target != BuildTarget::Wasm {
        bail!("--sizes goes with --target wasm; it is about the parts of a component");
    }
    if args.is_static && args.target == BuildTarget::Wasm {
        bail!("--static goes with --target native; a component has nothing to link");
    }
    match args.target {
        BuildTarget::Wasm => wasm(args),
        BuildTarget::Native => program(args),
        BuildTarget::Docker => docker(args),
    }
}

fn wasm(args: BuildArgs) -> Result<String> {
    let built = build(&args.crate_path, args.label.as_deref())?;
    let out = archive(args.out, &built.label);
    write_atomically(&out, &built.package)?;
    if let Some(path) = &args.component {
        write_atomically(path, &built.component)?;
    }
    let (sizes, before) = Report::of(&built)?;
    if args.json {
        let report = json!({
            "label": built.label,
            "package_id": built.package_id,
            "file": out,
            "module_bytes": built.module_bytes,
            "component_bytes": built.component.len(),
            "package_bytes": built.package.len(),
            "sizes": sizes.json(before.as_ref()),
        });
        return Ok(format!("{report}\n"));
    }
    Ok(format!(
        "Package ID  {}\nFile        {}\n{}",
        built.package_id,
        out.display(),
        sizes.text(before.as_ref(), args.sizes)
    ))
}

fn program(args: BuildArgs) -> Result<String> {
    if args.label.is_some() {
        bail!("--label names a package; --target native makes a program");
    }
    let program = native::program(&args.crate_path, args.is_static)?;
    let out = args.out.unwrap_or_else(|| PathBuf::from(&program.name));
    write_program(&out, &program.bytes)?;
    if args.json {
        let report = json!({
            "file": out,
            "program_bytes": program.bytes.len(),
            "static": args.is_static,
        });
        return Ok(format!("{report}\n"));
    }
    Ok(format!(
        "File        {}\nLinked      {}\nSize        {}\n",
        out.display(),
        program.linked,
        kib(program.bytes.len())
    ))
}

fn docker(args: BuildArgs) -> Result<String> {
    let built = package::docker(&args.crate_path, args.label.as_deref())?;
    let out = archive(args.out, &built.label);
    write_atomically(&out, &built.package)?;
    if args.json {
        let report = json!({
            "label": built.label,
            "package_id": built.package_id,
            "file": out,
            "program_bytes": built.program_bytes,
            "package_bytes": built.package.len(),
        });
        return Ok(format!("{report}\n"));
    }
    Ok(format!(
        "Package ID  {}\nFile        {}\nLinked      {}\nSize        program {}, package {}\n",
        built.package_id,
        out.display(),
        built.linked,
        kib(built.program_bytes),
        kib(built.package.len())
    ))
}

fn archive(out: Option<PathBuf>, label: &str) -> PathBuf {
    out.unwrap_or_else(|| format!("{label}.tar.gz").into())
}
