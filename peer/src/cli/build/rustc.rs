//! This program in rustc's place: what cargo asks of rustc, so changed that the same sources give the same module wherever
//! they and their dependencies lie.
//!
//! Two things in a module tell of places. Panic messages and the like name source files; and cargo numbers a crate by where
//! it lies, which rustc puts into the names of symbols, by which the linker orders functions. Flags for all crates
//! (`RUSTFLAGS`) could say the first but not the second, and those that name a project make cargo compile all crates again
//! for the next one.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cargo::TARGET;
use crate::cli::FAILURE;

/// Set where this program is rustc. Its value: the standard library's sources on this machine and their name in modules,
/// as in `--remap-path-prefix`; nothing where they are not installed.
pub(in crate::cli) const AS_RUSTC: &str = "SELVEDGE_AS_RUSTC";

/// Lets a cargo compile through this program.
pub(super) fn instead(cargo: &mut Command) -> Result<()> {
    let program = std::env::current_exe().context("finding this program")?;
    cargo
        .env("RUSTC_WRAPPER", program)
        .env(AS_RUSTC, standard_library().unwrap_or_default())
        // The author's flags are another author's difference.
        .env("CARGO_ENCODED_RUSTFLAGS", "")
        .env_remove("RUSTFLAGS");
    Ok(())
}

/// rustc calls the sources of the standard library by the name of its commit, unless they are installed.
fn standard_library() -> Option<OsString> {
    let said = |argument: &[&str]| {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).args(argument).output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let sysroot = said(&["--print", "sysroot"])?;
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust");
    if !sources.is_dir() {
        return None;
    }
    let version = said(&["-vV"])?;
    let mut lines = version.lines();
    let commit = lines.find_map(|line| line.strip_prefix("commit-hash: "))?;
    Some(remap(&sources, &format!("/rustc/{commit}")))
}

/// Becomes rustc.
pub(in crate::cli) fn run() -> u8 {
    let mut arguments = std::env::args_os().skip(1);
    let rustc = arguments.next().unwrap_or_default();
    let arguments: Vec<OsString> = arguments.collect();
    let changed = match Package::from_environment() {
        Some(package) if is_for_contracts(&arguments) => package.renamed(arguments),
        _ => arguments,
    };
    // Comes back only if rustc cannot be run.
    let error = Command::new(&rustc)
        .args(changed)
        .env_remove(AS_RUSTC)
        .exec();
    eprintln!("error: cannot run {}: {error}", rustc.display());
    FAILURE
}

/// Macros and build scripts are compiled for this machine, and are in no module.
fn is_for_contracts(arguments: &[OsString]) -> bool {
    let mut pairs = arguments.windows(2);
    pairs.any(|pair| pair[0] == "--target" && pair[1] == TARGET)
}

/// What cargo tells rustc of the crate.
struct Package {
    name: String,
    version: String,
    /// Whether it is the contract.
    is_primary: bool,
    manifest_dir: PathBuf,
    out_dir: Option<PathBuf>,
    current_dir: PathBuf,
    standard_library: OsString,
}

impl Package {
    fn from_environment() -> Option<Self> {
        Some(Self {
            name: std::env::var("CARGO_PKG_NAME").ok()?,
            version: std::env::var("CARGO_PKG_VERSION").ok()?,
            is_primary: std::env::var_os("CARGO_PRIMARY_PACKAGE").is_some(),
            manifest_dir: std::env::var_os("CARGO_MANIFEST_DIR")?.into(),
            out_dir: std::env::var_os("OUT_DIR").map(PathBuf::from),
            current_dir: std::env::current_dir().ok()?,
            standard_library: std::env::var_os(AS_RUSTC)?,
        })
    }

    /// The same request, for a crate that lies nowhere in particular.
    fn renamed(&self, arguments: Vec<OsString>) -> Vec<OsString> {
        // Where two versions of a crate meet, and they do, these differ. The same version twice, from two sources, is not
        // compiled: rustc says that it cannot tell them apart.
        let number = format!("metadata={}-{}", self.name, self.version);
        let is_number = |argument: &OsStr| argument.as_encoded_bytes().starts_with(b"metadata=");
        let mut renamed: Vec<OsString> = arguments
            .into_iter()
            .map(|argument| match is_number(&argument) {
                true => OsString::from(&number),
                false => argument,
            })
            .collect();
        renamed.extend(self.places());
        // Diagnostics name the files that there are.
        renamed.push("--remap-path-scope=macro,object,debuginfo".into());
        renamed
    }

    /// Of several that fit a path, the last one counts.
    fn places(&self) -> Vec<OsString> {
        let (root, generated) = match self.is_primary {
            true => (String::new(), "generated".to_owned()),
            false => {
                let root = format!("{}-{}", self.name, self.version);
                let generated = format!("{root}/generated");
                (root, generated)
            }
        };
        let mut flags = vec![remap(&self.current_dir, "")];
        if !self.standard_library.is_empty() {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(&self.standard_library);
            flags.push(flag);
        }
        // Members of a workspace are compiled from its root, by relative paths.
        if let Ok(inside) = self.manifest_dir.strip_prefix(&self.current_dir)
            && !inside.as_os_str().is_empty()
        {
            flags.push(remap(inside, &root));
        }
        flags.push(remap(&self.manifest_dir, &root));
        if let Some(out_dir) = &self.out_dir {
            flags.push(remap(out_dir, &generated));
        }
        flags
    }
}

fn remap(from: &Path, to: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(from);
    flag.push("=");
    flag.push(to);
    flag
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(manifest_dir: &str, is_primary: bool) -> Package {
        Package {
            name: "some".to_owned(),
            version: "1.2.3".to_owned(),
            is_primary,
            manifest_dir: manifest_dir.into(),
            out_dir: None,
            current_dir: "/some/space".into(),
            standard_library: OsString::new(),
        }
    }

    fn arguments(given: &[&str]) -> Vec<OsString> {
        given.iter().map(OsString::from).collect()
    }

    #[test]
    fn a_crate_has_the_same_number_wherever_it_lies() {
        let asked = ["src/lib.rs", "-C", "metadata=0123", "-C", "opt-level=s"];
        let here = package("/some/space", true).renamed(arguments(&asked));
        assert_eq!(here[2], "metadata=some-1.2.3");
        assert_eq!(here[..2], arguments(&asked)[..2]);
        let places = package("/elsewhere/some", false).places();
        let places: Vec<_> = places.iter().map(|flag| flag.to_string_lossy()).collect();
        assert_eq!(
            places,
            [
                "--remap-path-prefix=/some/space=",
                "--remap-path-prefix=/elsewhere/some=some-1.2.3"
            ]
        );
    }

    #[test]
    fn members_of_a_workspace_are_named_as_they_are_alone() {
        let places = package("/some/space/in/it", true).places();
        assert_eq!(places[1], "--remap-path-prefix=in/it=");
        assert_eq!(places[2], "--remap-path-prefix=/some/space/in/it=");
    }

    #[test]
    fn only_what_is_for_the_target_is_changed() {
        assert!(is_for_contracts(&arguments(&["--target", TARGET, "x.rs"])));
        assert!(!is_for_contracts(&arguments(&["-vV"])));
        assert!(!is_for_contracts(&arguments(&["build.rs"])));
    }
}
