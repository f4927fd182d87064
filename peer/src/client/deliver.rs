//! Waiting for a transaction, and fetching blocks. Fabric: internal/peer/chaincode/common.go:DeliverGroup,
//! internal/peer/common/deliverclient.go.

use std::time::Duration;

use bytes::Bytes;
use selvedge_identity::SigningIdentity;
use selvedge_protos::common::{Block, HeaderType, Status};
use selvedge_protos::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use selvedge_protos::orderer::seek_info::{SeekBehavior, SeekErrorResponse};
use selvedge_protos::orderer::seek_position::Type as Position;
use selvedge_protos::orderer::{
    self, SeekInfo, SeekNewest, SeekOldest, SeekPosition, SeekSpecified,
};
use selvedge_protos::protos::deliver_client::DeliverClient;
use selvedge_protos::protos::deliver_response::Type as Delivered;
use selvedge_protos::protos::{DeliverResponse, TxValidationCode};
use tonic::Streaming;
use tonic::transport::Channel;

use super::proposal::MAX_MESSAGE;
use super::{ClientError, Fresh, signed_envelope};

/// Which block to ask for.
#[derive(Clone, Copy, Debug)]
pub enum Seek {
    Newest,
    Oldest,
    Number(u64),
}

impl Seek {
    fn position(self) -> SeekPosition {
        let position = match self {
            Self::Newest => Position::Newest(SeekNewest {}),
            Self::Oldest => Position::Oldest(SeekOldest {}),
            Self::Number(number) => Position::Specified(SeekSpecified { number }),
        };
        SeekPosition {
            r#type: Some(position),
        }
    }

    fn until(self, stop: Self, behavior: SeekBehavior) -> SeekInfo {
        SeekInfo {
            start: Some(self.position()),
            stop: Some(stop.position()),
            behavior: behavior.into(),
            ..Default::default()
        }
    }
}

/// A stream of filtered blocks of one peer, opened before the transaction is sent so that its block is not missed.
#[derive(Debug)]
pub struct CommitWait {
    address: String,
    stream: Streaming<DeliverResponse>,
}

/// Where a transaction ended up on one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub block: u64,
    pub code: TxValidationCode,
}

impl CommitWait {
    /// Opens the stream at the newest block.
    ///
    /// # Errors
    /// When the peer cannot be reached or refuses.
    pub async fn open(
        peer: &Channel,
        address: &str,
        channel: &str,
        tls_cert_hash: Bytes,
        signer: &SigningIdentity,
        fresh: &Fresh,
    ) -> Result<Self, ClientError> {
        let seek = signed_envelope(
            HeaderType::DeliverSeekInfo,
            channel,
            &Seek::Newest.until(Seek::Number(u64::MAX), SeekBehavior::BlockUntilReady),
            tls_cert_hash,
            signer,
            fresh,
        )?;
        let mut client = DeliverClient::new(peer.clone()).max_decoding_message_size(MAX_MESSAGE);
        let requests = tokio_stream::once(seek);
        let stream = client
            .deliver_filtered(requests)
            .await
            .map_err(|status| ClientError::call(address, status))?;
        Ok(Self {
            address: address.to_owned(),
            stream: stream.into_inner(),
        })
    }

    /// Waits until the peer has committed the transaction, valid or not.
    ///
    /// # Errors
    /// When the stream ends first, or after `timeout`.
    pub async fn outcome(
        &mut self,
        tx_id: &str,
        timeout: Duration,
    ) -> Result<Outcome, ClientError> {
        tokio::time::timeout(timeout, self.find(tx_id))
            .await
            .map_err(|_| ClientError::Timeout)?
    }

    async fn find(&mut self, tx_id: &str) -> Result<Outcome, ClientError> {
        loop {
            let message = self
                .stream
                .message()
                .await
                .map_err(|status| ClientError::call(&self.address, status))?;
            match message.and_then(|response| response.r#type) {
                Some(Delivered::FilteredBlock(block)) => {
                    if let Some(found) = block
                        .filtered_transactions
                        .iter()
                        .find(|tx| tx.txid == tx_id)
                    {
                        return Ok(Outcome {
                            block: block.number,
                            code: found.tx_validation_code(),
                        });
                    }
                }
                Some(Delivered::Status(status)) => {
                    return Err(ClientError::DeliverEnded(status_name(status)));
                }
                Some(_) => {}
                None => return Err(ClientError::DeliverEnded("stream closed".to_owned())),
            }
        }
    }

    /// The peer's address, for messages.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// Where blocks are asked for.
#[derive(Clone, Copy, Debug)]
pub enum BlockSource {
    Peer,
    Orderer,
}

/// Fetches one block; does not wait for one that is not there. `errors` tells an orderer whether to answer even while its
/// consensus is in trouble.
///
/// # Errors
/// When the service cannot be reached or has no such block.
pub async fn fetch_block(
    source: BlockSource,
    (service, address): (&Channel, &str),
    channel: &str,
    seek: Seek,
    errors: SeekErrorResponse,
    signer: &SigningIdentity,
    fresh: &Fresh,
) -> Result<Block, ClientError> {
    let seek = SeekInfo {
        error_response: errors.into(),
        ..seek.until(seek, SeekBehavior::FailIfNotReady)
    };
    let envelope = signed_envelope(
        HeaderType::DeliverSeekInfo,
        channel,
        &seek,
        Bytes::new(),
        signer,
        fresh,
    )?;
    let failed = |status| ClientError::call(address, status);
    let answer = match source {
        BlockSource::Peer => {
            let mut client =
                DeliverClient::new(service.clone()).max_decoding_message_size(MAX_MESSAGE);
            let answers = client.deliver(tokio_stream::once(envelope)).await;
            match first(answers)
                .await
                .map_err(failed)?
                .and_then(|it| it.r#type)
            {
                Some(Delivered::Block(block)) => Some(Ok(block)),
                Some(Delivered::Status(status)) => Some(Err(status)),
                _ => None,
            }
        }
        BlockSource::Orderer => {
            use orderer::deliver_response::Type as Ordered;
            let mut client =
                AtomicBroadcastClient::new(service.clone()).max_decoding_message_size(MAX_MESSAGE);
            let answers = client.deliver(tokio_stream::once(envelope)).await;
            match first(answers)
                .await
                .map_err(failed)?
                .and_then(|it| it.r#type)
            {
                Some(Ordered::Block(block)) => Some(Ok(block)),
                Some(Ordered::Status(status)) => Some(Err(status)),
                None => None,
            }
        }
    };
    match answer {
        Some(Ok(block)) => Ok(block),
        Some(Err(status)) => Err(ClientError::NoBlock(status_name(status))),
        None => Err(ClientError::NoBlock("stream closed".to_owned())),
    }
}

/// What comes first of what is delivered.
async fn first<T>(
    answers: Result<tonic::Response<Streaming<T>>, tonic::Status>,
) -> Result<Option<T>, tonic::Status> {
    answers?.into_inner().message().await
}

pub(super) fn status_name(status: i32) -> String {
    Status::try_from(status).map_or_else(
        |_| status.to_string(),
        |status| status.as_str_name().to_owned(),
    )
}
