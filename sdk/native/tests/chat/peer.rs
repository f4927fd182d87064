//! The scripted peer: a real gRPC server on 127.0.0.1 whose every message the test writes.

use prost::Message;
use selvedge_native::{ClientConfig, Mode, NativeError, run};
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::chaincode_support_server::{ChaincodeSupport, ChaincodeSupportServer};
use selvedge_protos::protos::{
    ChaincodeAdditionalParams, ChaincodeId, ChaincodeInput, ChaincodeMessage, Response,
};
use selvedge_sdk::Chaincode;
use serde_json::Value;
use std::pin::Pin;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::{TcpListenerStream, UnboundedReceiverStream};
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::Server;
use tonic::{Request, Status, Streaming};

/// How long a message may take before a test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) type Received = mpsc::UnboundedReceiver<ChaincodeMessage>;
pub(crate) type Sent = mpsc::UnboundedSender<Result<ChaincodeMessage, Status>>;

struct Support(mpsc::UnboundedSender<(Sent, Received)>);

#[tonic::async_trait]
impl ChaincodeSupport for Support {
    type RegisterStream = Pin<Box<dyn Stream<Item = Result<ChaincodeMessage, Status>> + Send>>;

    async fn register(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<tonic::Response<Self::RegisterStream>, Status> {
        let (sent, outbound) = mpsc::unbounded_channel();
        self.0.send((sent, forward(request.into_inner()))).unwrap();
        Ok(tonic::Response::new(Box::pin(
            UnboundedReceiverStream::new(outbound),
        )))
    }
}

pub(crate) fn forward(mut inbound: Streaming<ChaincodeMessage>) -> Received {
    let (arrived, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = inbound.next().await {
            if arrived.send(message).is_err() {
                break;
            }
        }
    });
    received
}

/// One chat, from the peer's side.
pub(crate) struct Chat {
    sent: Option<Sent>,
    received: Received,
}

/// A program that dialled the scripted peer.
pub(crate) struct Program {
    pub(crate) chat: Chat,
    pub(crate) ended: JoinHandle<Result<(), NativeError>>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
}

/// What the peer offers in READY: `None` is a peer from before there was anything to offer.
pub(crate) fn offers(size: u32) -> ChaincodeAdditionalParams {
    ChaincodeAdditionalParams {
        use_write_batch: true,
        max_size_write_batch: size,
        use_get_multiple_keys: true,
        max_size_get_multiple_keys: size,
    }
}

impl Program {
    /// Dials, and nothing is answered yet.
    pub(crate) async fn dialled(chaincode: Chaincode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (connected, mut connections) = mpsc::unbounded_channel();
        tokio::spawn(
            Server::builder()
                .add_service(ChaincodeSupportServer::new(Support(connected)))
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        let config = ClientConfig {
            chaincode_id: "script:ab".to_owned(),
            peer: address,
            tls: None,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(run(chaincode, Mode::Client(config), async move {
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        }));
        let (sent, received) = patient(connections.recv()).await.unwrap();
        Self {
            chat: Chat::new(sent, received),
            ended,
            stop: Some(stop),
        }
    }

    /// `script`, registered and ready.
    pub(crate) async fn ready(offers: Option<ChaincodeAdditionalParams>) -> Self {
        Self::ready_for(script::CHAINCODE, offers).await
    }

    pub(crate) async fn ready_for(
        chaincode: Chaincode,
        offers: Option<ChaincodeAdditionalParams>,
    ) -> Self {
        let mut program = Self::dialled(chaincode).await;
        program.chat.welcome("script:ab", offers).await;
        program
    }
}

pub(crate) async fn patient<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("nothing came")
}

impl Chat {
    pub(crate) fn new(sent: Sent, received: Received) -> Self {
        Self {
            sent: Some(sent),
            received,
        }
    }

    pub(crate) async fn welcome(&mut self, id: &str, offers: Option<ChaincodeAdditionalParams>) {
        let register = self.expect(Type::Register).await;
        assert_eq!(ChaincodeId::decode(register.payload).unwrap().name, id);
        self.say(Type::Registered, "", b"");
        let offers = offers.map(|offers| offers.encode_to_vec());
        self.say(Type::Ready, "", &offers.unwrap_or_default());
    }

    pub(crate) fn send(&self, message: ChaincodeMessage) {
        self.sent.as_ref().unwrap().send(Ok(message)).unwrap();
    }

    pub(crate) fn say(&self, kind: Type, tx_id: &str, payload: &[u8]) {
        self.send(ChaincodeMessage {
            r#type: kind.into(),
            payload: payload.to_vec().into(),
            txid: tx_id.to_owned(),
            channel_id: "ch".to_owned(),
            ..ChaincodeMessage::default()
        });
    }

    pub(crate) fn respond(&self, tx_id: &str, payload: &impl Message) {
        self.say(Type::Response, tx_id, &payload.encode_to_vec());
    }

    /// Starts a transaction of `script`.
    pub(crate) fn run(&self, kind: Type, tx_id: &str, operations: &Value) {
        let input = ChaincodeInput {
            args: vec!["run".into(), operations.to_string().into()],
            ..ChaincodeInput::default()
        };
        self.say(kind, tx_id, &input.encode_to_vec());
    }

    /// The next message, which must be of this kind.
    pub(crate) async fn expect(&mut self, kind: Type) -> ChaincodeMessage {
        let message = patient(self.received.recv())
            .await
            .expect("the stream ended");
        assert_eq!(message.r#type(), kind, "{message:?}");
        message
    }

    /// The next message, read as what it carries.
    pub(crate) async fn asked<M: Message + Default>(&mut self, kind: Type) -> M {
        M::decode(self.expect(kind).await.payload).unwrap()
    }

    /// The results of a script that went through.
    pub(crate) async fn results(&mut self) -> Value {
        let response: Response = self.asked(Type::Completed).await;
        assert_eq!(response.status, 200, "{response:?}");
        serde_json::from_slice(&response.payload).unwrap()
    }

    /// What a script failed with.
    pub(crate) async fn failure(&mut self) -> String {
        let response: Response = self.asked(Type::Completed).await;
        assert_eq!(response.status, 500, "{response:?}");
        response.message
    }

    /// Ends the stream without a word.
    pub(crate) fn leave(&mut self) {
        self.sent = None;
    }
}
