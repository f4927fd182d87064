//! Chaincode that serves, and the peer dials it.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use futures::{Stream, StreamExt};
use prost::Message;
use selvedge_identity::cryptogen::{CryptoOrganisation, TlsPair};
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::chaincode_server::{Chaincode as Service, ChaincodeServer};
use selvedge_protos::protos::{ChaincodeMessage, Response as ChaincodeResponse};
use selvedge_runtime::{Builder, Chaincode, Package, PackageSource};
use selvedge_stream::ccaas::{CcaasBuilder, Remote};
use selvedge_stream::launch::{self, ClientPair, ServiceTls, service_from_json};
use serde_json::json;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::{Peer, Shared, execute, message, shim};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};

/// Registers under a name and answers every transaction with its ID.
struct Echo {
    name: String,
    connected: Arc<AtomicUsize>,
}

#[tonic::async_trait]
impl Service for Echo {
    type ConnectStream = Pin<Box<dyn Stream<Item = Result<ChaincodeMessage, Status>> + Send>>;

    async fn connect(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        self.connected.fetch_add(1, Ordering::SeqCst);
        let first = futures::stream::iter([Ok(shim::register(&self.name))]);
        let answers = request.into_inner().filter_map(|message| async {
            let asked = message.ok()?;
            let response = ChaincodeResponse {
                status: 200,
                message: String::new(),
                payload: asked.txid.clone().into(),
            };
            let kind = asked.r#type();
            let answer = message_of(&asked.txid, response);
            (kind == Type::Transaction).then_some(Ok(answer))
        });
        Ok(Response::new(Box::pin(first.chain(answers))))
    }
}

fn message_of(tx_id: &str, response: ChaincodeResponse) -> ChaincodeMessage {
    message(Type::Completed, tx_id, response.encode_to_vec())
}

/// A running service.
struct Running {
    address: SocketAddr,
    connected: Arc<AtomicUsize>,
    /// Its own, so that its connections end with it.
    runtime: Option<tokio::runtime::Runtime>,
}

