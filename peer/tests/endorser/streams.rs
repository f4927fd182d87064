//! Chaincode that somebody runs beside the peer, in development mode: found by its name, and called by and calling
//! chaincode that runs in the peer.

use crate::lifecycle::Definition;
use crate::network::{Network, script};
use crate::organisation::ScriptRuntime;
use selvedge_native::{ClientConfig, Mode};
use selvedge_runtime::{Chaincode, PackageId, Present};
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

const CC2: &str = "cc2_1.0:f06a6ede1199b3371edd558f547a85362fa3cdde80fc5c965cb3f4a31bc03a1f";
const KV: &str = "kv_1.0:e0b0b45df2b4f8b5a7ae34c8b9f816f8794cdad37f17854cb810b47ed4dc8ad0";

/// The peer's end of the streams, and a place for the chaincode to run.
struct Beside {
    runtime: Runtime,
    support: Arc<ChaincodeSupport>,
    address: SocketAddr,
}

impl Beside {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let options = SupportOptions {
            dev_mode: true,
            ..SupportOptions::new(address.to_string(), "Org1MSP")
        };
        let support = ChaincodeSupport::new(options, runtime.handle().clone());
        let router = Server::builder().add_service(support.server(false));
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        runtime.spawn(router.serve_with_incoming(incoming));
        Self {
            runtime,
            support,
            address,
        }
    }

    /// Runs `script` under this name, and waits until the peer knows it.
    fn run(&self, chaincode_id: &str) {
        let config = ClientConfig {
            chaincode_id: chaincode_id.to_owned(),
            peer: self.address.to_string(),
            tls: None,
        };
        let chaincode = selvedge_native::run(
            script::CHAINCODE,
            Mode::Client(config),
            std::future::pending(),
        );
        self.runtime.spawn(chaincode);
        while self.support.registered(chaincode_id).is_none() {
            std::thread::yield_now();
        }
    }
}

struct Registered(Arc<ChaincodeSupport>);

impl Present for Registered {
    fn present(&self, id: &PackageId) -> Option<Arc<dyn Chaincode>> {
        self.0.registered(id.as_str())
    }
}

/// Org1 in development mode, and `bare` without a package there.
fn developing(beside: &Beside, runtime: ScriptRuntime) -> Network {
    let mut network = Network::on(&[("Org1", runtime), ("Org2", ScriptRuntime::Native)]);
    let definition = Definition::new("bare", 1, "1.0");
    assert_eq!(network.transact(&["Org1"], &definition.approval("")), 0);
    assert_eq!(network.transact(&["Org2"], &definition.approval(KV)), 0);
    assert_eq!(network.transact(&["Org1", "Org2"], &definition.commit()), 0);
    let registered = Arc::new(Registered(Arc::clone(&beside.support)));
    let org1 = network.organisations.get_mut("Org1").unwrap();
    org1.develop(registered);
    network
}

#[test]
fn a_definition_without_a_package_is_served_by_whoever_registers() {
    let beside = Beside::start();
    let mut network = developing(&beside, ScriptRuntime::Native);
    let call = script("bare", r#"[["put", "a", "1"], ["get", "a"]]"#);
    let proposal = network.sign(&call, &crate::network::identity("Org1", "Admin"));
    let answer = network.ask("Org1", &proposal).unwrap().response.unwrap();
    assert_eq!(
        answer.message,
        format!(
            "error in simulation: failed to execute transaction {}: could not launch chaincode bare:1.0: \
             error building chaincode: error building image: failed to get chaincode package for external build: \
             chaincode install package 'bare:1.0' not found",
            proposal.tx_id
        )
    );
    beside.run("bare:1.0");
    // The other organisation runs its package: the same bytes are endorsed.
    assert_eq!(network.transact(&["Org1", "Org2"], &call), 0);
    let read = script("bare", r#"[["get", "a"]]"#);
    let answer = network.query("Org1", &read).response.unwrap();
    assert_eq!(answer.payload, json!([hex::encode("1")]).to_string());
}

/// `chaincode` calls the next of `chain`, which goes on; the last puts and gets.
fn nested(chain: &[&str]) -> Value {
    match chain {
        [] => json!([["put", "k", "v"], ["get", "k"]]),
        [next, rest @ ..] => {
            let inner = nested(rest).to_string();
            json!([["put", "mine", next], ["invoke", next, "", ["run", inner]]])
        }
    }
}

#[test]
fn calls_go_from_runtime_to_runtime_and_back() {
    let beside = Beside::start();
    let mut network = developing(&beside, ScriptRuntime::Wasm);
    for (name, package) in [("first", KV), ("last", CC2)] {
        let definition = Definition::new(name, 1, "1");
        for org in ["Org1", "Org2"] {
            assert_eq!(network.transact(&[org], &definition.approval(package)), 0);
        }
        assert_eq!(network.transact(&["Org1", "Org2"], &definition.commit()), 0);
    }
    beside.run("bare:1.0");
    // Wasm, stream, Wasm; stream first; and back to where it began, which no package may be.
    let chains: [(&str, &[&str]); 3] = [
        ("first", &["bare", "last"]),
        ("bare", &["last", "first"]),
        ("first", &["bare", "last", "bare"]),
    ];
    for (outermost, chain) in chains {
        let call = script(outermost, &nested(chain).to_string());
        let answer = network.query("Org1", &call).response.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let refused = script("first", &nested(&["bare", "last", "bare"]).to_string());
    let answer = network.query("Org1", &refused).response.unwrap();
    assert_eq!(innermost(&answer.payload, 2), 500);

    // Many at once hold no one up.
    let call = script("first", &nested(&["bare", "last"]).to_string());
    let admin = crate::network::identity("Org1", "Admin");
    let proposals: Vec<_> = (0..64).map(|_| network.sign(&call, &admin)).collect();
    let network = &network;
    std::thread::scope(|scope| {
        for proposals in proposals.chunks(4) {
            scope.spawn(move || {
                for proposal in proposals {
                    let answer = network.ask("Org1", proposal).unwrap();
                    assert_eq!(answer.response.unwrap().status, 200);
                    assert!(answer.endorsement.is_some());
                }
            });
        }
    });
}

/// The status of the call that is `depth` calls below.
fn innermost(payload: &[u8], depth: usize) -> i64 {
    let results: Value = serde_json::from_slice(payload).unwrap();
    let answer = &results[1];
    match depth {
        0 => answer[0].as_i64().unwrap(),
        _ => {
            let inner = hex::decode(answer[2].as_str().unwrap()).unwrap();
            innermost(&inner, depth - 1)
        }
    }
}
