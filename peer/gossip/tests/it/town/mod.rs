//! Organisations, their peers, and what the peers are told to believe.

mod desk;

use bytes::Bytes;
pub(crate) use desk::Desk;
use parking_lot::RwLock;
use selvedge_gossip::{
    AnchorPeer, ChannelDescription, ChannelPeer, Environment, GossipService, InstalledChaincode,
    Membership, Node, Settings, TlsPair, Trust, TrustError,
};
use selvedge_identity::cryptogen::{self, CryptoOrganisation, NodeRole};
use selvedge_identity::{Identity, Msp, MspManager, MspVersion, SignedData, SigningIdentity};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity as TlsIdentity, Server, ServerTlsConfig};

pub(crate) const CHANNEL: &str = "mychannel";

/// How long a test waits for what must come; generous, for a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Town {
    organisations: BTreeMap<String, CryptoOrganisation>,
    pub(crate) trust: Arc<Believer>,
}

/// Believes the certificates of its organisations; those of the channel read it.
pub(crate) struct Believer {
    msps: MspManager,
    readers: BTreeSet<String>,
    revoked: RwLock<BTreeSet<Bytes>>,
    roots: Vec<Bytes>,
}

impl Trust for Believer {
    fn identify(&self, identity: &Bytes) -> Result<Arc<Identity>, TrustError> {
        if self.revoked.read().contains(identity) {
            return Err(TrustError("The certificate has been revoked".to_owned()));
        }
        let found = self.msps.deserialize(identity);
        let found = found.map_err(|error| TrustError(error.to_string()))?;
        found
            .validate()
            .map_err(|error| TrustError(error.to_string()))?;
        Ok(found)
    }

    fn verify(&self, signed: &SignedData) -> Result<(), TrustError> {
        let identity = self.identify(&signed.identity)?;
        let verified = identity.verify(&signed.data, &signed.signature);
        verified.map_err(|error| TrustError(error.to_string()))
    }

    fn verify_by_channel(&self, channel: &str, signed: &SignedData) -> Result<(), TrustError> {
        assert_eq!(channel, CHANNEL);
        let identity = self.identify(&signed.identity)?;
        if !self.readers.contains(identity.msp_id()) {
            return Err(TrustError("not a reader".to_owned()));
        }
        self.verify(signed)
    }

    fn tls_roots(&self) -> Vec<Bytes> {
        self.roots.clone()
    }
}

impl Believer {
    pub(crate) fn revoke(&self, identity: &Bytes) {
        self.revoked.write().insert(identity.clone());
    }
}

/// A peer at work.
pub(crate) struct Peer {
    pub(crate) node: Node,
    pub(crate) address: SocketAddr,
    pub(crate) desk: Arc<Desk>,
    pub(crate) signer: Arc<SigningIdentity>,
    pub(crate) tls: cryptogen::TlsPair,
    stop: tokio::sync::watch::Sender<bool>,
}

/// How a peer is started.
#[derive(Default)]
pub(crate) struct Start {
    pub(crate) bootstrap: Vec<String>,
    /// Tells other organisations its address.
    pub(crate) outside: bool,
    pub(crate) anchors: Vec<AnchorPeer>,
    pub(crate) at: Option<SocketAddr>,
    /// The same certificates as before.
    pub(crate) again: Option<(Arc<SigningIdentity>, cryptogen::TlsPair)>,
}

impl Town {
    /// `Org1MSP` to `OrgNMSP`; the first `readers` of them are in the channel.
    pub(crate) fn new(organisations: usize, readers: usize) -> Self {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        let now = i64::try_from(now.as_secs()).unwrap();
        let made = (1..=organisations).map(|n| {
            let (domain, msp_id) = (format!("org{n}.example.com"), format!("Org{n}MSP"));
            let made = CryptoOrganisation::generate(&domain, &msp_id, now).unwrap();
            (msp_id, made)
        });
        let organisations: BTreeMap<String, CryptoOrganisation> = made.collect();
        let msps = organisations
            .values()
            .map(|made| Arc::new(Msp::from_config(&made.msp_config(), MspVersion::V3_0).unwrap()));
        let trust = Believer {
            msps: MspManager::new(msps),
            readers: organisations.keys().take(readers).cloned().collect(),
            revoked: RwLock::default(),
            roots: organisations
                .values()
                .map(|made| Bytes::from(made.tls_ca_certificate()))
                .collect(),
        };
        Self {
            organisations,
            trust: Arc::new(trust),
        }
    }

    pub(crate) fn description(&self, anchors: &[AnchorPeer]) -> ChannelDescription {
        ChannelDescription {
            name: CHANNEL.to_owned(),
            sequence: 1,
            organisations: self.trust.readers.iter().cloned().collect(),
            anchors: anchors.to_vec(),
        }
    }

    pub(crate) fn enroll(
        &self,
        msp_id: &str,
        name: &str,
    ) -> (Arc<SigningIdentity>, cryptogen::TlsPair) {
        let organisation = &self.organisations[msp_id];
        let enrolled = organisation
            .enroll(name, NodeRole::Peer, &BTreeMap::new())
            .unwrap();
        let names = [
            name.to_owned(),
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
        ];
        let tls = organisation.tls(name, &names).unwrap();
        (Arc::new(enrolled.signing_identity().unwrap()), tls)
    }

