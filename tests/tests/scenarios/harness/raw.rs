//! A chaincode service that speaks the stream message by message, behind a relay that can stop relaying.

use super::Files;
use super::net::REACTOR;
use super::service::reserve;
use prost::Message;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::chaincode_server::{Chaincode, ChaincodeServer};
use selvedge_protos::protos::{
    ChaincodeId, ChaincodeInput, ChaincodeMessage, GetState, PutState, Response as Answer,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, Streaming};

type Outbound = mpsc::Sender<Result<ChaincodeMessage, Status>>;

/// Does to its caller what the first argument of a call says.
pub(crate) struct Raw {
    frozen: watch::Sender<bool>,
    /// Changes when all connections are to end.
    ended: watch::Sender<u32>,
}

impl Raw {
    /// And the package that names it.
    pub(crate) fn start(label: &str) -> (Self, Vec<u8>) {
        let (package, config) = reserve(label, Files::new());
        let raw = Self {
            frozen: watch::Sender::new(false),
            ended: watch::Sender::new(0),
        };
        let (frozen, ended) = (raw.frozen.subscribe(), raw.ended.subscribe());
        let service = Arc::new(config.chaincode_id);
        let ready = REACTOR.block_on(async {
            let front = TcpListener::bind(&config.address).await?;
            let behind = TcpListener::bind("127.0.0.1:0").await?;
            let address = behind.local_addr()?;
            let service =
                ChaincodeServer::new(Service(service)).max_encoding_message_size(200 << 20);
            let server = tonic::transport::Server::builder().add_service(service);
            tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(behind)));
            tokio::spawn(relay(front, address, frozen, ended));
            Ok::<_, std::io::Error>(())
        });
        ready.unwrap();
        (raw, package)
    }

    /// From here on nothing gets through, and nobody is told; or everything does again.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.frozen.send_replace(frozen);
    }
}

/// Ends all connections.
pub(crate) fn hang_up(raw: &Raw) {
    raw.ended.send_modify(|generation| *generation += 1);
}

async fn relay(
    front: TcpListener,
    behind: std::net::SocketAddr,
    frozen: watch::Receiver<bool>,
    ended: watch::Receiver<u32>,
) {
    while let Ok((near, _)) = front.accept().await {
        let (frozen, mut ended) = (frozen.clone(), ended.clone());
        ended.mark_unchanged();
        tokio::spawn(async move {
            let Ok(far) = TcpStream::connect(behind).await else {
                return;
            };
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            tokio::select! {
                _ = copy(near_in, far_out, frozen.clone()) => {}
                _ = copy(far_in, near_out, frozen) => {}
                _ = ended.changed() => {}
            }
        });
    }
}

async fn copy(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut frozen: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let thawed = frozen.wait_for(|frozen| !frozen).await;
        thawed.map_err(std::io::Error::other)?;
        to.write_all(&buffer[..read]).await?;
    }
}

struct Service(Arc<String>);

#[tonic::async_trait]
impl Chaincode for Service {
    type ConnectStream = ReceiverStream<Result<ChaincodeMessage, Status>>;

    async fn connect(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let (sender, receiver) = mpsc::channel(1);
        let id = Arc::clone(&self.0);
        // However it ends, the stream ends with it.
        tokio::spawn(async move { talk(&id, request.into_inner(), sender).await });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

async fn talk(id: &str, mut inbound: Streaming<ChaincodeMessage>, out: Outbound) -> Option<()> {
    send(&out, register(id)).await?;
    while let Some(message) = inbound.message().await.ok()? {
        if message.r#type() != Type::Transaction {
            continue;
        }
        let input = ChaincodeInput::decode(message.payload.clone()).ok()?;
        behave(input.args.first()?, id, &message, &mut inbound, &out).await?;
    }
    Some(())
}

/// `None` ends the stream.
async fn behave(
    behaviour: &[u8],
    id: &str,
    call: &ChaincodeMessage,
    inbound: &mut Streaming<ChaincodeMessage>,
    out: &Outbound,
) -> Option<()> {
    let other = ChaincodeMessage {
        txid: "other".to_owned(),
        ..call.clone()
    };
    match behaviour {
        b"never answer" => Some(()),
        b"close the stream" => None,
        b"register again" => send(out, register(id)).await,
        b"answer what was not asked" => send(out, of(call, Type::Response, Vec::new())).await,
        b"answer nonsense" => send(out, of(call, Type::Completed, vec![0xff; 3])).await,
        b"put 101 MiB" => {
            let put = PutState {
                key: "large".to_owned(),
                value: vec![7; 101 << 20].into(),
                collection: String::new(),
            };
            send(out, of(call, Type::PutState, put.encode_to_vec())).await
        }
        b"flood" => flood(out, &other).await,
        b"finish another" => {
            send(out, of(&other, Type::Completed, answer("not mine"))).await?;
            let get = GetState::default().encode_to_vec();
            send(out, of(&other, Type::GetState, get)).await?;
            let refused = inbound.message().await.ok()??;
            send(out, of(call, Type::Completed, answer(refused.payload))).await
        }
        _ => send(out, of(call, Type::Completed, answer("well"))).await,
    }
}

/// Asks and does not read, until nobody takes any more.
async fn flood(out: &Outbound, other: &ChaincodeMessage) -> Option<()> {
    let get = GetState {
        key: "k".repeat(4_000),
        collection: String::new(),
    };
    let request = of(other, Type::GetState, get.encode_to_vec());
    for _ in 0..5_000 {
        let sent = tokio::time::timeout(Duration::from_secs(1), send(out, request.clone()));
        if sent.await.is_err() {
            break;
        }
    }
    None
}

async fn send(out: &Outbound, message: ChaincodeMessage) -> Option<()> {
    out.send(Ok(message)).await.ok()
}

fn register(id: &str) -> ChaincodeMessage {
    let id = ChaincodeId {
        name: id.to_owned(),
        ..ChaincodeId::default()
    };
    of(
        &ChaincodeMessage::default(),
        Type::Register,
        id.encode_to_vec(),
    )
}

fn of(call: &ChaincodeMessage, kind: Type, payload: Vec<u8>) -> ChaincodeMessage {
    ChaincodeMessage {
        r#type: kind.into(),
        txid: call.txid.clone(),
        channel_id: call.channel_id.clone(),
        payload: payload.into(),
        ..ChaincodeMessage::default()
    }
}

fn answer(payload: impl Into<bytes::Bytes>) -> Vec<u8> {
    let answer = Answer {
        status: 200,
        message: String::new(),
        payload: payload.into(),
    };
    answer.encode_to_vec()
}
