//! A contract as a service over TLS, told its files by the names of Fabric's sample: a program of its own that a peer
//! dials by `connection.json`.

use crate::harness::service::reserve_with;
use crate::harness::{Definition, Files, Net, Plan, Runtime, results, script_of};
use selvedge_identity::cryptogen::{CryptoOrganisation, TlsPair};
use selvedge_protos::protos::Response;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A certificate for 127.0.0.1 and one for a client, of one organisation.
struct Material {
    server: TlsPair,
    client: TlsPair,
}

impl Material {
    fn new(domain: &str) -> Self {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let now = i64::try_from(now).unwrap();
        let organisation = CryptoOrganisation::generate(domain, "MSP", now).unwrap();
        let names = ["127.0.0.1".to_owned()];
        Self {
            server: organisation.tls("server", &names).unwrap(),
            client: organisation.tls("client", &[]).unwrap(),
        }
    }
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `script` with its files; `client_ca` makes it ask peers for certificates.
fn program(dir: &Path, server: &TlsPair, client_ca: Option<&str>) -> Command {
    let file = |name: &str, content: &str| -> PathBuf {
        let path = dir.join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_script-chaincode"));
    command
        .env("CHAINCODE_TLS_DISABLED", "false")
        .env("CHAINCODE_TLS_KEY", file("key.pem", &server.key))
        .env("CHAINCODE_TLS_CERT", file("cert.pem", &server.certificate))
        .stdin(Stdio::null());
    if let Some(ca) = client_ca {
        command.env("CHAINCODE_CLIENT_CA_CERT", file("ca.pem", ca));
    }
    command
}

/// What a peer says that dials a service as `connection` has it. Each is a chaincode of its own.
fn dialled(net: &Net, name: &str, mut command: Command, connection: Value) -> Response {
    let (package, config) = reserve_with(name, Files::new(), connection);
    let service = command
        .env("CHAINCODE_SERVER_ADDRESS", &config.address)
        .env("CHAINCODE_ID", &config.chaincode_id)
        .spawn()
        .unwrap();
    let _service = Service(service);
    net.deploy(&Definition::new(name), &package);
    let asked = script_of(name, &json!([["put", "k", "v"], ["get", "k"]]));
    net.query(0, &asked).response.unwrap()
}

fn net() -> Net {
    Net::start(&Plan {
        runtime: Runtime::Service,
        organisations: 1,
        batch: 1,
    })
}

#[test]
fn a_service_shows_its_certificate_and_asks_for_one() {
    let (net, dir) = (net(), TempDir::new().unwrap());
    let material = Material::new("a.example.com");
    let plain = program(dir.path(), &material.server, None);
    let connection = json!({"tls_required": true, "root_cert": material.server.ca});
    let response = dialled(&net, "shown", plain, connection);
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(results(&response.payload), json!(["ok", null]));

    let asking = program(dir.path(), &material.server, Some(&material.client.ca));
    let connection = json!({
        "tls_required": true,
        "client_auth_required": true,
        "root_cert": material.server.ca,
        "client_cert": material.client.certificate,
        "client_key": material.client.key,
    });
    let response = dialled(&net, "mutual", asking, connection);
    assert_eq!(response.status, 200, "{response:?}");
}

#[test]
fn a_wrong_certificate_is_refused_on_either_side() {
    let (net, dir) = (net(), TempDir::new().unwrap());
    let (ours, strangers) = (
        Material::new("a.example.com"),
        Material::new("b.example.com"),
    );
    let refused = |name: &str, client_ca: Option<&str>, connection: Value| {
        let command = program(dir.path(), &ours.server, client_ca);
        let response = dialled(&net, name, command, connection);
        assert_eq!(response.status, 500, "{name}: {response:?}");
        let (_, cause) = response.message.split_once("could not launch").unwrap();
        // The last words; what is before them names the chaincode.
        cause.rsplit_once(": ").unwrap().1.to_owned()
    };
    let with = |root: &str, client: Option<&TlsPair>| {
        json!({
            "dial_timeout": "1s",
            "tls_required": true,
            "client_auth_required": client.is_some(),
            "root_cert": root,
            "client_cert": client.map(|pair| pair.certificate.as_str()).unwrap_or_default(),
            "client_key": client.map(|pair| pair.key.as_str()).unwrap_or_default(),
        })
    };
    let root = ours.server.ca.as_str();
    let ca = Some(ours.client.ca.as_str());
    // The causes are in the peer's log: a Go peer has no other words for them either.
    let timed_out = "context deadline exceeded";
    assert_eq!(
        refused("unknown", None, with(&strangers.server.ca, None)),
        timed_out
    );
    for (name, connection) in [
        ("bare", with(root, None)),
        ("strange", with(root, Some(&strangers.client))),
    ] {
        let text = refused(name, ca, connection);
        assert!(
            text.starts_with(&format!("connection to {name}:")) && text.ends_with(" terminated"),
            "{text}"
        );
    }
    // Without TLS to one that has it.
    let text = refused("plain", None, json!({"dial_timeout": "1s"}));
    assert!(text.ends_with(" terminated"), "{text}");
}

/// What the program says when it cannot start, without the directory.
fn complaint(change: impl FnOnce(&Path) -> Command) -> String {
    let dir = TempDir::new().unwrap();
    let output = change(dir.path())
        .env("CHAINCODE_SERVER_ADDRESS", "127.0.0.1:0")
        .env("CHAINCODE_ID", "cc:ab")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    text.replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn files_that_do_not_do_are_named() {
    let (ours, strangers) = (
        Material::new("a.example.com"),
        Material::new("b.example.com"),
    );
    let server = &ours.server;
    let misnamed = |variable: &str, file: &str| {
        complaint(|dir| {
            let mut command = program(dir, server, None);
            command.env(variable, dir.join(file));
            command
        })
    };
    assert_eq!(
        misnamed("CHAINCODE_TLS_CERT", "key.pem"),
        "chaincode script: the certificate file 'key.pem' (named by CHAINCODE_TLS_CERT) must hold a PEM block of type CERTIFICATE\n"
    );
    assert_eq!(
        misnamed("CHAINCODE_TLS_KEY", "cert.pem"),
        "chaincode script: the private key file 'cert.pem' (named by CHAINCODE_TLS_KEY) must hold a PEM block of type PRIVATE KEY\n"
    );
    assert_eq!(
        complaint(|dir| program(dir, server, Some("nothing"))),
        "chaincode script: the client root cert file 'ca.pem' (named by CHAINCODE_CLIENT_CA_CERT) must hold a PEM block of type CERTIFICATE\n"
    );
    assert!(misnamed("CHAINCODE_TLS_KEY", "nowhere").starts_with(
        "chaincode script: failed to read private key file 'nowhere' (named by CHAINCODE_TLS_KEY): "
    ));
    let mixed = TlsPair {
        key: strangers.server.key,
        ..ours.server.clone()
    };
    let text = complaint(|dir| program(dir, &mixed, None));
    assert!(
        text.starts_with("chaincode script: the TLS certificates cannot be used: ")
            && text.contains("KeyMismatch"),
        "{text}"
    );
}
