//! Peers that lie, and what does not come of it.

use crate::town::{CHANNEL, PATIENCE, Peer, Start, Town};
use bytes::Bytes;
use prost::Message as _;
use selvedge_gossip::{Membership, PkiId, channel_mac};
use selvedge_identity::{SigningIdentity, cryptogen::TlsPair};
use selvedge_protos::gossip::{
    AliveMessage, ConnEstablish, Envelope, GossipMessage, Member, PeerTime, Properties, StateInfo,
    gossip_client::GossipClient,
    gossip_message::{Content, Tag},
};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// A caller that writes its own messages.
struct Caller {
    sender: mpsc::Sender<Envelope>,
    inbound: Streaming<Envelope>,
}

async fn connect(town: &Town, to: &Peer, tls: Option<&TlsPair>) -> Channel {
    use selvedge_gossip::Trust as _;
    let roots: Vec<u8> = town.trust.tls_roots().concat();
    let mut config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(roots));
    if let Some(tls) = tls {
        config = config.identity(Identity::from_pem(&tls.certificate, &tls.key));
    }
    let endpoint = Endpoint::from_shared(format!("https://{}", to.address)).unwrap();
    endpoint
        .tls_config(config)
        .unwrap()
        .connect()
        .await
        .unwrap()
}

impl Caller {
    async fn new(channel: Channel, first: Envelope) -> Result<Self, tonic::Status> {
        let (sender, receiver) = mpsc::channel(100);
        sender.send(first).await.unwrap();
        let mut client = GossipClient::new(channel);
        let inbound = client.gossip_stream(ReceiverStream::new(receiver)).await?;
        Ok(Self {
            sender,
            inbound: inbound.into_inner(),
        })
    }

    /// How many messages come before the stream ends.
    async fn until_end(mut self) -> usize {
        let count = async {
            let mut count = 0;
            while let Ok(Some(_)) = self.inbound.message().await {
                count += 1;
            }
            count
        };
        tokio::time::timeout(PATIENCE, count)
            .await
            .expect("the stream stays open")
    }
}

fn sign(message: &GossipMessage, signer: &SigningIdentity) -> Envelope {
    let payload = Bytes::from(message.encode_to_vec());
    Envelope {
        signature: signer.sign(&payload).into(),
        payload,
        secret_envelope: None,
    }
}

fn message(tag: Tag, content: Content) -> GossipMessage {
    GossipMessage {
        nonce: 0,
        channel: Bytes::new(),
        tag: tag as i32,
        content: Some(content),
    }
}

fn shown(tls: &TlsPair) -> Bytes {
    let der = selvedge_identity::Certificate::from_pem(tls.certificate.as_bytes()).unwrap();
    Bytes::copy_from_slice(&Sha256::digest(der.der()))
}

fn hello(signer: &SigningIdentity, tls: &TlsPair) -> ConnEstablish {
    ConnEstablish {
        pki_id: PkiId::of(signer.serialized()).unwrap().bytes().clone(),
        identity: signer.serialized().clone(),
        tls_cert_hash: shown(tls),
        probe: false,
    }
}

fn greeting(conn: ConnEstablish, signer: &SigningIdentity) -> Envelope {
    sign(&message(Tag::Empty, Content::Conn(conn)), signer)
}

