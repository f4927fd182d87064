//! `selvedge node start` as an operator meets it.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// The body of an answer to `GET path`.
fn get(address: &str, path: &str) -> String {
    get_from("peer", address, path)
}

/// The same from a host by this name.
fn get_from(host: &str, address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// A peer with an operations endpoint, and the endpoint's address.
fn operated(dir: &Path, operations: &str) -> (Child, String) {
    let node = material(dir);
    let core = format!(
        "peer:\n  listenAddress: 127.0.0.1:0\n  address: 127.0.0.1:7051\n  localMspId: Org1MSP\n  \
         mspConfigPath: {node}/msp\n  fileSystemPath: {root}/data\n  tls: {{enabled: false}}\n\
         operations: {{listenAddress: '127.0.0.1:0'{operations}}}\nmetrics: {{provider: prometheus}}\n",
        node = node.display(),
        root = dir.display(),
    );
    std::fs::write(dir.join("core.yaml"), core).unwrap();
    let mut child = start(dir);
    let log = read_until(&mut child, "serving on 127.0.0.1:");
    let address = log
        .iter()
        .find_map(|line| Some(line.split_once("operations endpoint on ")?.1.trim()))
        .unwrap_or_else(|| panic!("no operations endpoint in {log:?}"));
    (child, address.to_owned())
}

/// How a peer ends that is told to.
fn stopped(mut child: Child) -> bool {
    let told = Command::new("kill").arg(child.id().to_string()).status();
    assert!(told.unwrap().success());
    child.wait().unwrap().success()
}

#[test]
fn the_page_is_there_when_it_is_asked_for_and_for_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let (child, address) = operated(dir.path(), ", page: {enabled: true}");
    let page = get_from("localhost", &address, "/page/");
    assert!(page.contains("<title>Selvedge</title>"), "{page}");
    let script = get_from(&address, &address, "/page/page.js");
    assert!(script.contains("EventSource"), "{script}");
    let channels = get_from("127.0.0.1", &address, "/page/api/channels");
    assert_eq!(channels, "[]", "none is joined");
    let refused = "ask for 127.0.0.1 or localhost\n";
    assert_eq!(get_from("elsewhere.example", &address, "/page/"), refused);
    // Whoever looks does not keep the peer from stopping.
    let mut looking = TcpStream::connect(&address).unwrap();
    let request = "GET /page/api/events HTTP/1.1\r\nhost: localhost\r\n\r\n";
    looking.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 12];
    looking.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert!(stopped(child));

    let dir = tempfile::tempdir().unwrap();
    let (child, address) = operated(dir.path(), "");
    assert_eq!(get_from("localhost", &address, "/page/"), "");
    assert!(stopped(child));
}

#[test]
fn operators_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let (mut child, address) = operated(dir.path(), "");
    let address = address.as_str();
    assert!(get(address, "/healthz").contains("\"status\":\"OK\""));
    assert!(get(address, "/version").contains("\"Fabric\":\"v3.1.5\""));
    assert_eq!(get(address, "/logspec"), "{\"spec\":\"info\"}");
    let metrics = get(address, "/metrics");
    for name in [
        "fabric_version{version=",
        "wasm_engine_info{fingerprint=",
        "logging_entries_written{level=\"info\"}",
        "process_page_faults_total{kind=\"minor\"}",
    ] {
        assert!(metrics.contains(name), "{name} in {metrics}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn metrics_are_sent_to_a_statsd_server() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let node = material(dir.path());
    let core = format!(
        "peer:\n  listenAddress: 127.0.0.1:0\n  address: 127.0.0.1:7051\n  localMspId: Org1MSP\n  \
         mspConfigPath: {node}/msp\n  fileSystemPath: {root}/data\n  tls: {{enabled: false}}\n\
         metrics: {{provider: statsd, statsd: {{address: '{address}', writeInterval: 100ms, prefix: peer0}}}}\n",
        node = node.display(),
        root = dir.path().display(),
        address = server.local_addr().unwrap(),
    );
    std::fs::write(dir.path().join("core.yaml"), core).unwrap();
    let mut child = start(dir.path());
    let mut datagram = [0; 2048];
    let mut seen = String::new();
    while !seen.contains("peer0.fabric_version.v3_1_5:1.000000|g\n") {
        let size = server.recv(&mut datagram).unwrap();
        seen.push_str(std::str::from_utf8(&datagram[..size]).unwrap());
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_bad_logging_specification_is_refused_in_fabrics_words() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("core.yaml"), "peer:\n  id: p\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(["node", "start"])
        .env("FABRIC_CFG_PATH", dir.path())
        .env("FABRIC_LOGGING_SPEC", "gossip=loud")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let refused = "invalid logging specification 'gossip=loud': bad segment 'gossip=loud'";
    assert!(text.contains(refused), "{text}");
}
