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
    conflicts(here, &crate_path);
    sizes(&crate_path, &built);
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

/// What invalidates what, of the calls that the template comes with and of others.
fn conflicts(here: &Path, crate_path: &Path) {
    // The calls that the template comes with.
    let matrix = said(crate_path, &["conflicts"]);
    let expected = "\
1  user1: Write(n1, hello again)
2  user1: Write(n2, another note)
3  user1: Read(n1)

first  then 1  then 2  then 3
    1  MVCC    ok      MVCC
    2  ok      MVCC    ok
    3  ok      ok      ok

1 then 1: MVCC on my-notes/n1
1 then 3: MVCC on my-notes/n1
2 then 2: MVCC on my-notes/n2
";
    assert_eq!(matrix, expected);
    let json = said(crate_path, &["conflicts", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["pairs"].as_array().unwrap().len(), 9);
    assert_eq!(json["pairs"][2]["conflict"], "mvcc");
    assert_eq!(json["pairs"][2]["at"], "my-notes/n1");

    // A file that must not change, and one that does.
    said(
        crate_path,
        &["conflicts", "--expect", "conflicts.txt", "--bless"],
    );
    said(crate_path, &["conflicts", "--expect", "conflicts.txt"]);
    let other = [
        "conflicts",
        "--expect",
        "conflicts.txt",
        "--call",
        "Write n3 x",
    ];
    let changed = complaint(crate_path, &other);
    assert!(
        changed.contains("\n  + 4 then 4: MVCC on my-notes/n3"),
        "{changed}"
    );
    let denied = complaint(crate_path, &["conflicts", "--deny"]);
    assert_eq!(denied, "Error: 3 conflicts, and --deny allows none\n");

    // From the component alone, with calls on the command line.
    let calls = [
        "conflicts",
        "notes.wasm",
        "--call",
        "Write a x",
        "--call",
        r#"["Write", "b", "x y"]"#,
    ];
    let matrix = said(here, &calls);
    assert!(matrix.contains("2  user1: Write(b, x y)\n"), "{matrix}");
    let refused = complaint(here, &["conflicts", "notes.wasm", "--call", "Read nothing"]);
    assert!(
        refused.contains("Read(nothing) is refused with status 404: there is no note nothing"),
        "{refused}"
    );
    let none = complaint(here, &["conflicts", "notes.wasm"]);
    assert!(
        none.contains("which calls?") && none.contains("Write --id <text> --text <text>"),
        "{none}"
    );
}

/// The parts are the whole, and the second build knows the first.
fn sizes(crate_path: &Path, built: &Value) {
    let component = &built["sizes"]["component"];
    let parts = ["code", "data", "module", "adapter", "metadata", "component"];
    let parts: u64 = parts
        .iter()
        .map(|part| component[*part].as_u64().unwrap())
        .sum();
    assert_eq!(component["total"], built["component_bytes"]);
    assert_eq!(component["total"], parts);
    let crates = component["crates"].as_array().unwrap();
    assert!(
        crates.iter().any(|part| part["name"] == "my_notes"),
        "{crates:?}"
    );
    let again = said(crate_path, &["build", "--sizes"]);
    assert!(again.contains("\nCode by crate\n"), "{again}");
    let again: Value = serde_json::from_str(&said(crate_path, &["build", "--json"])).unwrap();
    assert_eq!(
        again["sizes"]["before"]["component"],
        built["component_bytes"]
    );
}

#[test]
fn what_an_author_may_want_to_know_comes_with_a_mend() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../chaincodes/asset-transfer");
    let calls = here.join("calls.yaml");
    let text = "setup: [CreateAsset a1 blue 5 ann 300]\ncalls: [GetAllAssets, TransferAsset a1 bob, ReadAsset a9]\n";
    std::fs::write(&calls, text).unwrap();
    let arguments = [
        "check",
        sample,
        "--json",
        "--calls",
        calls.to_str().unwrap(),
    ];
    let check: Value = serde_json::from_str(&said(here, &arguments)).unwrap();
    assert_eq!(check["simulated"], 3);
    let findings = check["findings"].as_array().unwrap();
    let about = |about: &str, finding: &str| {
        findings.iter().any(|found| {
            found["about"] == about
                && found["finding"].as_str().unwrap().contains(finding)
                && !found["mend"].as_str().unwrap().is_empty()
        })
    };
    assert!(
        about("GetAllAssets", "its result is of any length"),
        "{findings:?}"
    );
    assert!(
        about("user1: GetAllAssets()", "without a page"),
        "{findings:?}"
    );
    assert!(
        about("user1: ReadAsset(a9)", "is refused with status 404"),
        "{findings:?}"
    );
    let denied = complaint(here, &["check", sample, "--deny"]);
    assert!(
        denied.ends_with("findings, and --deny allows none\n"),
        "{denied}"
    );
}

#[test]
fn tests_tell_what_transactions_cost() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sample = "../chaincodes/asset-transfer";
    let arguments = ["test", sample, "--json", "--", "--test", "transactions"];
    let report: Value = serde_json::from_str(&said(here, &arguments)).unwrap();
    let rows = report["transactions"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["transaction"] == "CreateAsset" && row["runtime"] == "wasm")
        .unwrap();
    assert!(row["largest"]["fuel"].as_u64().unwrap() > 1000, "{row}");
    assert!(row["simulated"].as_u64().unwrap() > 0, "{row}");
    let failed = selvedge(here, &["test", sample, "--", "--test", "no-such-test"]);
    assert_eq!(failed.status.code(), Some(1));
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(
        said.contains("Error: the tests did not pass (exit status: 101)"),
        "{said}"
    );
}
