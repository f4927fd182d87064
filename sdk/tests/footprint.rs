//! What a contract takes on with the SDK.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn manifest_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The crates of others that a component's build takes from the registry because the SDK names them. What is ours is
/// the interface, which every runtime shares, the macros, and the guest's end of the WIT world.
#[test]
fn three_direct_dependencies_on_the_wasm_target() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(manifest_dir())
        .output()
        .unwrap();
    assert!(output.status.success());
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let sdk = packages
        .iter()
        .find(|found| found["name"] == "selvedge-sdk");
    let on_wasm = |dependency: &&Value| match dependency["target"].as_str() {
        None => true,
        Some(target) => target.contains("wasm32") && !target.contains("not("),
    };
    let direct = sdk.unwrap()["dependencies"].as_array().unwrap().iter();
    let (ours, others): (Vec<_>, Vec<_>) = direct
        .filter(|dependency| dependency["kind"].is_null())
        .filter(on_wasm)
        .map(|dependency| dependency["name"].as_str().unwrap())
        .partition(|name| packages.iter().any(|package| package["name"] == **name));
    assert_eq!(others, ["bytes", "serde", "serde_json"]);
    assert_eq!(
        ours,
        [
            "selvedge-interface",
            "selvedge-sdk-macros",
            "selvedge-guest"
        ]
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
