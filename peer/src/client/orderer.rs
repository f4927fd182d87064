//! Sending transactions to the ordering service. Fabric: internal/peer/common/broadcastclient.go, ordererclient.go.

use std::fmt;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::Message;
use selvedge_protos::common::Config;
use selvedge_protos::common::{ConfigGroup, Envelope, OrdererAddresses, Status};
use selvedge_protos::orderer::BroadcastResponse;
use selvedge_protos::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Channel;

use super::ClientError;
use super::deliver::status_name;
use super::proposal::MAX_MESSAGE;

/// One broadcast stream. Messages of one stream are ordered as they were sent.
pub struct Broadcaster {
    address: String,
    requests: mpsc::Sender<Envelope>,
    answers: Answers,
}

type Opening = BoxFuture<'static, Result<Streaming<BroadcastResponse>, tonic::Status>>;

enum Answers {
    /// Go's servers say nothing, not even that they took the stream, before they answer the first message.
    Asked(Opening),
    Open(Box<Streaming<BroadcastResponse>>),
}

impl Answers {
    async fn next(&mut self) -> Result<Option<BroadcastResponse>, tonic::Status> {
        if let Self::Asked(opening) = self {
            *self = Self::Open(Box::new(opening.await?));
        }
        match self {
            Self::Open(answers) => answers.message().await,
            Self::Asked(_) => Ok(None),
        }
    }
}

impl fmt::Debug for Broadcaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broadcaster")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Broadcaster {
    /// Opens the stream over a connection. What the orderer says of it comes with its first answer.
    pub fn open(orderer: &Channel, address: &str) -> Self {
        let mut client =
            AtomicBroadcastClient::new(orderer.clone()).max_encoding_message_size(MAX_MESSAGE);
        let (requests, receiver) = mpsc::channel(64);
        let asked = async move {
            let answers = client.broadcast(ReceiverStream::new(receiver)).await?;
            Ok(answers.into_inner())
        };
        let answers = Answers::Asked(asked.boxed());
        Self {
            address: address.to_owned(),
            requests,
            answers,
        }
    }

    /// Sends one transaction and waits until the orderer has taken it.
    ///
    /// # Errors
    /// When the orderer refuses it or goes away.
    pub async fn send(&mut self, envelope: Envelope) -> Result<(), ClientError> {
        let gone = || {
            ClientError::call(
                &self.address,
                tonic::Status::unavailable("the broadcast stream was closed"),
            )
        };
        self.requests.send(envelope).await.map_err(|_| gone())?;
        let answer = self
            .answers
            .next()
            .await
            .map_err(|status| ClientError::call(&self.address, status))?;
        let answer = answer.ok_or_else(gone)?;
        if answer.status == i32::from(Status::Success) {
            return Ok(());
        }
        Err(ClientError::Broadcast {
            status: status_name(answer.status),
            info: answer.info,
        })
    }
}

/// The orderer addresses of a channel configuration: those of the orderer organisations, or the global ones.
///
/// # Errors
/// When `config` is not a channel configuration.
pub fn orderer_endpoints(config: &[u8]) -> Result<Vec<String>, ClientError> {
    let config = Config::decode(config)
        .map_err(|error| ClientError::Decode("the channel configuration", error))?;
    let group = config.channel_group.unwrap_or_default();
    let orderer = group.groups.get("Orderer");
    let organisations = orderer
        .into_iter()
        .flat_map(|orderer| orderer.groups.values());
    let of_organisations: Vec<String> = organisations
        .map(|organisation| addresses(organisation, "Endpoints"))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    if of_organisations.is_empty() {
        addresses(&group, "OrdererAddresses")
    } else {
        Ok(of_organisations)
    }
}

fn addresses(group: &ConfigGroup, key: &str) -> Result<Vec<String>, ClientError> {
    let Some(value) = group.values.get(key) else {
        return Ok(Vec::new());
    };
    let decoded = OrdererAddresses::decode(value.value.clone());
    Ok(decoded
        .map_err(|error| ClientError::Decode("the orderer addresses", error))?
        .addresses)
}
