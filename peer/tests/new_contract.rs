//! What a newcomer waits for: whether the crates that a new contract's tests need are compiled already.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

/// What cargo would compile, as it says itself. The option is unstable; what is read of it is checked below.
fn units(directory: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .current_dir(directory)
        .args(arguments)
        .args(["--offline", "--unit-graph", "-Z", "unstable-options"])
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let graph: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(graph["version"], 1, "another form of the unit graph");
    graph["units"].as_array().unwrap().clone()
}

/// Everything that decides whether a compiled crate can be used again, of the unit and of all below it.
fn identity(units: &[Value], index: usize, known: &mut BTreeMap<usize, String>) -> String {
    if let Some(known) = known.get(&index) {
        return known.clone();
    }
    let unit = &units[index];
    let mut profile: Map<String, Value> = unit["profile"].as_object().unwrap().clone();
    // `dev` and `test` are one to rustc.
    profile.remove("name");
    let dependencies = unit["dependencies"].as_array().unwrap().iter();
    let mut below: Vec<String> = dependencies
        .map(|dependency| {
            let index = dependency["index"].as_u64().unwrap();
            identity(units, index as usize, known)
        })
        .collect();
    below.sort();
    let own = format!(
        "{} {} {} {} {} {} {below:?}",
        unit["pkg_id"],
        unit["target"],
        unit["mode"],
        unit["platform"],
        unit["features"],
        Value::from(profile),
    );
    let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(own));
    known.insert(index, digest.clone());
    digest
}

/// Crates that others wrote, by their identity.
fn foreign(units: &[Value]) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    let all = (0..units.len()).map(|index| (identity(units, index, &mut known), &units[index]));
    all.filter(|(_, unit)| unit["pkg_id"].as_str().unwrap().starts_with("registry+"))
        .map(|(identity, unit)| (identity, unit["pkg_id"].to_string()))
        .collect()
}

#[test]
fn a_new_contract_finds_wasmtime_and_rocksdb_compiled() {
    let directory = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .current_dir(directory.path())
        .args(["new", "my-notes"])
        .status()
        .unwrap();
    assert!(made.success());
    let new = foreign(&units(&directory.path().join("my-notes"), &["test"]));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let peer = foreign(&units(&root, &["build", "--package", "selvedge-peer"]));
    for heavy in [
        "#wasmtime@",
        "#cranelift-codegen@",
        "#librocksdb-sys@",
        "#tonic@",
    ] {
        assert!(new.values().any(|id| id.contains(heavy)), "{heavy}");
    }
    let missing: Vec<_> = new
        .iter()
        .filter(|(identity, _)| !peer.contains_key(*identity))
        .map(|(_, name)| name)
        .collect();
    assert!(
        missing.is_empty(),
        "a new contract compiles these again, with other features or another profile than `scripts/demo`: {missing:#?}"
    );
}
