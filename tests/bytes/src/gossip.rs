//! What a peer says that has proved who it is: gossip's messages, signed as they must be or not at all.

use crate::grpc::Stream;
use crate::{Target, golden, pieces};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_gossip::{
    ChannelDescription, Environment, GossipService, Handler, Node, PkiId, Requester, Settings,
    Trust, TrustError, channel_mac,
};
use selvedge_identity::{ChannelConfig, Identity, SignedData, SigningIdentity};
use selvedge_protos::gossip::{
    AliveMessage, ConnEstablish, DataDigest, DataRequest, DataUpdate, Envelope, GossipHello,
    GossipMessage, Member, MembershipRequest, MembershipResponse, Payload, PeerTime,
    PrivateDataMessage, PrivatePayload, Properties, PullMsgType, PvtDataDigest, PvtDataElement,
    RemotePvtDataRequest, RemoteStateRequest, Secret, StateInfo, StateInfoPullRequest,
    StateInfoSnapshot,
    gossip_message::{Content, Tag},
    secret,
};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};
use tokio::runtime::Runtime;

pub(crate) const TARGET: Target = Target {
    name: "gossip",
    run,
    seeds,
};

const CHANNEL: &str = "golden";
const PATH: &str = "/gossip.Gossip/GossipStream";
/// The only address that a message may name: nobody listens there, and a peer calls whoever says it is alive.
const NOWHERE: &str = "127.0.0.1:1";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
});
static CONFIG: LazyLock<ChannelConfig> = LazyLock::new(golden::config);
static OTHER: LazyLock<SigningIdentity> = LazyLock::new(|| signer("org2", "Org2MSP"));
static NODE: LazyLock<Node> = LazyLock::new(|| RUNTIME.block_on(async { start() }));
static TURN: Mutex<()> = Mutex::new(());

fn signer(organisation: &str, msp_id: &str) -> SigningIdentity {
    let domain = format!("{organisation}.example.com");
    let folder = format!("crypto/peerOrganizations/{domain}/peers/peer0.{domain}/msp");
    SigningIdentity::from_msp_dir(golden::path(&folder), msp_id).unwrap()
}

fn start() -> Node {
    let never = Duration::from_secs(1 << 20);
    let settings = Settings {
        endpoint: NOWHERE.to_owned(),
        alive_interval: never,
        alive_expiration: never,
        reconnect_interval: never,
        pull_interval: never,
        publish_state_info_interval: never,
        request_state_info_interval: never,
        max_identities: 100,
        ..Settings::default()
    };
    let environment = Environment {
        signer: Arc::new(signer("org1", "Org1MSP")),
        trust: Arc::new(Channel),
        handler: Arc::new(Channel),
        clock: Arc::new(SystemTime::now),
        random: Arc::new(|| 4),
    };
    let node = Node::start(settings, environment, None).unwrap();
    let organisations = CONFIG.organisations();
    let description = ChannelDescription {
        name: CHANNEL.to_owned(),
        sequence: 1,
        organisations: organisations.map(|it| it.msp_id.clone()).collect(),
        anchors: Vec::new(),
    };
    node.join(description, 1, &[]);
    node
}

/// Believes whom the recorded channel believes, and has nothing to give.
struct Channel;

impl Trust for Channel {
    fn identify(&self, identity: &Bytes) -> Result<Arc<Identity>, TrustError> {
        let found = CONFIG.msps().deserialize(identity);
        let found = found.map_err(|error| TrustError(error.to_string()))?;
        let valid = found.validate();
        valid.map_err(|error| TrustError(error.to_string()))?;
        Ok(found)
    }

    fn verify(&self, signed: &SignedData) -> Result<(), TrustError> {
        let identity = self.identify(&signed.identity)?;
        let verified = identity.verify(&signed.data, &signed.signature);
        verified.map_err(|error| TrustError(error.to_string()))
    }

    fn verify_by_channel(&self, _: &str, signed: &SignedData) -> Result<(), TrustError> {
        self.verify(signed)
    }

    fn tls_roots(&self) -> Vec<Bytes> {
        Vec::new()
    }
}

impl Handler for Channel {
    fn keep(&self, _: &str, _: PrivatePayload, _: &Requester) -> Result<(), String> {
        Err("not wanted".to_owned())
    }

