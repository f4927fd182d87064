//! `selvedge node start` as an operator meets it.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole, OrganisationKind};

/// A peer's folder as `cryptogen` makes it.
fn material(root: &Path) -> PathBuf {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let organisation =
        CryptoOrganisation::generate("org1.example.com", "Org1MSP", now.cast_signed()).unwrap();
    let name = "peer0.org1.example.com";
    let identity = organisation
        .enroll(name, NodeRole::Peer, &Default::default())
        .unwrap();
    let tls = organisation.tls(name, &["localhost".to_owned()]).unwrap();
    organisation
        .write_node(root, OrganisationKind::Peer, &identity, &tls)
        .unwrap()
}

fn start(config: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CORE_") {
            command.env_remove(name);
        }
    }
    command
        .args(["node", "start"])
        .env("FABRIC_CFG_PATH", config)
        .env_remove("FABRIC_LOGGING_SPEC")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lines of the log up to the one that contains `last`, or all.
fn read_until(child: &mut Child, last: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(child.stderr.as_mut().unwrap()).lines() {
        let line = line.unwrap();
        let found = line.contains(last);
        lines.push(line);
        if found {
            break;
        }
    }
    lines
}

#[test]
fn starts_says_so_and_stops_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let node = material(dir.path());
    let core = format!(
        "peer:\n  id: peer0\n  networkId: test\n  listenAddress: 127.0.0.1:0\n  address: peer0.org1.example.com:7051\n  \
         localMspId: Org1MSP\n  mspConfigPath: {node}/msp\n  fileSystemPath: {root}/data\n  gossip:\n    maxBlockCountToStore: 10\n  \
         tls:\n    cert: {{file: {node}/tls/server.crt}}\n    key: {{file: {node}/tls/server.key}}\n",
        node = node.display(),
        root = dir.path().display(),
    );
    std::fs::write(dir.path().join("core.yaml"), core).unwrap();
    // Twice: the second one opens what the first left.
    for _ in 0..2 {
        let mut child = start(dir.path());
        let log = read_until(&mut child, "serving on 127.0.0.1:").join("\n");
        assert!(log.contains("peer.gossip.maxBlockCountToStore"), "{log}");
        let started = "Started peer with ID=[peer0], network ID=[test], address=[peer0.org1.example.com:7051]";
        assert!(log.contains(started), "{log}");
        Command::new("kill")
            .arg(child.id().to_string())
            .status()
            .unwrap();
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_missing_certificate_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let node = material(dir.path());
    let core = format!(
        "peer:\n  localMspId: Org1MSP\n  mspConfigPath: {node}/msp\n  fileSystemPath: {root}/data\n",
        node = node.display(),
        root = dir.path().display(),
    );
    std::fs::write(dir.path().join("core.yaml"), core).unwrap();
    let mut child = start(dir.path());
    let log = read_until(&mut child, "Error:").join("\n");
    assert!(log.contains("tls/server.crt"), "{log}");
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
