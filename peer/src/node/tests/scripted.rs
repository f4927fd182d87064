//! Orderers that do as they are told, in plain text on 127.0.0.1.

use crate::node::{
    BftPolicy, Clock, Close, Closing, NodeOptions, PullOptions, Running, ServeOptions, Serving,
    start,
};
use bytes::Bytes;
use futures::StreamExt as _;
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole};
use selvedge_identity::genesis::{
    ChannelDescription, Consensus, GenesisHeader, OrganisationDescription, Policies,
    PolicyDescription, genesis_block,
};
use selvedge_identity::{Msp, MspVersion, SigningIdentity};
use selvedge_ledger::{BlockHeader, data_hash, header_bytes, header_hash};
use selvedge_protos::common::{
    self, Block, BlockData, BlockMetadata, Consenter, Envelope, IdentifierHeader, Metadata,
    MetadataSignature, MspPrincipal, Payload, SignatureHeader, SignaturePolicy,
    SignaturePolicyEnvelope, msp_principal::Classification, signature_policy,
};
use selvedge_protos::msp::SerializedIdentity;
use selvedge_protos::orderer::atomic_broadcast_server::{AtomicBroadcast, AtomicBroadcastServer};
use selvedge_protos::orderer::seek_info::SeekContentType;
use selvedge_protos::orderer::seek_position::Type as Position;
use selvedge_protos::orderer::{
    BroadcastResponse, DeliverResponse, SeekInfo, deliver_response::Type,
};
use selvedge_wire::Services;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

pub(super) const CHANNEL: &str = "scripted";

/// One request for blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    /// Index of the orderer.
    pub(super) node: usize,
    pub(super) from: u64,
    pub(super) headers: bool,
    /// How many of this kind there were before, at any orderer.
    pub(super) earlier: usize,
}

/// What an orderer does about it, step by step; then it closes the stream.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Blocks from the one asked for, up to but not including this one; `u64::MAX`: all, as the chain grows.
    Serve(u64),
    Send(DeliverResponse),
    Fail(Status),
    /// Keeps the stream open and says nothing more.
    Hold,
}

pub(super) fn block(block: Block) -> Step {
    Step::Send(DeliverResponse {
        r#type: Some(Type::Block(block)),
    })
}

pub(super) fn status(status: common::Status) -> Step {
    Step::Send(DeliverResponse {
        r#type: Some(Type::Status(status as i32)),
    })
}

pub(super) fn honest(_: Ask) -> Vec<Step> {
    vec![Step::Serve(u64::MAX)]
}

type Script = Arc<dyn Fn(Ask) -> Vec<Step> + Send + Sync>;

/// What all orderers of a channel share.
pub(super) struct Ordering {
    pub(super) organisation: CryptoOrganisation,
    pub(super) peers: CryptoOrganisation,
    pub(super) nodes: Vec<SigningIdentity>,
    pub(super) addresses: Vec<String>,
    pub(super) genesis: Bytes,
    is_bft: bool,
    state: Arc<State>,
    close: Close,
}

struct State {
    chain: watch::Sender<Vec<Block>>,
    asked: watch::Sender<Vec<Ask>>,
    script: Mutex<Script>,
    closing: Closing,
}

struct Node {
    index: usize,
    state: Arc<State>,
}

impl Ordering {
    /// `count` orderers of a channel that names them all.
    pub(super) async fn start(
        count: usize,
        kind: &str,
        script: impl Fn(Ask) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        Self::start_under(count, kind, <[String]>::to_vec, script).await
    }