    fn find(&self, _: &str, _: Vec<PvtDataDigest>, _: &Requester) -> Vec<PvtDataElement> {
        Vec::new()
    }

    fn blocks(&self, _: &str, _: u64, _: u64, _: &Requester) -> Vec<Payload> {
        Vec::new()
    }
}

/// The first byte of the data says whether the greeting is right. Each piece is an envelope, or behind a byte that is odd a
/// message, which is signed.
fn run(data: &[u8]) {
    let Some((first, messages)) = data.split_first() else {
        return;
    };
    let envelopes = pieces::cut(messages).into_iter().filter_map(envelope);
    let mut envelopes: Vec<Envelope> = envelopes.collect();
    if !envelopes.iter().all(is_harmless) {
        return;
    }
    if first % 4 != 0 {
        envelopes.insert(0, greeting());
    }
    let _turn = TURN.lock();
    let node = NODE.clone();
    RUNTIME.block_on(async {
        let mut server = GossipService::new(node).into_server();
        let mut stream = Stream::open(&mut server, PATH).await;
        let _ours: Option<Envelope> = stream.next().await;
        for envelope in &envelopes {
            stream.send(&envelope.encode_to_vec());
        }
        stream.end::<Envelope>().await;
    });
}

fn envelope(piece: &[u8]) -> Option<Envelope> {
    let (kind, rest) = piece.split_first()?;
    match kind % 2 {
        0 => Envelope::decode(rest).ok(),
        _ => Some(signed(Bytes::copy_from_slice(rest))),
    }
}

fn signed(payload: Bytes) -> Envelope {
    Envelope {
        signature: OTHER.sign(&payload).into(),
        payload,
        secret_envelope: None,
    }
}

fn greeting() -> Envelope {
    static GREETING: LazyLock<Envelope> = LazyLock::new(|| {
        let conn = ConnEstablish {
            pki_id: PkiId::of(OTHER.serialized()).unwrap().bytes().clone(),
            identity: OTHER.serialized().clone(),
            tls_cert_hash: Bytes::new(),
            probe: false,
        };
        let message = plain(Tag::Empty, Content::Conn(conn));
        signed(message.encode_to_vec().into())
    });
    GREETING.clone()
}

/// Whether nothing in it could make the peer call an address but [`NOWHERE`].
fn is_harmless(envelope: &Envelope) -> bool {
    let secret = envelope.secret_envelope.as_ref();
    let secret = secret.and_then(|secret| Secret::decode(secret.payload.clone()).ok());
    let inside = match secret.and_then(|secret| secret.content) {
        Some(secret::Content::InternalEndpoint(endpoint)) => is_nowhere(&endpoint),
        None => true,
    };
    let message = GossipMessage::decode(envelope.payload.clone());
    inside && message.is_ok_and(|message| message.content.as_ref().is_none_or(names_nobody))
        || GossipMessage::decode(envelope.payload.clone()).is_err()
}

fn names_nobody(content: &Content) -> bool {
    match content {
        Content::AliveMsg(alive) => {
            let member = alive.membership.as_ref();
            member.is_none_or(|member| is_nowhere(&member.endpoint))
        }
        Content::MemReq(request) => request.self_information.as_ref().is_none_or(is_harmless),
        Content::MemRes(response) => response.alive.iter().chain(&response.dead).all(is_harmless),
        Content::DataUpdate(update) => update.data.iter().all(is_harmless),
        Content::StateSnapshot(snapshot) => snapshot.elements.iter().all(is_harmless),
        _ => true,
    }
}

fn is_nowhere(endpoint: &str) -> bool {
    endpoint.is_empty() || endpoint == NOWHERE
}