    pub(crate) async fn peer(&self, msp_id: &str, name: &str, start: Start) -> Peer {
        let (signer, tls) = start.again.unwrap_or_else(|| self.enroll(msp_id, name));
        let at = start.at.unwrap_or_else(|| ([127, 0, 0, 1], 0).into());
        let listener = TcpListener::bind(at).await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Arc::new(Desk::default());
        let settings = Settings {
            endpoint: address.to_string(),
            external_endpoint: if start.outside {
                address.to_string()
            } else {
                String::new()
            },
            bootstrap: start.bootstrap,
            ..quick()
        };
        let environment = Environment {
            signer: Arc::clone(&signer),
            trust: self.trust.clone(),
            handler: desk.clone(),
            clock: Arc::new(SystemTime::now),
            random: Arc::new(|| getrandom::u64().unwrap()),
        };
        let pair = TlsPair {
            certificate: tls.certificate.clone().into_bytes(),
            key: tls.key.clone().into_bytes(),
        };
        let server = tls.certificate.clone().into_bytes();
        let node = Node::start(settings, environment, Some((server, pair))).unwrap();
        let stop = self.serve(&node, listener, &tls);
        node.join(self.description(&start.anchors), 1, &[]);
        Peer {
            node,
            address,
            desk,
            signer,
            tls,
            stop,
        }
    }

    /// The address of a peer that was killed may be in use for a moment.
    pub(crate) async fn peer_when_free(&self, msp_id: &str, name: &str, start: Start) -> Peer {
        let at = start.at.unwrap();
        let free = async {
            while TcpListener::bind(at).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, free).await.unwrap();
        self.peer(msp_id, name, start).await
    }

    pub(crate) fn trust_verifies(&self, signed: &SignedData) -> bool {
        self.trust.verify(signed).is_ok()
    }

    fn serve(
        &self,
        node: &Node,
        listener: TcpListener,
        tls: &cryptogen::TlsPair,
    ) -> tokio::sync::watch::Sender<bool> {
        let roots: Vec<u8> = self.trust.roots.concat();
        let config = ServerTlsConfig::new()
            .identity(TlsIdentity::from_pem(&tls.certificate, &tls.key))
            .client_ca_root(Certificate::from_pem(roots))
            .client_auth_optional(true);
        let service = GossipService::new(node.clone()).into_server();
        let (stop, mut stopped) = tokio::sync::watch::channel(false);
        let router = Server::builder()
            .tls_config(config)
            .unwrap()
            .add_service(service);
        tokio::spawn(async move {
            let shutdown = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            let incoming = TcpIncoming::from(listener);
            let served = router
                .serve_with_incoming_shutdown(incoming, shutdown)
                .await;
            served.unwrap();
        });
        stop
    }
}

/// Everything happens a hundred times as often as in production.
fn quick() -> Settings {
    Settings {
        alive_interval: Duration::from_millis(50),
        alive_expiration: Duration::from_millis(1500),
        reconnect_interval: Duration::from_millis(200),
        pull_interval: Duration::from_millis(50),
        publish_state_info_interval: Duration::from_millis(20),
        request_state_info_interval: Duration::from_millis(50),
        publish_cert_period: Duration::from_millis(1),
        ..Settings::default()
    }
}

impl Peer {
    pub(crate) fn anchor(&self) -> AnchorPeer {
        AnchorPeer {
            msp_id: self.signer.msp_id().to_owned(),
            endpoint: self.address.to_string(),
        }
    }

    pub(crate) fn bootstrap(&self) -> Vec<String> {
        vec![self.address.to_string()]
    }

    /// Waits until what it sees of the channel is as it should be.
    pub(crate) async fn sees(&self, right: impl Fn(&[ChannelPeer]) -> bool) -> Vec<ChannelPeer> {
        let mut changes = self.node.changes();
        let seen = tokio::time::timeout(PATIENCE, async {
            loop {
                changes.mark_unchanged();
                let seen = self.node.channel_peers(CHANNEL);
                if right(&seen) {
                    return seen;
                }
                changes.changed().await.unwrap();
            }
        });
        match seen.await {
            Ok(seen) => seen,
            Err(_) => panic!(
                "{} sees {:?} of {:?}",
                self.address,
                self.node.channel_peers(CHANNEL),
                self.node.members()
            ),
        }
    }

    pub(crate) async fn sees_peers(&self, others: &[&Self]) {
        self.sees(|seen| {
            seen.len() == others.len() + 1
                && others.iter().all(|other| {
                    seen.iter()
                        .any(|peer| peer.member.pki_id == *other.node.pki_id())
                })
        })
        .await;
    }

    pub(crate) fn says(&self, height: u64, chaincodes: &[(&str, &str)]) {
        let chaincodes: Vec<_> = chaincodes
            .iter()
            .map(|(name, version)| InstalledChaincode {
                name: (*name).to_owned(),
                version: (*version).to_owned(),
            })
            .collect();
        self.node.update(CHANNEL, height, Some(&chaincodes));
    }

    /// As if the process had been killed.
    pub(crate) fn kill(&self) {
        self.node.stop();
        self.stop.send_replace(true);
    }
}
