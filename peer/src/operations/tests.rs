use super::*;
use crate::client::Fresh;
use axum::http::StatusCode;
use selvedge_identity::cryptogen::{CryptoOrganisation, TlsPair};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

async fn started(options: OperationsOptions) -> (Arc<Operations>, OperationsServer) {
    let operations = Arc::<Operations>::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = OperationsServer::start(&operations, listener, options).unwrap();
    (operations, server)
}

/// Status and body of one request.
async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    method: &str,
    path: &str,
    body: &str,
) -> Option<(StatusCode, String)> {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: peer\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().unwrap();
    Some((status, body.to_owned()))
}

async fn plain(
    server: &OperationsServer,
    method: &str,
    path: &str,
    body: &str,
) -> (StatusCode, String) {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    ask(stream, method, path, body).await.unwrap()
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn health_is_told_as_fabric_tells_it() {
    let (operations, server) = started(OperationsOptions::default()).await;
    let (status, body) = plain(&server, "GET", "/healthz", "").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(parsed(&body)["status"], "OK");
    assert!(parsed(&body)["time"].as_str().unwrap().ends_with('Z'));
    assert_eq!(parsed(&body).get("failed_checks"), None);

    let sick = || async { Err("no engine".to_owned()) };
    operations.health().register("docker", sick).unwrap();
    operations
        .health()
        .register("couchdb", || async { Ok(()) })
        .unwrap();
    let twice = operations.health().register("docker", sick).unwrap_err();
    assert_eq!(twice.to_string(), "'docker' is already registered");
    let (status, body) = plain(&server, "GET", "/healthz", "").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(parsed(&body)["status"], "Service Unavailable");
    let failed = json!([{ "component": "docker", "reason": "no engine" }]);
    assert_eq!(parsed(&body)["failed_checks"], failed);

    let (status, _) = plain(&server, "POST", "/healthz", "").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    server.stop().await;
}

#[tokio::test]
async fn version_and_metrics_are_told() {
    let with_metrics = OperationsOptions {
        metrics: true,
        ..OperationsOptions::default()
    };
    let (_operations, server) = started(with_metrics).await;
    let (status, body) = plain(&server, "GET", "/version", "").await;
    assert_eq!(
        (status, &parsed(&body)["Version"]),
        (StatusCode::OK, &json!(VERSION))
    );
    let (status, body) = plain(&server, "PUT", "/version", "").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        parsed(&body),
        json!({ "Error": "invalid request method: PUT" })
    );
    let (status, body) = plain(&server, "GET", "/metrics", "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        body.contains("fabric_version{version=\"v3.1.5\"} 1"),
        "{body}"
    );
    server.stop().await;

    let (_operations, server) = started(OperationsOptions::default()).await;
    let (status, _) = plain(&server, "GET", "/metrics", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    server.stop().await;
}

#[tokio::test]
async fn the_logging_specification_is_read_and_changed() {
    let (_operations, server) = started(OperationsOptions::default()).await;
    let (status, body) = plain(&server, "GET", "/logspec", "").await;
    assert_eq!(
        (status, parsed(&body)),
        (StatusCode::OK, json!({ "spec": "info" }))
    );
    let asked = r#"{"spec":"gossip=debug:warn"}"#;
    let (status, body) = plain(&server, "PUT", "/logspec", asked).await;
    assert_eq!((status, body.as_str()), (StatusCode::NO_CONTENT, ""));
    let (_, body) = plain(&server, "GET", "/logspec", "").await;
    assert_eq!(parsed(&body), json!({ "spec": "gossip=debug:warn" }));

    let (status, body) = plain(&server, "PUT", "/logspec", r#"{"spec":"loud"}"#).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let text = "invalid logging specification 'loud': bad segment 'loud'";
    assert_eq!(parsed(&body), json!({ "error": text }));
    let (status, _) = plain(&server, "PUT", "/logspec", "spec=debug").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, body) = plain(&server, "DELETE", "/logspec", "").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        parsed(&body),
        json!({ "error": "invalid request method: DELETE" })
    );
    server.stop().await;
}

/// A client with this certificate, or none.
async fn over_tls(
    server: &OperationsServer,
    roots: &str,
    shown: Option<&TlsPair>,
    path: &str,
) -> Option<StatusCode> {
    let mut trusted = RootCertStore::empty();
    trusted.add_parsable_certificates(CertificateDer::pem_slice_iter(roots.as_bytes()).flatten());
    let config = ClientConfig::builder().with_root_certificates(trusted);
    let config = match shown {
        None => config.with_no_client_auth(),
        Some(pair) => {
            let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes());
            let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
            config
                .with_client_auth_cert(chain.flatten().collect(), key)
                .unwrap()
        }
    };
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, stream).await.ok()?;
    let (status, _) = ask(stream, "GET", path, "").await?;
    Some(status)
}

#[tokio::test]
async fn over_tls_only_known_clients_see_logs_and_metrics() {
    let now = Fresh::from_system().unwrap().now.seconds;
    let authority = || CryptoOrganisation::generate("tls.example.com", "TlsMSP", now).unwrap();
    let (known, unknown) = (authority(), authority());
    let pair = known.tls("peer", &["127.0.0.1".to_owned()]).unwrap();
    let client = known.tls("client", &[]).unwrap();
    let stranger = unknown.tls("client", &[]).unwrap();
    let tls = OperationsTls {
        certificate: pair.certificate.clone().into_bytes(),
        key: pair.key.clone().into_bytes(),
        client_roots: known.tls_ca_certificate().into_bytes(),
        client_required: false,
    };
    let options = |client_required| OperationsOptions {
        tls: Some(OperationsTls {
            client_required,
            ..tls.clone()
        }),
        metrics: true,
        ..OperationsOptions::default()
    };
    let (_operations, server) = started(options(false)).await;
    let ask = async |shown, path| over_tls(&server, &pair.ca, shown, path).await;
    for path in ["/healthz", "/version"] {
        assert_eq!(ask(None, path).await, Some(StatusCode::OK), "{path}");
    }
    for path in ["/metrics", "/logspec"] {
        assert_eq!(
            ask(None, path).await,
            Some(StatusCode::UNAUTHORIZED),
            "{path}"
        );
        assert_eq!(
            ask(Some(&client), path).await,
            Some(StatusCode::OK),
            "{path}"
        );
    }
    assert_eq!(ask(Some(&stranger), "/healthz").await, None);
    server.stop().await;

    let (_operations, server) = started(options(true)).await;
    assert_eq!(over_tls(&server, &pair.ca, None, "/healthz").await, None);
    let shown = over_tls(&server, &pair.ca, Some(&client), "/healthz").await;
    assert_eq!(shown, Some(StatusCode::OK));
    server.stop().await;
}