    /// As [`Ordering::start`], of a channel that names what `name` makes of the addresses.
    pub(super) async fn start_under(
        count: usize,
        kind: &str,
        name: impl Fn(&[String]) -> Vec<String>,
        script: impl Fn(Ask) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let now = i64::try_from(Clock::system().since_epoch().as_secs()).unwrap();
        let organisation = CryptoOrganisation::generate("example.com", "OrdererMSP", now).unwrap();
        let peers = CryptoOrganisation::generate("org1.example.com", "Org1MSP", now).unwrap();
        let nodes: Vec<SigningIdentity> = (0..count)
            .map(|n| enroll(&organisation, &format!("orderer{n}"), NodeRole::Orderer))
            .collect();
        let (close, closing) = Close::new();
        let state = Arc::new(State {
            chain: watch::Sender::new(Vec::new()),
            asked: watch::Sender::new(Vec::new()),
            script: Mutex::new(Arc::new(script)),
            closing: closing.clone(),
        });
        let mut served = Vec::new();
        for index in 0..count {
            let node = Node {
                index,
                state: Arc::clone(&state),
            };
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let routes = Services::of(AtomicBroadcastServer::new(node));
            let serving = Serving::start(routes, listener, None, closing.clone()).unwrap();
            served.push(serving.address().to_string());
        }
        let described = describe(&organisation, &peers, &nodes, kind, name(&served));
        let genesis = genesis(&described);
        state
            .chain
            .send_replace(vec![Block::decode(genesis.clone()).unwrap()]);
        Self {
            organisation,
            peers,
            nodes,
            addresses: served,
            genesis,
            is_bft: kind == "BFT",
            state,
            close,
        }
    }

    pub(super) fn asked(&self) -> Vec<Ask> {
        self.state.asked.borrow().clone()
    }

    /// Requests for blocks, without those for headers.
    pub(super) fn blocks_asked(&self) -> Vec<Ask> {
        let mut asked = self.asked();
        asked.retain(|ask| !ask.headers);
        asked
    }

    pub(super) async fn wait_asked(&self, enough: impl Fn(&[Ask]) -> bool) {
        let mut asked = self.state.asked.subscribe();
        asked.wait_for(|asked| enough(asked)).await.unwrap();
    }

    /// A good block behind the chain, which does not get it by this.
    pub(super) fn next_block(&self, data: Vec<Bytes>) -> Block {
        let chain = self.state.chain.borrow();
        let last = chain.last().unwrap().header.clone().unwrap();
        let header = BlockHeader {
            number: last.number + 1,
            previous_hash: Bytes::copy_from_slice(&header_hash(&BlockHeader {
                number: last.number,
                previous_hash: last.previous_hash,
                data_hash: last.data_hash,
            })),
            data_hash: Bytes::copy_from_slice(&data_hash(&data)),
        };
        self.signed(header, data, self.nodes.len())
    }

    /// A block with the signatures of the first `signers` orderers under BFT, of the first one otherwise.
    pub(super) fn signed(&self, header: BlockHeader, data: Vec<Bytes>, signers: usize) -> Block {
        let value = Bytes::from_static(b"");
        let signatures = (1..).zip(&self.nodes).take(signers).map(|(id, node)| {
            let nonce = Bytes::from_static(&[1; 24]);
            let (signature_header, identifier_header) = if self.is_bft {
                let header = IdentifierHeader {
                    identifier: id,
                    nonce,
                };
                (Bytes::new(), Bytes::from(header.encode_to_vec()))
            } else {
                let creator = node.serialized().clone();
                let header = SignatureHeader { creator, nonce };
                (Bytes::from(header.encode_to_vec()), Bytes::new())
            };
            let message = [
                &value[..],
                &signature_header,
                &identifier_header,
                &header_bytes(&header),
            ]
            .concat();
            MetadataSignature {
                signature: node.sign(&message).into(),
                signature_header,
                identifier_header,
            }
        });
        let metadata = Metadata {
            value: value.clone(),
            signatures: signatures.collect(),
        };
        let mut slots = vec![Bytes::new(); 5];
        slots[0] = metadata.encode_to_vec().into();
        Block {
            header: Some(common::BlockHeader {
                number: header.number,
                previous_hash: header.previous_hash,
                data_hash: header.data_hash,
            }),
            data: Some(BlockData { data }),
            metadata: Some(BlockMetadata { metadata: slots }),
        }
    }

    pub(super) fn append(&self, block: Block) {
        self.state.chain.send_modify(|chain| chain.push(block));
    }

    /// Blocks of one meaningless transaction each.
    pub(super) fn grow(&self, count: usize) {
        for _ in 0..count {
            self.append(self.next_block(vec![meaningless()]));
        }
    }

    pub(super) fn set_script(&self, script: impl Fn(Ask) -> Vec<Step> + Send + Sync + 'static) {
        *self.state.script.lock() = Arc::new(script);
    }

