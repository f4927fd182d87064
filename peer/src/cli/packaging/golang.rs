//! Go: the whole module that the chaincode is in. Fabric: core/chaincode/platforms/golang/platform.go.
//!
//! What Fabric asks the `go` command is in `go.mod`, so that a package can be made where Go is not installed. Code outside
//! of modules, found through GOPATH, is not packaged here.

use anyhow::{Context, Result, bail};
use selvedge_runtime::{SourceTree, check_artifact};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::walk::files;

pub(super) fn tree(path: &Path) -> Result<SourceTree> {
    let directory = path
        .canonicalize()
        .with_context(|| format!("{} is no folder of Go chaincode", path.display()))?;
    let root = module_root(&directory)?;
    let inside = directory.strip_prefix(&root).unwrap_or(Path::new(""));
    let inside = inside.to_string_lossy().replace('\\', "/");
    if !has_go_files(&directory)? {
        bail!("no Go files in {}", directory.display());
    }
    let mut tree = SourceTree {
        path: joined(&module_path(&root)?, &inside),
        ..SourceTree::default()
    };
    let metadata = joined(&inside, "META-INF");
    // Vendored modules are part of the source; hidden folders are not.
    let enter = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or(name);
        name == metadata || name.starts_with(&format!("{metadata}/")) || !last.starts_with('.')
    };
    for found in files(&root, &enter)? {
        let name = match found.name.strip_prefix(&format!("{metadata}/")) {
            Some(_) if found.is_hidden() => continue,
            Some(rest) => format!("META-INF/{rest}"),
            None => format!("src/{}", found.name),
        };
        let content = found.read()?;
        if name.starts_with("META-INF/") {
            check_artifact(&name, &content)?;
        }
        tree.files.push((name, content));
    }
    tree.files.sort();
    tree.directories = directories(&tree.files);
    Ok(tree)
}

/// The nearest folder above that has a `go.mod`.
fn module_root(directory: &Path) -> Result<PathBuf> {
    let root = directory
        .ancestors()
        .find(|above| above.join("go.mod").is_file());
    root.map(Path::to_owned).with_context(|| {
        format!(
            "{} is in no Go module: neither it nor a folder above it has a go.mod. Make it one with go mod init; code below GOPATH is packaged by Fabric's peer",
            directory.display()
        )
    })
}

/// What `go.mod` calls the module. Go: modfile.ModulePath.
fn module_path(root: &Path) -> Result<String> {
    let file = root.join("go.mod");
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line));
    let names = lines.filter_map(|line| {
        let rest = line.trim().strip_prefix("module")?;
        let name = rest.trim().trim_matches(['"', '`']);
        (rest.starts_with([' ', '\t', '"', '`']) && !name.is_empty()).then(|| name.to_owned())
    });
    let mut names = names;
    names
        .next()
        .with_context(|| format!("{} has no line 'module <path>'", file.display()))
}

fn has_go_files(directory: &Path) -> Result<bool> {
    let reading = || format!("reading {}", directory.display());
    for entry in std::fs::read_dir(directory).with_context(reading)? {
        let path = entry.with_context(reading)?.path();
        if path.extension().is_some_and(|extension| extension == "go") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn joined(parent: &str, child: &str) -> String {
    match (parent, child) {
        ("", only) | (only, "") => only.to_owned(),
        (parent, child) => format!("{parent}/{child}"),
    }
}

/// Of all files, each with those above it, in order.
fn directories(files: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut all = BTreeSet::new();
    for (name, _) in files {
        let mut rest = name.as_str();
        while let Some((directory, _)) = rest.rsplit_once('/') {
            all.insert(directory.to_owned());
            rest = directory;
        }
    }
    all.into_iter().collect()
}
