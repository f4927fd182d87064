//! From a contract crate to a chaincode package: cargo, the component encoder, and reproducible archives.

mod cargo;
mod meta_inf;
mod package;

use anyhow::Result;

use super::args::BuildArgs;
use super::files::write_atomically;

pub(crate) use meta_inf::collect as meta_inf;
pub(crate) use package::{build, code_from_path, from_path};

/// `selvedge build`.
pub(super) fn run(args: BuildArgs) -> Result<String> {
    let built = build(&args.crate_path, args.label.as_deref())?;
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| format!("{}.tar.gz", built.label).into());
    write_atomically(&out, &built.package)?;
    if let Some(path) = &args.component {
        write_atomically(path, &built.component)?;
    }
    if args.json {
        let report = serde_json::json!({
            "label": built.label,
            "package_id": built.package_id,
            "file": out,
            "module_bytes": built.module_bytes,
            "component_bytes": built.component.len(),
            "package_bytes": built.package.len(),
        });
        return Ok(format!("{report}\n"));
    }
    Ok(format!(
        "Package ID  {}\nFile        {}\nSize        module {}, component {}, package {}\n",
        built.package_id,
        out.display(),
        kib(built.module_bytes),
        kib(built.component.len()),
        kib(built.package.len())
    ))
}

fn kib(bytes: usize) -> String {
    format!("{}.{} KiB", bytes / 1024, bytes % 1024 * 10 / 1024)
}
