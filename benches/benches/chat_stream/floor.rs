//! The floor: the same messages, there and back between two processes over gRPC, with nothing behind them. The chaincode
//! is one thread that asks in a loop; the peer answers in the poll that reads. Whatever the chat stream takes above
//! this is ours; the rest is gRPC, TLS, the kernel and the machine.

use crate::thread::Thread;
use crate::tls::Listening;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use parking_lot::Mutex;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::chaincode_support_client::ChaincodeSupportClient;
use selvedge_protos::protos::chaincode_support_server::{ChaincodeSupport, ChaincodeSupportServer};
use selvedge_protos::protos::{ChaincodeMessage, GetState};
use std::pin::Pin;
use std::process::{Child, Command, ExitCode};
use std::sync::mpsc;
use std::time::Duration;
use tokio::runtime::Builder;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use tonic::{Request, Response, Status, Streaming};

/// Where the other process finds the peer; set for it alone.
const ADDRESS: &str = "SELVEDGE_BENCH_FLOOR";
const ROOTS: &str = "SELVEDGE_BENCH_FLOOR_ROOTS";

/// The process at the other end, and what it is told.
pub(crate) struct Floor {
    _thread: Thread,
    child: Child,
    go: tokio::sync::mpsc::UnboundedSender<ChaincodeMessage>,
    done: mpsc::Receiver<()>,
}

impl Floor {
    pub(crate) fn start(tls: bool) -> Self {
        let thread = Thread::start();
        let listening = Listening::open(tls, &thread.handle);
        let (done, finished) = mpsc::channel();
        let (go, orders) = tokio::sync::mpsc::unbounded_channel();
        let peer = Peer {
            orders: Mutex::new(Some(orders)),
            done,
        };
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(ADDRESS, listening.address.to_string());
        if let Some(issuer) = &listening.issuer {
            command.env(ROOTS, issuer.root());
        }
        thread
            .handle
            .spawn(listening.serve(ChaincodeSupportServer::new(peer), false));
        let floor = Self {
            _thread: thread,
            child: command.spawn().unwrap(),
            go,
            done: finished,
        };
        floor.reads(1);
        floor
    }

    /// Has the other process ask so often.
    pub(crate) fn reads(&self, count: u64) {
        self.go
            .send(ChaincodeMessage {
                payload: count.to_string().into(),
                ..asking(Type::Transaction)
            })
            .unwrap();
        self.done.recv_timeout(Duration::from_secs(60)).unwrap();
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

struct Peer {
    orders: Mutex<Option<tokio::sync::mpsc::UnboundedReceiver<ChaincodeMessage>>>,
    done: mpsc::Sender<()>,
}

#[tonic::async_trait]
impl ChaincodeSupport for Peer {
    type RegisterStream = Pin<Box<dyn Stream<Item = Result<ChaincodeMessage, Status>> + Send>>;

    async fn register(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::RegisterStream>, Status> {
        let mut orders = self
            .orders
            .lock()
            .take()
            .ok_or_else(|| Status::internal("one stream"))?;
        let orders = futures::stream::poll_fn(move |context| orders.poll_recv(context));
        let done = self.done.clone();
        let answers = request.into_inner().filter_map(move |asked| {
            std::future::ready(match asked {
                Ok(asked) if asked.r#type() == Type::GetState => Some(ChaincodeMessage {
                    r#type: Type::Response.into(),
                    payload: Bytes::from_static(&[b'v'; 100]),
                    ..asked
                }),
                Ok(_) => {
                    done.send(()).ok();
                    None
                }
                Err(_) => None,
            })
        });
        let messages = futures::stream::select(orders, answers);
        Ok(Response::new(Box::pin(messages.map(Ok))))
    }
}

fn asking(kind: Type) -> ChaincodeMessage {
    let request = GetState {
        key: "key000007".to_owned(),
        ..GetState::default()
    };
    ChaincodeMessage {
        r#type: kind.into(),
        payload: prost::Message::encode_to_vec(&request).into(),
        txid: "0".repeat(64),
        channel_id: "bench".to_owned(),
        ..ChaincodeMessage::default()
    }
}

/// Asks where this process was started as the one at the other end.
pub(crate) fn other_end() -> Option<ExitCode> {
    let address = std::env::var(ADDRESS).ok()?;
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ask(&address));
    Some(ExitCode::SUCCESS)
}

async fn ask(address: &str) {
    let endpoint = match std::env::var(ROOTS) {
        Ok(roots) => Endpoint::from_shared(format!("https://{address}"))
            .unwrap()
            .tls_config(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(roots)))
            .unwrap(),
        Err(_) => Endpoint::from_shared(format!("http://{address}")).unwrap(),
    };
    let channel = endpoint.connect().await.unwrap();
    let (outbound, mut messages) = tokio::sync::mpsc::unbounded_channel();
    let messages = futures::stream::poll_fn(move |context| messages.poll_recv(context));
    let mut client = ChaincodeSupportClient::new(channel);
    let mut inbound = client.register(messages).await.unwrap().into_inner();
    while let Ok(Some(order)) = inbound.message().await {
        let count: u64 = std::str::from_utf8(&order.payload)
            .unwrap()
            .parse()
            .unwrap();
        for _ in 0..count {
            outbound.send(asking(Type::GetState)).unwrap();
            inbound.message().await.unwrap().unwrap();
        }
        outbound.send(asking(Type::Completed)).unwrap();
    }
}
