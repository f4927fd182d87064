//! `selvedge dev` while its contract is being edited.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_selvedge");

/// A network that runs a crate. Told to end, so that it removes its files.
struct Network {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    up: Value,
}

impl Network {
    fn start(crate_path: &Path) -> Self {
        let mut process = Command::new(PROGRAM)
            .args(["dev", "--json"])
            .arg(crate_path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut network = Self {
            process,
            lines,
            up: Value::Null,
        };
        network.up = network.next("up");
        network
    }

    /// The next event of this kind. A kind that never comes ends with the network.
    fn next(&mut self, kind: &str) -> Value {
        loop {
            let line = self
                .lines
                .next()
                .unwrap_or_else(|| panic!("no event {kind}"));
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if event["event"] == kind {
                return event;
            }
            let failed = event["event"] == "redeploy-failed";
            assert!(!failed, "{event}");
        }
    }

    fn invoke(&self, words: &str) -> String {
        let file = PathBuf::from(self.up["environment"]["Org1-user"].as_str().unwrap());
        let script = format!(
            ". {} && selvedge invoke -C dev -n my-notes {words}",
            file.display()
        );
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the page shows of the chaincode.
    fn definition(&self) -> Value {
        let page = self.up["page"].as_str().unwrap();
        let address = page.trim_start_matches("http://").trim_end_matches('/');
        let mut connection = std::net::TcpStream::connect(address).unwrap();
        let request = "GET /api/definitions?channel=dev HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let definitions: Value = serde_json::from_str(body).unwrap();
        definitions[0].clone()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let pid = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        let ended = self.process.wait();
        if !std::thread::panicking() {
            assert!(told.unwrap().success() && ended.unwrap().success());
        }
    }
}

#[test]
fn an_edit_is_deployed_with_the_state_kept_and_a_broken_one_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let made = Command::new(PROGRAM)
        .current_dir(directory.path())
        .args(["new", "my-notes"])
        .status()
        .unwrap();
    assert!(made.success());
    let crate_path = directory.path().join("my-notes");
    let source = crate_path.join("src/lib.rs");
    let first = std::fs::read_to_string(&source).unwrap();
    let edited = first.replace(
        "note.map(|note| note.text)",
        "note.map(|note| note.text + \"!\")",
    );
    assert_ne!(edited, first);

    let mut network = Network::start(&crate_path);
    network.invoke("Write --id n1 --text hello");
    assert_eq!(network.invoke("Read --id n1"), "hello\n");

    std::fs::write(&source, &edited).unwrap();
    let changed = network.next("changed");
    assert_eq!(changed["files"], serde_json::json!(["src/lib.rs"]));
    let redeployed = network.next("redeployed");
    assert_eq!(redeployed["sequence"], 2);
    assert_eq!(network.invoke("Read --id n1"), "hello!\n");
    let definition = network.definition();
    assert_eq!(definition["sequence"], 2, "{definition}");
    let package = &definition["packages"]["Org2MSP"];
    assert_eq!(package, &redeployed["package_id"], "{definition}");

    std::fs::write(&source, format!("{edited}\nfn broken( {{}}\n")).unwrap();
    let failed = network.next_failure();
    assert_eq!(failed["step"], "build");
    assert!(
        failed["message"]
            .as_str()
            .unwrap()
            .starts_with("cargo did not succeed")
    );
    assert_eq!(network.invoke("Read --id n1"), "hello!\n");

    std::fs::write(&source, &edited).unwrap();
    network.next("unchanged");
    std::fs::write(&source, &first).unwrap();
    assert_eq!(network.next("redeployed")["sequence"], 3);
    assert_eq!(network.invoke("Read --id n1"), "hello\n");
}

impl Network {
    fn next_failure(&mut self) -> Value {
        loop {
            let line = self.lines.next().expect("a failure is told").unwrap();
            let event: Value = serde_json::from_str(&line).unwrap();
            assert_ne!(event["event"], "redeployed", "{event}");
            if event["event"] == "redeploy-failed" {
                return event;
            }
        }
    }
}
