//! The program dials the peer's `ChaincodeSupport` service.

use crate::chat::{Running, converse};
use crate::{ClientConfig, ClientTls, MAX_MESSAGE, NativeError};
use selvedge_protos::protos::chaincode_support_client::ChaincodeSupportClient;
use selvedge_sdk::Chaincode;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

const CONNECT: Duration = Duration::from_secs(10);
/// The shortest interval that a Fabric peer puts up with. Fabric: shim/internal/config.go.
const PING: Duration = Duration::from_secs(60);
const PONG: Duration = Duration::from_secs(20);

/// Returns when the chat is over, always with the reason.
pub(crate) async fn chat(
    chaincode: Chaincode,
    config: &ClientConfig,
    running: &Running,
) -> Result<(), NativeError> {
    let address = config.peer.clone();
    let mut client = ChaincodeSupportClient::new(connect(config).await?)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let (outbound, messages) = mpsc::unbounded_channel();
    // A peer may keep its response headers until it has read REGISTER.
    let register = crate::chat::register(&config.chaincode_id);
    outbound
        .send(register)
        .map_err(|_| chat_over(&address, crate::ChatError::Register))?;
    let inbound = client
        .register(UnboundedReceiverStream::new(messages))
        .await
        .map_err(|status| NativeError::Refused {
            address: address.clone(),
            cause: status.message().to_owned(),
        })?
        .into_inner();
    let end = converse(chaincode, outbound, inbound, running).await;
    Err(chat_over(&address, end))
}

fn chat_over(address: &str, source: crate::ChatError) -> NativeError {
    NativeError::Chat {
        address: address.to_owned(),
        source,
    }
}

async fn connect(config: &ClientConfig) -> Result<Channel, NativeError> {
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let address = || config.peer.clone();
    let mut endpoint = Endpoint::from_shared(format!("{scheme}://{}", config.peer))
        .map_err(|error| NativeError::Address {
            address: address(),
            cause: error.to_string(),
        })?
        .connect_timeout(CONNECT)
        .http2_keep_alive_interval(PING)
        .keep_alive_timeout(PONG)
        .keep_alive_while_idle(true);
    if let Some(tls) = &config.tls {
        endpoint = endpoint
            .tls_config(client_tls(tls))
            .map_err(|error| NativeError::Tls(causes(&error)))?;
    }
    endpoint
        .connect()
        .await
        .map_err(|error| NativeError::Connect {
            address: address(),
            cause: causes(&error),
        })
}

fn client_tls(tls: &ClientTls) -> ClientTlsConfig {
    ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(&tls.roots))
        .identity(Identity::from_pem(&tls.certificate, &tls.key))
}

/// An error with everything below it: tonic's own text says only "transport error".
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        below = cause.source();
    }
    text
}