fn plain(tag: Tag, content: Content) -> GossipMessage {
    GossipMessage {
        nonce: 1,
        channel: Bytes::new(),
        tag: tag as i32,
        content: Some(content),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let seed = |messages: Vec<GossipMessage>| {
        let piece = |message: GossipMessage| [vec![1], message.encode_to_vec()].concat();
        let pieces: Vec<_> = messages.into_iter().map(piece).collect();
        let mut seed = vec![1];
        seed.extend(pieces::join(&pieces));
        seed
    };
    let mut unknown = vec![0];
    unknown.extend(pieces::join(&[
        [vec![0], greeting().encode_to_vec()].concat()
    ]));
    vec![
        seed(membership()),
        seed(identities()),
        seed(channel()),
        seed(private()),
        unknown,
    ]
}

fn alive() -> GossipMessage {
    let alive = AliveMessage {
        membership: Some(Member {
            endpoint: NOWHERE.to_owned(),
            metadata: Bytes::new(),
            pki_id: PkiId::of(OTHER.serialized()).unwrap().bytes().clone(),
        }),
        timestamp: Some(PeerTime {
            inc_num: 1,
            seq_num: 1,
        }),
        identity: OTHER.serialized().clone(),
    };
    plain(Tag::Empty, Content::AliveMsg(alive))
}

fn membership() -> Vec<GossipMessage> {
    let signed = signed(alive().encode_to_vec().into());
    let request = MembershipRequest {
        self_information: Some(signed.clone()),
        known: Vec::new(),
    };
    let response = MembershipResponse {
        alive: vec![signed.clone()],
        dead: vec![signed],
    };
    vec![
        alive(),
        plain(Tag::Empty, Content::MemReq(request)),
        plain(Tag::Empty, Content::MemRes(response)),
    ]
}

fn identities() -> Vec<GossipMessage> {
    let msg_type = PullMsgType::IdentityMsg as i32;
    let hello = GossipHello {
        nonce: 4,
        metadata: Bytes::new(),
        msg_type,
    };
    let digest = DataDigest {
        nonce: 4,
        digests: vec!["digest".into()],
        msg_type,
    };
    let request = DataRequest {
        nonce: 4,
        digests: vec!["digest".into()],
        msg_type,
    };
    let update = DataUpdate {
        nonce: 4,
        data: vec![signed(alive().encode_to_vec().into())],
        msg_type,
    };
    vec![
        plain(Tag::Empty, Content::Hello(hello)),
        plain(Tag::Empty, Content::DataDig(digest)),
        plain(Tag::Empty, Content::DataReq(request)),
        plain(Tag::Empty, Content::DataUpdate(update)),
    ]
}

fn channel() -> Vec<GossipMessage> {
    let pki_id = PkiId::of(OTHER.serialized()).unwrap();
    let info = StateInfo {
        timestamp: Some(PeerTime {
            inc_num: 1,
            seq_num: 1,
        }),
        pki_id: pki_id.bytes().clone(),
        channel_mac: channel_mac(&pki_id, CHANNEL),
        properties: Some(Properties {
            ledger_height: 7,
            left_channel: false,
            chaincodes: Vec::new(),
        }),
    };
    let info = plain(Tag::ChanOrOrg, Content::StateInfo(info));
    let pull = StateInfoPullRequest {
        channel_mac: channel_mac(&pki_id, CHANNEL),
    };
    let snapshot = StateInfoSnapshot {
        elements: vec![signed(info.encode_to_vec().into())],
    };
    let blocks = RemoteStateRequest {
        start_seq_num: 1,
        end_seq_num: 3,
    };
    let on_channel = |content| GossipMessage {
        channel: CHANNEL.into(),
        ..plain(Tag::ChanOrOrg, content)
    };
    vec![
        info,
        on_channel(Content::StateInfoPullReq(pull)),
        on_channel(Content::StateSnapshot(snapshot)),
        on_channel(Content::StateRequest(blocks)),
    ]
}

fn private() -> Vec<GossipMessage> {
    let payload = PrivatePayload {
        namespace: "kv".to_owned(),
        collection_name: "collA".to_owned(),
        tx_id: "tx".to_owned(),
        private_rwset: "set".into(),
        ..PrivatePayload::default()
    };
    let data = PrivateDataMessage {
        payload: Some(payload),
    };
    let request = RemotePvtDataRequest {
        digests: vec![PvtDataDigest::default()],
    };
    let on_channel = |content| GossipMessage {
        channel: CHANNEL.into(),
        ..plain(Tag::Empty, content)
    };
    vec![
        on_channel(Content::PrivateData(data)),
        on_channel(Content::PrivateReq(request)),
    ]
}
