use super::broken::Broken;
use super::request::{Content, seek};
use super::{PullOptions, error_chain};
use crate::node::{MAX_MESSAGE, Peer};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, stream};
use selvedge_identity::OrdererEndpoint;
use selvedge_protos::common::Block;
use selvedge_protos::orderer::{
    DeliverResponse, atomic_broadcast_client::AtomicBroadcastClient, deliver_response,
};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Status, Streaming};

/// An orderer's answer to a request for everything from some block on.
pub(super) struct Stream {
    address: String,
    messages: Messages,
}

type Opening = BoxFuture<'static, Result<Streaming<DeliverResponse>, Status>>;

enum Messages {
    /// Go's servers say nothing at all, not even that they took the request, before they have something to send.
    Asked(Opening),
    Open(Box<Streaming<DeliverResponse>>),
}

impl Stream {
    /// Connects and asks. Does not wait for an answer.
    pub(super) async fn open(
        peer: &Peer,
        channel_id: &str,
        from: u64,
        content: Content,
        endpoint: &OrdererEndpoint,
        options: &PullOptions,
    ) -> Result<Self, Broken> {
        let connected = connect(endpoint, options).await?;
        let mut client =
            AtomicBroadcastClient::new(connected).max_decoding_message_size(MAX_MESSAGE);
        let request = seek(peer, channel_id, from, content, options);
        let asked = async move {
            // The request stream stays open: an orderer takes its end for a farewell.
            let requests = stream::iter([request]).chain(stream::pending());
            Ok(client.deliver(requests).await?.into_inner())
        };
        Ok(Self {
            address: endpoint.address.clone(),
            messages: Messages::Asked(asked.boxed()),
        })
    }

    /// The next block. Whether it is the right one is not looked at.
    pub(super) async fn next(&mut self) -> Result<Block, Broken> {
        let message = self.message().await;
        let message = message
            .map_err(|status| Broken::stream(&self.address, &status))?
            .ok_or_else(|| Broken::HungUp(self.address.clone()))?;
        match message.r#type {
            Some(deliver_response::Type::Block(block)) => Ok(block),
            Some(deliver_response::Type::Status(status)) => Err(Broken::status(status)),
            None => Err(Broken::Nothing(self.address.clone())),
        }
    }

    async fn message(&mut self) -> Result<Option<DeliverResponse>, Status> {
        if let Messages::Asked(opening) = &mut self.messages {
            self.messages = Messages::Open(Box::new(opening.await?));
        }
        match &mut self.messages {
            Messages::Open(messages) => messages.message().await,
            Messages::Asked(_) => Ok(None),
        }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

async fn connect(endpoint: &OrdererEndpoint, options: &PullOptions) -> Result<Channel, Broken> {
    let address = &endpoint.address;
    let failed = |cause: String| Broken::Connect {
        address: address.clone(),
        cause,
    };
    let scheme = if options.tls { "https" } else { "http" };
    let mut transport = Endpoint::from_shared(format!("{scheme}://{address}"))
        .map_err(|error| failed(error.to_string()))?
        .connect_timeout(options.connect_timeout)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(options.keep_alive_interval)
        .keep_alive_timeout(options.keep_alive_timeout)
        .initial_stream_window_size(4 << 20)
        .initial_connection_window_size(8 << 20);
    if options.tls {
        transport = transport
            .tls_config(tls(endpoint, options))
            .map_err(|error| failed(error_chain(&error)))?;
    }
    transport
        .connect()
        .await
        .map_err(|error| failed(error_chain(&error)))
}

fn tls(endpoint: &OrdererEndpoint, options: &PullOptions) -> ClientTlsConfig {
    let mut tls = ClientTlsConfig::new();
    for root in &endpoint.tls_roots {
        tls = tls.ca_certificate(Certificate::from_pem(root));
    }
    if let Some((certificate, key)) = &options.client {
        tls = tls.identity(Identity::from_pem(certificate, key));
    }
    tls
}
