//! Peers dial the program's `Chaincode` service.

use crate::chat::{Running, converse, register};
use crate::client::causes;
use crate::{MAX_MESSAGE, NativeError, ServerConfig};
use selvedge_protos::protos::ChaincodeMessage;
use selvedge_protos::protos::chaincode_server::{Chaincode as Service, ChaincodeServer};
use selvedge_sdk::Chaincode;
use std::pin::Pin;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};

const PING: Duration = Duration::from_secs(60);
const PONG: Duration = Duration::from_secs(20);

struct Connected {
    chaincode: Chaincode,
    id: String,
    running: Running,
}

type Messages = Pin<Box<dyn Stream<Item = Result<ChaincodeMessage, Status>> + Send>>;

#[tonic::async_trait]
impl Service for Connected {
    type ConnectStream = Messages;

    async fn connect(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Messages>, Status> {
        let peer = request
            .remote_addr()
            .map_or_else(|| "a peer".to_owned(), |address| address.to_string());
        let inbound = request.into_inner();
        let (outbound, messages) = mpsc::unbounded_channel();
        outbound
            .send(register(&self.id))
            .map_err(|_| Status::internal("the stream is closed"))?;
        let (chaincode, running) = (self.chaincode, self.running.clone());
        tokio::spawn(async move {
            let end = converse(chaincode, outbound, inbound, &running).await;
            // Peers come and go; the service stays.
            eprintln!("the chat with {peer} is over: {end}");
        });
        Ok(Response::new(Box::pin(
            UnboundedReceiverStream::new(messages).map(Ok),
        )))
    }
}

/// Serves until `stop` is done.
pub(crate) async fn serve(
    chaincode: Chaincode,
    config: ServerConfig,
    running: Running,
    stop: impl Future<Output = ()>,
) -> Result<(), NativeError> {
    let listener = listen(&config.address).await?;
    let address = listener
        .local_addr()
        .map_or_else(|_| config.address.clone(), |address| address.to_string());
    let failed = |error: tonic::transport::Error| NativeError::Serve {
        address: config.address.clone(),
        cause: causes(&error),
    };
    let mut server = Server::builder()
        .http2_keepalive_interval(Some(PING))
        .http2_keepalive_timeout(Some(PONG));
    if let Some(tls) = &config.tls {
        let mut settings =
            ServerTlsConfig::new().identity(Identity::from_pem(&tls.certificate, &tls.key));
        if let Some(roots) = &tls.client_roots {
            settings = settings.client_ca_root(Certificate::from_pem(roots));
        }
        server = server
            .tls_config(settings)
            .map_err(|error| NativeError::Tls(causes(&error)))?;
    }
    let service = ChaincodeServer::new(Connected {
        chaincode,
        id: config.chaincode_id.clone(),
        running,
    })
    .max_decoding_message_size(MAX_MESSAGE)
    .max_encoding_message_size(MAX_MESSAGE);
    eprintln!("serving {} on {address}", config.chaincode_id);
    // The server's own setting is for listeners that it opens. Without this a large message waits 40 ms for the peer's
    // system to acknowledge all but its last part.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = server.add_service(service).serve_with_incoming(incoming);
    // Not a graceful shutdown of the server: a peer keeps its stream open for as long as it lives.
    tokio::select! {
        ended = serving => ended.map_err(failed),
        () = stop => Ok(()),
    }
}

/// `:port` is every address of the machine, as in Go.
async fn listen(address: &str) -> Result<TcpListener, NativeError> {
    let bound = match address.strip_prefix(':') {
        None => TcpListener::bind(address).await,
        Some(port) => match TcpListener::bind(format!("[::]:{port}")).await {
            Ok(listener) => Ok(listener),
            // A machine without IPv6.
            Err(_) => TcpListener::bind(format!("0.0.0.0:{port}")).await,
        },
    };
    bound.map_err(|error| NativeError::Listen {
        address: address.to_owned(),
        cause: error.to_string(),
    })
}