fn heartbeat(of: &SigningIdentity, sequence: u64) -> GossipMessage {
    let alive = AliveMessage {
        membership: Some(Member {
            endpoint: "127.0.0.1:1".to_owned(),
            metadata: Bytes::new(),
            pki_id: PkiId::of(of.serialized()).unwrap().bytes().clone(),
        }),
        timestamp: Some(PeerTime {
            inc_num: u64::MAX,
            seq_num: sequence,
        }),
        identity: of.serialized().clone(),
    };
    message(Tag::Empty, Content::AliveMsg(alive))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_prove_who_it_is_hears_nothing() {
    let town = Town::new(1, 1);
    let peer = town.peer("Org1MSP", "peer0", Start::default()).await;
    let (signer, tls) = town.enroll("Org1MSP", "mallory");
    let (other, other_tls) = town.enroll("Org1MSP", "other");
    let stranger = Town::new(1, 1).enroll("Org1MSP", "stranger").0;
    let good = hello(&signer, &tls);
    let wrong = |change: fn(&mut ConnEstablish)| {
        let mut conn = good.clone();
        change(&mut conn);
        greeting(conn, &signer)
    };
    let lies = [
        ("a foreign signature", greeting(good.clone(), &other)),
        (
            "a PKI-ID that is not its own",
            wrong(|conn| conn.pki_id = Bytes::from_static(&[1; 32])),
        ),
        ("no PKI-ID", wrong(|conn| conn.pki_id = Bytes::new())),
        ("no identity", wrong(|conn| conn.identity = Bytes::new())),
        (
            "an identity of nobody",
            greeting(hello(&stranger, &tls), &stranger),
        ),
        (
            "another TLS certificate",
            greeting(hello(&signer, &other_tls), &signer),
        ),
        (
            "no TLS hash",
            wrong(|conn| conn.tls_cert_hash = Bytes::new()),
        ),
        (
            "another message first",
            sign(&heartbeat(&signer, 1), &signer),
        ),
        (
            "bytes",
            Envelope {
                payload: Bytes::from_static(&[0xff; 9]),
                ..Envelope::default()
            },
        ),
        (
            "much",
            Envelope {
                payload: vec![0; 1 << 20].into(),
                ..Envelope::default()
            },
        ),
        ("a probe", wrong(|conn| conn.probe = true)),
    ];
    for (what, first) in lies {
        let channel = connect(&town, &peer, Some(&tls)).await;
        let caller = Caller::new(channel, first).await.unwrap();
        assert!(
            caller.until_end().await <= 1,
            "{what}: only the peer's own greeting came"
        );
    }
    let naked = connect(&town, &peer, None).await;
    let refused = Caller::new(naked, greeting(good, &signer))
        .await
        .err()
        .unwrap();
    assert_eq!(refused.message(), "no TLS certificate");
    assert_eq!(peer.node.members().len(), 1);
}

async fn admitted(town: &Town, peer: &Peer, signer: &SigningIdentity, tls: &TlsPair) -> Caller {
    let channel = connect(town, peer, Some(tls)).await;
    Caller::new(channel, greeting(hello(signer, tls), signer))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_cannot_speak_for_another() {
    let town = Town::new(2, 2);
    let peer = town
        .peer(
            "Org1MSP",
            "peer0",
            Start {
                outside: true,
                ..Start::default()
            },
        )
        .await;
    let (mallory, tls) = town.enroll("Org2MSP", "mallory");
    let (victim, _) = town.enroll("Org1MSP", "victim");
    let caller = admitted(&town, &peer, &mallory, &tls).await;
    let id = |signer: &SigningIdentity| PkiId::of(signer.serialized()).unwrap();
    let statement = |of: &SigningIdentity, mac: Bytes| {
        let info = StateInfo {
            timestamp: Some(PeerTime {
                inc_num: 1,
                seq_num: 1,
            }),
            pki_id: id(of).bytes().clone(),
            channel_mac: mac,
            properties: Some(Properties {
                ledger_height: 99,
                ..Properties::default()
            }),
        };
        message(Tag::ChanOrOrg, Content::StateInfo(info))
    };
    let mut untagged = heartbeat(&mallory, 1);
    untagged.tag = Tag::ChanOnly as i32;
    let mut nameless = heartbeat(&mallory, 2);
    if let Some(Content::AliveMsg(alive)) = &mut nameless.content {
        alive.membership = None;
    }
    let lies = [
        sign(&heartbeat(&victim, 1), &mallory),
        Envelope {
            signature: Bytes::new(),
            ..sign(&heartbeat(&victim, 2), &victim)
        },
        sign(&untagged, &mallory),
        sign(&nameless, &mallory),
        sign(
            &statement(&victim, channel_mac(&id(&victim), CHANNEL)),
            &mallory,
        ),
        sign(
            &statement(&mallory, channel_mac(&id(&victim), CHANNEL)),
            &mallory,
        ),
        sign(
            &message(Tag::Empty, Content::MemReq(Default::default())),
            &mallory,
        ),
        sign(
            &message(Tag::Empty, Content::DataUpdate(Default::default())),
            &mallory,
        ),
        sign(
            &message(Tag::ChanOrOrg, Content::StateSnapshot(Default::default())),
            &mallory,
        ),
        Envelope::default(),
    ];
    for lie in lies {
        caller.sender.send(lie).await.unwrap();
    }
    // Its own word counts, and comes after all that.
    caller
        .sender
        .send(sign(&heartbeat(&mallory, 9), &mallory))
        .await
        .unwrap();
    caller
        .sender
        .send(sign(
            &statement(&mallory, channel_mac(&id(&mallory), CHANNEL)),
            &mallory,
        ))
        .await
        .unwrap();
    let seen = peer
        .sees(|seen| seen.iter().any(|peer| peer.height == 99))
        .await;
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|seen| seen.member.pki_id != id(&victim)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_nonsense_ends_and_the_peer_goes_on() {
    let town = Town::new(1, 1);
    let peer = town.peer("Org1MSP", "peer0", Start::default()).await;
    let (mallory, tls) = town.enroll("Org1MSP", "mallory");
    let caller = admitted(&town, &peer, &mallory, &tls).await;
    let nonsense = Envelope {
        payload: Bytes::from_static(&[0xff; 40]),
        ..Envelope::default()
    };
    caller.sender.send(nonsense).await.unwrap();
    caller.until_end().await;
    let start = Start {
        bootstrap: peer.bootstrap(),
        ..Start::default()
    };
    let other = town.peer("Org1MSP", "peer1", start).await;
    peer.sees_peers(&[&other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_secret_is_refused_with_its_heartbeat() {
    let town = Town::new(1, 1);
    let peer = town.peer("Org1MSP", "peer0", Start::default()).await;
    let (mallory, tls) = town.enroll("Org1MSP", "mallory");
    let caller = admitted(&town, &peer, &mallory, &tls).await;
    let mut forged = sign(&heartbeat(&mallory, 1), &mallory);
    forged.secret_envelope = Some(selvedge_protos::gossip::SecretEnvelope {
        payload: Bytes::from_static(b"\x0a\x05a:123"),
        signature: Bytes::from_static(b"no signature"),
    });
    caller.sender.send(forged).await.unwrap();
    caller
        .sender
        .send(sign(&heartbeat(&mallory, 2), &mallory))
        .await
        .unwrap();
    let mut changes = peer.node.changes();
    let known = async {
        while peer.node.members().len() < 2 {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, known).await.unwrap();
    assert_eq!(peer.node.members()[1].internal_endpoint, "");
}