    /// A peer of this channel in `dir`, joined if it was not before.
    pub(super) async fn peer(&self, dir: &Path, change: impl FnOnce(&mut PullOptions)) -> Running {
        let mut pull = PullOptions {
            tls: false,
            first_pause: Duration::from_millis(5),
            longest_pause: Duration::from_millis(50),
            bft: BftPolicy::Cluster,
            ..PullOptions::default()
        };
        change(&mut pull);
        let options = options(dir, &self.peers, pull);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running = start(options, listener).unwrap();
        if running.peer().channel(CHANNEL).is_none() {
            running.peer().join(self.genesis.clone()).unwrap();
        }
        running
    }

    pub(super) fn stop(self) {
        self.close.now();
    }
}

/// What a peer of `peers` is started with.
pub(super) fn options(dir: &Path, peers: &CryptoOrganisation, pull: PullOptions) -> NodeOptions {
    NodeOptions {
        dir: dir.to_owned(),
        snapshots: dir.join("snapshots"),
        signer: Arc::new(enroll(peers, "peer0", NodeRole::Peer)),
        local_msp: Arc::new(Msp::from_config(&peers.msp_config(), MspVersion::V3_0).unwrap()),
        builders: Vec::new(),
        chaincode: Default::default(),
        clock: Clock::system(),
        operations: Default::default(),
        sync: false,
        state_database: selvedge_ledger::StateDatabase::default(),
        rich_query_portion: 1000,
        history: true,
        log_purges: true,
        validators: 0,
        endorser: Default::default(),
        serve: ServeOptions {
            pull,
            ..ServeOptions::default()
        },
    }
}

/// Waits until the peer has so many blocks.
pub(super) async fn reach(peer: &Running, height: u64) {
    let channel = peer.peer().channel(CHANNEL).unwrap();
    let mut heights = channel.commits().height();
    heights.wait_for(|found| *found >= height).await.unwrap();
}

/// Well formed as far as orderers look, and flagged by peers.
pub(super) fn meaningless() -> Bytes {
    let envelope = Envelope {
        payload: Bytes::from_static(b"p"),
        signature: Bytes::from_static(b"s"),
    };
    envelope.encode_to_vec().into()
}

pub(super) fn enroll(
    organisation: &CryptoOrganisation,
    name: &str,
    role: NodeRole,
) -> SigningIdentity {
    let enrolled = organisation.enroll(name, role, &BTreeMap::new()).unwrap();
    enrolled.signing_identity().unwrap()
}

pub(super) fn genesis(description: &ChannelDescription) -> Bytes {
    let header = GenesisHeader {
        seconds: 1,
        nonce: [1; 24],
    };
    genesis_block(CHANNEL, description, header).unwrap()
}

/// The channel of these organisations.
pub(super) fn describe(
    organisation: &CryptoOrganisation,
    peers: &CryptoOrganisation,
    nodes: &[SigningIdentity],
    kind: &str,
    endpoints: Vec<String>,
) -> ChannelDescription {
    let consenters = (1..).zip(nodes).map(|(id, node)| Consenter {
        id,
        host: "127.0.0.1".to_owned(),
        port: 7050,
        msp_id: "OrdererMSP".to_owned(),
        identity: SerializedIdentity::decode(node.serialized().clone())
            .unwrap()
            .id_bytes,
        ..Consenter::default()
    });
    let consensus = Consensus {
        kind: kind.to_owned(),
        consenters: if kind == "BFT" {
            consenters.collect()
        } else {
            Vec::new()
        },
        ..Consensus::default()
    };
    let org1 = OrganisationDescription::of_peers("Org1", "Org1MSP", peers.msp_config());
    let ordering = OrganisationDescription::of_orderers(
        "Orderer",
        "OrdererMSP",
        organisation.msp_config(),
        endpoints,
    );
    let batch = super::harness::batch(10);
    let mut description = ChannelDescription::new(vec![org1], vec![ordering], batch, consensus);
    if kind == "BFT" {
        let mut policies = Policies::of_orderer();
        let quorum = PolicyDescription::Signature(quorum(nodes));
        policies.0.insert("BlockValidation".to_owned(), quorum);
        description.orderer_policies = policies;
    }
    description
}

