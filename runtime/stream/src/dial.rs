//! `protos.Chaincode`: the peer dials chaincode that is a service.
//!
//! Fabric: core/chaincode/extcc/extcc_handler.go.

use crate::chat::{Gate, Later, Session};
use crate::launch::Service;
use crate::server::MAX_MESSAGE;
use crate::support::ChaincodeSupport;
use futures::StreamExt;
use selvedge_protos::protos::chaincode_client::ChaincodeClient;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// Fabric: internal/pkg/comm/config.go DefaultKeepaliveOptions.
const PING_INTERVAL: Duration = Duration::from_secs(60);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Connects and opens the stream; what comes of it is the session's. The error is the cause, in Fabric's text.
pub(crate) async fn dial(
    support: &Arc<ChaincodeSupport>,
    id: &str,
    service: &Service,
) -> Result<(), String> {
    let channel = connect(service).await.map_err(|cause| {
        let address = &service.address;
        format!(
            "error cannot create connection for {id}: error creating grpc connection to {address}: failed to create new connection: {cause}"
        )
    })?;
    let (give, inbound) = oneshot::channel();
    let gate = Gate::Dialled(id.to_owned());
    let session = Session::new(Arc::clone(support), Later::Waiting(inbound), gate);
    // The stream to the chaincode ends where the session does; its reason is in the log.
    let outbound = session.filter_map(|message| std::future::ready(message.ok()));
    let mut client = ChaincodeClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let id = id.to_owned();
    // A chaincode may answer the call with its first message only, so nobody waits for the answer here.
    tokio::spawn(async move {
        match client.connect(outbound).await {
            Ok(response) => {
                give.send(response.into_inner()).ok();
            }
            Err(status) => {
                tracing::warn!(chaincode = id, %status, "error creating grpc client connection to {id}");
            }
        }
    });
    Ok(())
}

async fn connect(service: &Service) -> Result<Channel, String> {
    let scheme = match service.tls {
        Some(_) => "https",
        None => "http",
    };
    let mut endpoint = Endpoint::from_shared(format!("{scheme}://{}", service.address))
        .map_err(|error| format!("the address is not of the form host:port ({error})"))?
        .tcp_nodelay(true)
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
        .http2_keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .keep_alive_while_idle(true);
    if let Some(tls) = &service.tls {
        let mut config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&tls.roots));
        if let Some(name) = &tls.server_name {
            config = config.domain_name(name);
        }
        if let Some(client) = &tls.client {
            config = config.identity(Identity::from_pem(&client.certificate, &client.key));
        }
        endpoint = endpoint
            .tls_config(config)
            .map_err(|error| innermost(&error))?;
    }
    redial(&endpoint, service.dial_timeout).await
}

/// As Go's client dials: a refused connection is tried again until time is up, since a service may be starting.
async fn redial(endpoint: &Endpoint, limit: Duration) -> Result<Channel, String> {
    let mut last = None;
    let attempts = async {
        let mut pause = Duration::from_millis(50);
        loop {
            match endpoint.connect().await {
                Ok(channel) => return channel,
                Err(error) => last = Some(innermost(&error)),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    };
    let channel = tokio::time::timeout(limit, attempts).await;
    channel.map_err(|_| {
        let cause = last.unwrap_or_else(|| "no answer".to_owned());
        tracing::warn!(address = %endpoint.uri(), cause, "a chaincode service cannot be reached");
        "context deadline exceeded".to_owned()
    })
}

/// tonic's own text is only "transport error".
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
