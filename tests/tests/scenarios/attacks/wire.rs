//! HTTP/2 by hand, over TLS.

use super::node::Node;
use crate::harness::{Net, PATIENCE, block_on};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, WriteHalf};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RESET: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_HEADERS: u8 = 4;

/// A connection whose handshake is done.
pub(super) async fn connected(node: &Node) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add_parsable_certificates(CertificateDer::pem_slice_iter(node.roots.as_bytes()).flatten());
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = config.with_no_client_auth();
    config.alpn_protocols.push(b"h2".to_vec());
    let stream = TcpStream::connect(&node.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.unwrap()
}

/// A client of HTTP/2 that has said its preface, and reads what it is sent.
pub(super) struct Client {
    writer: WriteHalf<TlsStream<TcpStream>>,
    kinds: JoinHandle<Vec<u8>>,
}

impl Client {
    pub(super) async fn begin(node: &Node) -> Self {
        let (mut reader, mut writer) = tokio::io::split(connected(node).await);
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        writer.write_all(preface).await.unwrap();
        writer.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
        let kinds = tokio::spawn(async move {
            let mut answers = Vec::new();
            // A connection that is reset has ended as well.
            let _ = reader.read_to_end(&mut answers).await;
            kinds(&answers)
        });
        Self { writer, kinds }
    }

    /// Sends these until there are no more, or the peer does not listen any longer.
    pub(super) async fn flood(&mut self, frames: impl Iterator<Item = Vec<u8>>) -> io::Result<()> {
        let mut batch = Vec::new();
        for frame in frames {
            batch.extend(frame);
            if batch.len() > 16 << 10 {
                self.writer.write_all(&batch).await?;
                batch.clear();
            }
        }
        self.writer.write_all(&batch).await?;
        self.writer.flush().await
    }

    /// Floods, and stays while a client that behaves is answered. The peer may refuse the rest of the frames, or the client.
    pub(super) fn floods_and_stays(net: &Net, node: &Node, frames: impl Iterator<Item = Vec<u8>>) {
        let client = block_on(async {
            let mut client = Self::begin(node).await;
            let _ = client.flood(frames).await;
            client
        });
        node.answers(net);
        drop(client);
    }

    /// The kinds of the frames that the peer has sent, once it has ended the connection.
    pub(super) async fn ended(mut self) -> Vec<u8> {
        let kinds = tokio::time::timeout(PATIENCE, &mut self.kinds).await;
        kinds.expect("the peer goes on with this client").unwrap()
    }
}

impl Drop for Client {
    /// Both halves of the connection.
    fn drop(&mut self) {
        self.kinds.abort();
    }
}

fn kinds(mut bytes: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = bytes {
        kinds.push(*kind);
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        bytes = rest.get(length..).unwrap_or_default();
    }
    kinds
}

/// The headers of a gRPC request, from HPACK's static table and in plain text.
pub(super) fn request(path: &str) -> Vec<u8> {
    let path_length = u8::try_from(path.len()).unwrap();
    // POST, https, a path; content-type.
    let mut headers = vec![0x83, 0x87, 0x04, path_length];
    headers.extend_from_slice(path.as_bytes());
    headers.extend_from_slice(&[0x0f, 0x10, 16]);
    headers.extend_from_slice(b"application/grpc");
    headers
}

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}
