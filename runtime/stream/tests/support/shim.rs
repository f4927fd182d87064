//! Chaincode's end of a stream, one message at a time.

use bytes::Bytes;
use futures::FutureExt;
use prost::Message;
use selvedge_protos::protos::chaincode_support_client::ChaincodeSupportClient;
use selvedge_protos::protos::{ChaincodeId, ChaincodeMessage, Response, chaincode_message::Type};
use std::net::SocketAddr;
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;
use tonic::{Status, Streaming};

pub struct Shim {
    sender: Option<Sender<ChaincodeMessage>>,
    receiver: Streaming<ChaincodeMessage>,
}

pub fn message(kind: Type, tx_id: &str, payload: impl Into<Bytes>) -> ChaincodeMessage {
    ChaincodeMessage {
        r#type: kind.into(),
        txid: tx_id.to_owned(),
        channel_id: "ch".to_owned(),
        payload: payload.into(),
        ..ChaincodeMessage::default()
    }
}

pub fn register(name: &str) -> ChaincodeMessage {
    let id = ChaincodeId {
        name: name.to_owned(),
        ..ChaincodeId::default()
    };
    ChaincodeMessage {
        r#type: Type::Register.into(),
        payload: id.encode_to_vec().into(),
        ..ChaincodeMessage::default()
    }
}

impl Shim {
    /// Opens a stream and says nothing.
    pub async fn open(address: SocketAddr) -> Self {
        let channel = Endpoint::from_shared(format!("http://{address}"))
            .unwrap()
            .connect()
            .await
            .unwrap();
        let (sender, receiver) = mpsc::channel(16);
        let mut client = ChaincodeSupportClient::new(channel)
            .max_decoding_message_size(200 << 20)
            .max_encoding_message_size(200 << 20);
        let answer = client.register(ReceiverStream::new(receiver)).await;
        Self::of(sender, answer.unwrap().into_inner())
    }

    pub fn of(sender: Sender<ChaincodeMessage>, receiver: Streaming<ChaincodeMessage>) -> Self {
        Self {
            sender: Some(sender),
            receiver,
        }
    }

    /// Opens a stream and registers.
    pub async fn register(address: SocketAddr, name: &str) -> Self {
        let mut shim = Self::open(address).await;
        shim.introduce(name).await;
        shim
    }

    /// REGISTER, REGISTERED, READY.
    pub async fn introduce(&mut self, name: &str) {
        self.send(register(name)).await;
        assert_eq!(self.next().await.r#type(), Type::Registered);
        assert_eq!(self.next().await.r#type(), Type::Ready);
    }

    pub async fn send(&self, message: ChaincodeMessage) {
        let sender = self.sender.as_ref().unwrap();
        // The peer may have ended the stream; what it said then is the test's to look at.
        sender.send(message).await.ok();
    }

    pub async fn receive(&mut self) -> Result<Option<ChaincodeMessage>, Status> {
        self.receiver.message().await
    }

    pub async fn next(&mut self) -> ChaincodeMessage {
        self.receive().await.unwrap().expect("the stream ended")
    }

    /// A message that has arrived already.
    pub fn receive_now(&mut self) -> Option<ChaincodeMessage> {
        let arrived = self.receiver.message().now_or_never()?;
        arrived.unwrap()
    }

    /// Another way to send on this stream.
    pub fn sender(&self) -> Sender<ChaincodeMessage> {
        self.sender.clone().unwrap()
    }

    /// The text with which the peer ended the stream.
    pub async fn refusal(&mut self) -> String {
        loop {
            match self.receive().await {
                Ok(Some(_)) => {}
                Ok(None) => return String::new(),
                Err(status) => return status.message().to_owned(),
            }
        }
    }

    /// The next message, which is TRANSACTION.
    pub async fn transaction(&mut self) -> ChaincodeMessage {
        let message = self.next().await;
        assert_eq!(message.r#type(), Type::Transaction);
        message
    }

    /// Asks and has the answer's payload, or the error's text.
    pub async fn ask(
        &mut self,
        kind: Type,
        tx_id: &str,
        payload: &impl Message,
    ) -> Result<Bytes, String> {
        self.send(message(kind, tx_id, payload.encode_to_vec()))
            .await;
        let answer = self.next().await;
        assert_eq!(
            (answer.txid.as_str(), answer.channel_id.as_str()),
            (tx_id, "ch")
        );
        match answer.r#type() {
            Type::Response => Ok(answer.payload),
            Type::Error => Err(String::from_utf8(answer.payload.to_vec()).unwrap()),
            other => panic!("{other:?} is no answer"),
        }
    }

    pub async fn complete(&self, tx_id: &str, payload: impl Into<Bytes>) {
        let response = Response {
            status: 200,
            message: String::new(),
            payload: payload.into(),
        };
        self.send(message(Type::Completed, tx_id, response.encode_to_vec()))
            .await;
    }

    /// Says that nothing more comes.
    pub fn hang_up(&mut self) {
        self.sender = None;
    }
}
