//! `new`, `build`, `check`, `diff` and `bindings` as an author meets them.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn selvedge(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
    command.current_dir(directory).args(arguments);
    command.output().unwrap()
}

/// Standard output of a verb that succeeds.
fn said(directory: &Path, arguments: &[&str]) -> String {
    let output = selvedge(directory, arguments);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a verb that fails with 1.
fn complaint(directory: &Path, arguments: &[&str]) -> String {
    let output = selvedge(directory, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_new_contract_is_built_checked_and_understood_without_running_it() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    said(here, &["new", "my-notes"]);
    let crate_path = here.join("my-notes");
    let built = said(
        &crate_path,
        &["build", "--json", "--component", "../notes.wasm"],
    );
    let built: Value = serde_json::from_str(&built).unwrap();
    let package = crate_path.join(built["file"].as_str().unwrap());
    let package = package.to_str().unwrap();

    let check = said(here, &["check", package, "--json"]);
    let check: Value = serde_json::from_str(&check).unwrap();
    assert_eq!(check["component_bytes"], built["component_bytes"]);
    assert_eq!(check["metadata"], true);

    let bindings = said(here, &["bindings", "notes.wasm"]);
    for line in [
        "export class Notes {",
        "async read(id: string): Promise<string> {",
        "async write(id: string, text: string): Promise<void> {",
    ] {
        assert!(bindings.contains(line), "{bindings}");
    }
    said(here, &["bindings", package, "--out", "notes.ts"]);
    assert_eq!(
        std::fs::read_to_string(here.join("notes.ts")).unwrap(),
        bindings
    );
    assert_eq!(
        said(here, &["diff", "notes.wasm", package]),
        "the interfaces are the same\n"
    );
}

#[test]
fn what_breaks_clients_fails() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let metadata = |transactions: &str| {
        format!(
            r#"{{"contracts":{{"C":{{"name":"C","default":true,"transactions":[{transactions}]}}}}}}"#
        )
    };
    let read = r#"{"name":"Read","tag":["evaluate"],"parameters":[{"name":"id","schema":{"type":"string"}}]}"#;
    let write = r#"{"name":"Write","tag":["submit"]}"#;
    std::fs::write(here.join("one.json"), metadata(read)).unwrap();
    std::fs::write(here.join("two.json"), metadata(&format!("{read},{write}"))).unwrap();

    let added = said(here, &["diff", "one.json", "two.json"]);
    assert!(added.starts_with("added     C:Write: "), "{added}");
    let output = selvedge(here, &["diff", "two.json", "one.json", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&line["weight"], &line["subject"]),
        (&"breaking".into(), &"C:Write".into())
    );
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "Error: 1 breaking change\n"
    );
}

#[test]
fn what_is_no_contract_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::write(here.join("text"), "hello").unwrap();
    std::fs::write(here.join("bad.wasm"), b"\0asm\x0d\0\x01\0\xff").unwrap();
    std::fs::write(here.join("bad.json"), "{}").unwrap();
    for (arguments, expected) in [
        (
            &["check", "text"][..],
            "Error: text is no contract: give a contract crate",
        ),
        (
            &["check", "bad.wasm"],
            "Error: a peer would refuse bad.wasm: ",
        ),
        (&["check", "missing"], "Error: reading missing: "),
        (
            &["diff", "bad.json", "bad.json"],
            "Error: reading the interface of bad.json: the chaincode's metadata cannot be read",
        ),
        (
            &["new", "Bad Name"],
            "Error: 'Bad Name' cannot be the name of a contract",
        ),
    ] {
        let complaint = complaint(here, arguments);
        assert!(complaint.starts_with(expected), "{complaint}");
    }
}
