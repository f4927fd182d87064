//! What a contract takes on with the SDK.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn manifest_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What cargo compiles for a component, as far as `depth` goes. Macros run on the machine that builds.
fn on_wasm(depth: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--package", "selvedge-sdk"])
        .args(["--target", "wasm32-wasip1", "--depth", depth])
        .args(["--edges", "normal,no-proc-macro"])
        .args(["--prefix", "none", "--format", "{p}", "--no-dedupe"])
        .current_dir(manifest_dir())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let trees = String::from_utf8(output.stdout).unwrap();
    // A cargo that unifies the features of the workspace shows the trees of all its members.
    let mut trees = trees.split("\n\n");
    let tree = trees.find(|tree| tree.starts_with("selvedge-sdk "));
    let below = tree.unwrap().lines().skip(1);
    let names = below.filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

#[test]
fn three_direct_dependencies_on_the_wasm_target() {
    assert_eq!(
        on_wasm("1"),
        ["selvedge-interface", "serde", "serde_json"]
            .map(str::to_owned)
            .into()
    );
}

/// Whoever audits a contract reads these, and the interface.
#[test]
fn few_crates_of_others_are_in_a_component() {
    assert_eq!(
        on_wasm("9"),
        [
            "bytes",
            "itoa",
            "memchr",
            "selvedge-interface",
            "serde",
            "serde_core",
            "serde_json",
            "wit-bindgen",
            "zmij"
        ]
        .map(str::to_owned)
        .into()
    );
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// One source for every product: nothing in it says which.
#[test]
fn authors_write_no_cfg() {
    let mut found = Vec::new();
    for chaincode in std::fs::read_dir(manifest_dir().join("../chaincodes")).unwrap() {
        let folder = chaincode.unwrap().path().join("src");
        if folder.is_dir() {
            sources(&folder, &mut found);
        }
    }
    assert!(found.len() > 5, "{} sources", found.len());
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let production = text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(!production.contains("cfg("), "{}", path.display());
        assert!(!production.contains("cfg!("), "{}", path.display());
    }
}