/// ⌈(n+f+1)/2⌉ of n with f = ⌊(n−1)/3⌋.
fn quorum(nodes: &[SigningIdentity]) -> SignaturePolicyEnvelope {
    let count = i32::try_from(nodes.len()).unwrap();
    let faulty = (count - 1) / 3;
    let rule = |rule| SignaturePolicy { r#type: Some(rule) };
    let any = signature_policy::NOutOf {
        n: (count + faulty + 2) / 2,
        rules: (0..count)
            .map(|n| rule(signature_policy::Type::SignedBy(n)))
            .collect(),
    };
    SignaturePolicyEnvelope {
        version: 0,
        rule: Some(rule(signature_policy::Type::NOutOf(any))),
        identities: nodes
            .iter()
            .map(|node| MspPrincipal {
                principal_classification: Classification::Identity as i32,
                principal: node.serialized().clone(),
            })
            .collect(),
    }
}

#[tonic::async_trait]
impl AtomicBroadcast for Node {
    type BroadcastStream = ReceiverStream<Result<BroadcastResponse, Status>>;
    type DeliverStream = ReceiverStream<Result<DeliverResponse, Status>>;

    async fn broadcast(
        &self,
        _: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::BroadcastStream>, Status> {
        Err(Status::unimplemented("takes no transactions"))
    }

    async fn deliver(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, Status> {
        let (sender, receiver) = mpsc::channel(1);
        let (state, index) = (Arc::clone(&self.state), self.index);
        tokio::spawn(async move {
            let closing = state.closing.clone();
            tokio::select! {
                () = answer(&state, index, request.into_inner(), sender) => {}
                () = closing.closed() => {}
            }
        });
        // As in Go, a client hears nothing before there is a first message.
        let mut receiver = receiver;
        let (first, messages) = mpsc::channel(1);
        if let Some(message) = receiver.recv().await {
            first
                .send(message)
                .await
                .map_err(|_| Status::internal("closed"))?;
        }
        tokio::spawn(async move {
            loop {
                let message = tokio::select! {
                    message = receiver.recv() => message,
                    () = first.closed() => None,
                };
                let Some(message) = message else { return };
                if first.send(message).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(messages)))
    }
}

type Answers = mpsc::Sender<Result<DeliverResponse, Status>>;

async fn answer(state: &State, node: usize, mut requests: Streaming<Envelope>, answers: Answers) {
    let Some(Ok(envelope)) = requests.next().await else {
        return;
    };
    let payload = Payload::decode(envelope.payload).unwrap();
    let seek = SeekInfo::decode(payload.data).unwrap();
    let Some(Position::Specified(start)) = seek.start.and_then(|start| start.r#type) else {
        return;
    };
    let headers = seek.content_type == i32::from(SeekContentType::HeaderWithSig);
    let mut ask = Ask {
        node,
        from: start.number,
        headers,
        earlier: 0,
    };
    state.asked.send_modify(|asked| {
        ask.earlier = asked.iter().filter(|ask| ask.headers == headers).count();
        asked.push(ask);
    });
    let script = Arc::clone(&state.script.lock());
    let mut next = ask.from;
    for step in script(ask) {
        match step {
            Step::Serve(end) => {
                if !serve(state, &mut next, end, headers, &answers).await {
                    return;
                }
            }
            Step::Send(message) => {
                if answers.send(Ok(message)).await.is_err() {
                    return;
                }
            }
            Step::Fail(status) => {
                let _ = answers.send(Err(status)).await;
            }
            Step::Hold => answers.closed().await,
        }
    }
}

async fn serve(state: &State, next: &mut u64, end: u64, headers: bool, answers: &Answers) -> bool {
    let mut chain = state.chain.subscribe();
    while *next < end {
        let number = usize::try_from(*next).unwrap();
        let found = tokio::select! {
            chain = chain.wait_for(|chain| chain.len() > number) => chain.unwrap()[number].clone(),
            () = answers.closed() => return false,
        };
        let mut found = found;
        if headers && !selvedge_identity::is_config_block(&found) {
            found.data = None;
        }
        let message = DeliverResponse {
            r#type: Some(Type::Block(found)),
        };
        if answers.send(Ok(message)).await.is_err() {
            return false;
        }
        *next += 1;
    }
    true
}
