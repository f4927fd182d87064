//! Chaincode that peers dial. One service for each package, in this process: a service outlives every peer, and nothing
//! would end it when the tests end.

use super::net::REACTOR;
use super::runtime::Files;
use selvedge_native::{Mode, ServerConfig, run};
use selvedge_runtime::{Package, PackageSource};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Mutex;

pub(super) const FILE: &str = "connection.json";

/// A package of type `ccaas`, whose service runs.
pub(super) fn package(label: &str, files: Files) -> Vec<u8> {
    static STARTED: Mutex<BTreeMap<(String, Files), Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut started = STARTED.lock().unwrap();
    let package = started
        .entry((label.to_owned(), files.clone()))
        .or_insert_with(|| start(label, files));
    package.clone()
}

fn start(label: &str, files: Files) -> Vec<u8> {
    let (package, config) = reserve(label, files);
    REACTOR.spawn(async move {
        let ended = run(
            script::CHAINCODE,
            Mode::Server(config),
            std::future::pending(),
        )
        .await;
        panic!("a service ended: {ended:?}");
    });
    package
}

/// A package whose service is still to be started. The address is in the package, whose ID the service registers with.
pub(crate) fn reserve(label: &str, files: Files) -> (Vec<u8>, ServerConfig) {
    reserve_with(label, files, json!({ "tls_required": false }))
}

/// The same with members of `connection.json` beside the address.
pub(crate) fn reserve_with(
    label: &str,
    mut files: Files,
    mut connection: Value,
) -> (Vec<u8>, ServerConfig) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    connection["address"] = address.as_str().into();
    if connection["dial_timeout"].is_null() {
        connection["dial_timeout"] = "10s".into();
    }
    files.insert(FILE.to_owned(), connection.to_string().into_bytes());
    let source = PackageSource {
        label: label.to_owned(),
        kind: "ccaas".to_owned(),
        path: String::new(),
        files,
    };
    let package = source.write().unwrap();
    let config = ServerConfig {
        chaincode_id: Package::parse(&package).unwrap().id.to_string(),
        address,
        tls: None,
    };
    (package, config)
}