impl Running {
    async fn start(name: &str, tls: Option<ServerTlsConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, connected) = (listener.local_addr().unwrap(), Arc::default());
        let echo = Echo {
            name: name.to_owned(),
            connected: Arc::clone(&connected),
        };
        let mut server = Server::builder();
        if let Some(tls) = tls {
            server = server.tls_config(tls).unwrap();
        }
        let router = server.add_service(ChaincodeServer::new(echo));
        let listener = listener.into_std().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.spawn(async move {
            let incoming = TcpIncoming::from(TcpListener::from_std(listener).unwrap());
            router.serve_with_incoming(incoming).await.unwrap();
        });
        Self {
            address,
            connected,
            runtime: Some(runtime),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

fn chaincode(peer: &Peer, id: &str, service: launch::Service) -> Arc<dyn Chaincode> {
    peer.support.chaincode(id, Arc::new(Remote::new(service)))
}

/// The message of a failed call.
async fn failure(chaincode: &Arc<dyn Chaincode>) -> String {
    let executed = execute(chaincode, &Shared::default(), "tx").await.unwrap();
    executed.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_peer_dials_once() {
    let (peer, world) = (Peer::start(|_| {}).await, Shared::default());
    let service = Running::start("cc:1", None).await;
    let plain = launch::Service::plain(service.address.to_string());
    let chaincode = chaincode(&peer, "cc:1", plain);
    for tx_id in ["a", "b", "c"] {
        let response = execute(&chaincode, &world, tx_id).await.unwrap().unwrap();
        assert_eq!(response.payload, tx_id);
    }
    assert_eq!(service.connected.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_moved_is_found_where_it_is_now() {
    let (peer, world) = (Peer::start(|_| {}).await, Shared::default());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("connection.json");
    let write = |address: SocketAddr| {
        let json = json!({"address": address.to_string(), "dial_timeout": "10s"});
        std::fs::write(&file, json.to_string()).unwrap();
    };
    let launcher = Arc::new(Remote::from_file(&file));
    let chaincode = peer.support.chaincode("cc:1", launcher);
    assert!(failure(&chaincode).await.starts_with(
        "could not launch chaincode cc:1: error building chaincode: could not read '"
    ));
    let first = Running::start("cc:1", None).await;
    write(first.address);
    execute(&chaincode, &world, "a").await.unwrap().unwrap();
    let second = Running::start("cc:1", None).await;
    write(second.address);
    drop(first);
    // The end of the first stream may show in one transaction.
    let response = loop {
        match execute(&chaincode, &world, "b").await.unwrap() {
            Ok(response) if second.connected.load(Ordering::SeqCst) == 1 => break response,
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!(response.payload, "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_cannot_be_had() {
    let peer = Peer::start(|_| {}).await;
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let service = launch::Service {
        dial_timeout: Duration::from_millis(100),
        ..launch::Service::plain(nobody.to_string())
    };
    assert_eq!(
        failure(&chaincode(&peer, "cc:1", service)).await,
        format!(
            "could not launch chaincode cc:1: connection to cc:1 failed: error cannot create connection for cc:1: \
             error creating grpc connection to {nobody}: failed to create new connection: context deadline exceeded"
        )
    );
    let other = Running::start("other:1", None).await;
    let service = launch::Service::plain(other.address.to_string());
    assert_eq!(
        failure(&chaincode(&peer, "cc:1", service)).await,
        "could not launch chaincode cc:1: chaincode registration failed: \
         peer will not accept external chaincode connection other:1 (except in dev mode)"
    );
    // Something that speaks gRPC and is no chaincode.
    let service = launch::Service::plain(peer.address.to_string());
    assert_eq!(
        failure(&chaincode(&peer, "cc:1", service)).await,
        "could not launch chaincode cc:1: chaincode registration failed: connection to cc:1 terminated"
    );
}

/// A certificate for 127.0.0.1 and one for a client, of one organisation.
fn material(domain: &str) -> (TlsPair, TlsPair) {
    // Within the lives of certificates: 2025.
    let organisation = CryptoOrganisation::generate(domain, "MSP", 1_767_000_000).unwrap();
    let server = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server = organisation.tls("server", &server).unwrap();
    (server, organisation.tls("client", &[]).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_with_and_without_a_client_certificate() {
    let (peer, world) = (Peer::start(|_| {}).await, Shared::default());
    let (server, client) = material("a.example.com");
    let config = ServerTlsConfig::new()
        .identity(Identity::from_pem(&server.certificate, &server.key))
        .client_ca_root(Certificate::from_pem(&client.ca));
    let running = Running::start("cc:1", Some(config)).await;
    let connection = |root: &str, authenticate: bool| {
        let json = json!({
            "address": running.address.to_string(),
            "dial_timeout": "1s",
            "tls_required": true,
            "client_auth_required": authenticate,
            "root_cert": root,
            "client_cert": client.certificate,
            "client_key": client.key,
        });
        service_from_json(json.to_string().as_bytes()).unwrap()
    };
    let mutual = chaincode(&peer, "cc:1", connection(&server.ca, true));
    execute(&mutual, &world, "a").await.unwrap().unwrap();
    let (stranger, _) = material("b.example.com");
    for (id, service) in [
        ("believes nobody", connection(&stranger.ca, true)),
        ("shows nothing", connection(&server.ca, false)),
    ] {
        let text = failure(&chaincode(&peer, id, service)).await;
        assert!(
            text.starts_with(&format!("could not launch chaincode {id}: ")),
            "{text}"
        );
    }
}

#[test]
fn connection_json_as_fabric_has_it() {
    let read = |json: serde_json::Value| service_from_json(json.to_string().as_bytes());
    let error = |json| read(json).unwrap_err().to_string();
    assert_eq!(
        read(json!({"address": "a:1", "unknown": 1, "root_cert": "ignored"})).unwrap(),
        launch::Service::plain("a:1")
    );
    let timeout = |value| read(json!({"address": "a:1", "dial_timeout": value}));
    assert_eq!(
        timeout(json!("1m")).unwrap().dial_timeout,
        Duration::from_secs(60)
    );
    assert_eq!(
        timeout(json!(5e9)).unwrap().dial_timeout,
        Duration::from_secs(5)
    );
    assert_eq!(
        timeout(json!(0)).unwrap().dial_timeout,
        Duration::from_secs(3)
    );
    let text = timeout(json!("")).unwrap_err().to_string();
    assert!(text.starts_with("time: invalid duration \"\""), "{text}");
    let text = timeout(json!([])).unwrap_err().to_string();
    assert!(text.starts_with("invalid duration"), "{text}");
    assert_eq!(error(json!({})), "chaincode address not provided");
    let tls = |more: serde_json::Value| {
        let mut json = json!({"address": "a:1", "tls_required": true});
        let more = more.as_object().unwrap().clone();
        json.as_object_mut().unwrap().extend(more);
        read(json)
    };
    let text = |more| tls(more).unwrap_err().to_string();
    assert_eq!(text(json!({})), "chaincode tls root cert not provided");
    let both = json!({"client_auth_required": true});
    assert_eq!(text(both), "chaincode tls key not provided");
    let key = json!({"client_auth_required": true, "client_key": "k"});
    assert_eq!(text(key), "chaincode tls cert not provided");
    let all = json!({
        "client_auth_required": true, "client_key": "k", "client_cert": "c", "root_cert": "r", "domain": "d"
    });
    assert_eq!(
        tls(all).unwrap().tls.unwrap(),
        ServiceTls {
            roots: "r".to_owned(),
            client: Some(ClientPair {
                certificate: "c".to_owned(),
                key: "k".to_owned()
            }),
            server_name: Some("d".to_owned()),
        }
    );
    let unauthenticated = json!({"root_cert": "r", "domain": "d"});
    assert_eq!(tls(unauthenticated).unwrap().tls.unwrap().server_name, None);
}

/// A package of type `ccaas`.
fn package(connection: Option<&str>) -> Package {
    let files = connection.map(|json| ("connection.json".to_owned(), json.as_bytes().to_vec()));
    let source = PackageSource {
        label: "cc_1".to_owned(),
        kind: "ccaas".to_owned(),
        path: String::new(),
        files: files.into_iter().collect(),
    };
    Package::parse(&source.write().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_of_type_ccaas() {
    let (peer, world) = (Peer::start(|_| {}).await, Shared::default());
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let values = json!({"host": "127.0.0.1", "port": port});
    let values = values.as_object().unwrap().clone();
    let builder = CcaasBuilder::new(Arc::clone(&peer.support), values);
    let text = |package: Package| builder.build(&package).err().unwrap().to_string();
    assert_eq!(
        text(package(None)),
        "ccaas build failed: connection.json not found in code.tar.gz"
    );
    assert_eq!(
        text(package(Some("{}"))),
        "ccaas build failed: connection.json: chaincode address not provided"
    );
    assert!(
        text(package(Some("[]"))).starts_with("ccaas build failed: connection.json is malformed")
    );
    assert_eq!(
        text(package(Some(r#"{"address": "{{.nobody}}:1"}"#))),
        "ccaas build failed: connection.json: address: 'nobody' has no value; \
         give it in CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"
    );
    let good = package(Some(
        r#"{"address": "{{.host}}:{{.port}}", "dial_timeout": "100ms"}"#,
    ));
    // The service need not run when its package is installed.
    let chaincode = builder.build(&good).unwrap();
    let executed = execute(&chaincode, &world, "tx").await.unwrap();
    let text = executed.unwrap_err().to_string();
    assert!(
        text.contains(&format!("creating grpc connection to 127.0.0.1:{port}: ")),
        "{text}"
    );
}
