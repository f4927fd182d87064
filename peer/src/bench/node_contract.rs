//! The contract on Fabric's shim for Node. npm puts the packages into a cache, once; no script of theirs runs.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The versions are those of the tests.
const VERSIONS: [&str; 2] = ["package.json", "package-lock.json"];
/// The lock file that the packages were installed by.
const INSTALLED: &str = "node_modules/.installed";
pub(super) const PROGRAM: &str = "bench.js";

/// Gives the directory that the program is in.
pub(super) fn prepare(repository: &Path) -> Result<PathBuf> {
    for program in ["node", "npm"] {
        if find(program).is_none() {
            bail!("{program} is not on the PATH");
        }
    }
    let directory = cache()?.join("selvedge/bench/node");
    let versions = repository.join("tests/interop/node");
    let made = || -> std::io::Result<()> {
        std::fs::create_dir_all(&directory)?;
        for name in VERSIONS {
            std::fs::copy(versions.join(name), directory.join(name))?;
        }
        let program = repository.join("benches/node").join(PROGRAM);
        std::fs::copy(program, directory.join(PROGRAM)).map(drop)
    };
    made().with_context(|| format!("preparing {}", directory.display()))?;
    let read = |name: &str| std::fs::read(directory.join(name));
    let wanted = read("package-lock.json").context("reading package-lock.json")?;
    if read(INSTALLED).ok().as_ref() != Some(&wanted) {
        install(&directory)?;
        std::fs::write(directory.join(INSTALLED), wanted).context("noting what is installed")?;
    }
    Ok(directory)
}

fn install(directory: &Path) -> Result<()> {
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .context("starting npm")?;
    if !npm.status.success() {
        let said = String::from_utf8_lossy(&npm.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty());
        bail!("npm ci failed: {}", last.unwrap_or("it does not say why"));
    }
    Ok(())
}

/// The program on the PATH: what is started has no environment to look in.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn cache() -> Result<PathBuf> {
    let set = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    set.or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .context("there is no home directory to keep Node's packages in")
}
