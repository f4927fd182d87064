//! Who may register where the listener asks for certificates.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use parking_lot::Mutex;
use selvedge_identity::cryptogen::ThrowAwayAuthority;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::chaincode_support_client::ChaincodeSupportClient;
use selvedge_runtime::Chaincode;
use selvedge_stream::launch::{CertificateIssuer, ClientMaterial};
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use support::{Shared, Shim, execute, message, peer, shim};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity, Server, ServerTlsConfig};

/// Any time in the lives of certificates: the end of 2025.
const THEN: i64 = 1_767_000_000;

/// The authority of a peer, with the time on the wall for the clients' short lives.
struct Issuer(ThrowAwayAuthority);

impl CertificateIssuer for Issuer {
    fn issue(&self) -> Result<(ClientMaterial, [u8; 32]), String> {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let (pair, hash) = self
            .0
            .client(now as i64)
            .map_err(|error| error.to_string())?;
        let material = ClientMaterial {
            certificate: pair.certificate,
            key: pair.key,
            root: pair.ca,
        };
        Ok((material, hash))
    }
}

struct Peer {
    support: Arc<ChaincodeSupport>,
    issuer: Arc<Issuer>,
    address: SocketAddr,
}

impl Peer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = Arc::new(Issuer(ThrowAwayAuthority::generate(THEN).unwrap()));
        let server = issuer.0.server("127.0.0.1").unwrap();
        let options = SupportOptions {
            issuer: Some(Arc::clone(&issuer) as Arc<dyn CertificateIssuer>),
            startup_timeout: Duration::from_secs(60),
            ..SupportOptions::new(address.to_string(), "Org1MSP")
        };
        let support = ChaincodeSupport::new(options, Handle::current());
        let tls = ServerTlsConfig::new()
            .identity(Identity::from_pem(&server.certificate, &server.key))
            .client_ca_root(Certificate::from_pem(&server.ca));
        let router = Server::builder()
            .tls_config(tls)
            .unwrap()
            .add_service(support.server(true));
        tokio::spawn(router.serve_with_incoming(TcpIncoming::from(listener)));
        Self {
            support,
            issuer,
            address,
        }
    }
}

async fn open(address: SocketAddr, material: &ClientMaterial) -> Result<Shim, String> {
    let ClientMaterial {
        certificate,
        key,
        root,
    } = material;
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(root))
        .identity(Identity::from_pem(certificate, key));
    let endpoint = Endpoint::from_shared(format!("https://{address}")).unwrap();
    let channel = endpoint.tls_config(tls).unwrap().connect().await;
    let channel = channel.map_err(|error| error.to_string())?;
    let (sender, receiver) = mpsc::channel(16);
    let answer = ChaincodeSupportClient::new(channel)
        .register(ReceiverStream::new(receiver))
        .await;
    let stream = answer.map_err(|status| status.to_string())?.into_inner();
    Ok(Shim::of(sender, stream))
}

/// A chaincode of which the test has what it was told, and the launch that waits for it.
async fn launched(peer: &Peer, id: &str) -> (Arc<dyn Chaincode>, peer::Executed, ClientMaterial) {
    let told = Arc::new((Mutex::new(None), Notify::new()));
    let tell = Arc::clone(&told);
    let tasks = peer::tasks(move |introduction| {
        *tell.0.lock() = introduction.tls;
        tell.1.notify_one();
        std::future::pending()
    });
    let chaincode = peer.support.chaincode(id, tasks);
    let executed = execute(&chaincode, &Shared::default(), "tx");
    told.1.notified().await;
    let material = told.0.lock().take().unwrap();
    (chaincode, executed, material)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_good_for_the_chaincode_it_was_made_for() {
    let peer = Peer::start().await;
    let (_first, executed, material) = launched(&peer, "cc:1").await;
    let (_other, waiting, others) = launched(&peer, "other:1").await;

    let mut impostor = open(peer.address, &others).await.unwrap();
    impostor.send(shim::register("cc:1")).await;
    let text = impostor.refusal().await;
    assert!(
        text.starts_with("Chaincode cc:1 with given certificate hash [")
            && text.ends_with("] belongs to a different chaincode"),
        "{text}"
    );
    let (unknown, _) = peer.issuer.issue().unwrap();
    let mut stranger = open(peer.address, &unknown).await.unwrap();
    stranger.send(shim::register("cc:1")).await;
    let text = stranger.refusal().await;
    assert!(text.ends_with("] not found in registry"), "{text}");

    let mut hasty = open(peer.address, &material).await.unwrap();
    hasty.send(message(Type::GetState, "tx", "")).await;
    assert_eq!(
        hasty.refusal().await,
        "First message needs to be a register"
    );

    let mut right = open(peer.address, &material).await.unwrap();
    right.introduce("cc:1").await;
    right.transaction().await;
    right.complete("tx", "served").await;
    assert_eq!(executed.await.unwrap().unwrap().payload, "served");
    peer.support.stop().await;
    waiting.await.unwrap().unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_another_authority_do_not_connect() {
    let peer = Peer::start().await;
    let elsewhere = Issuer(ThrowAwayAuthority::generate(THEN).unwrap());
    let (mut material, _) = elsewhere.issue().unwrap();
    let (ours, _) = peer.issuer.issue().unwrap();
    material.root = ours.root;
    // The refusal may show in the handshake or in the first request.
    let refused = match open(peer.address, &material).await {
        Err(_) => true,
        Ok(mut shim) => {
            shim.send(shim::register("cc:1")).await;
            shim.receive().await.is_err()
        }
    };
    assert!(refused);
}
