//! The state of gossip in one peer, and what happens to it: one file for each kind of message.

mod alive;
mod channels;
mod connect;
mod disclosure;
mod dispatch;
mod greetings;
mod identity_pull;
mod private;
mod state_info;
mod sync;
mod tasks;
mod track;
mod view;
mod waiting;

use crate::comm::{Counters, Table, Tls, TlsPair, Traffic};
use crate::identities::Identities;
use crate::members::{Channel, Roster};
use crate::message::{Signed, plain};
use crate::{Environment, PkiId, Settings, TrustError};
use bytes::Bytes;
use greetings::Greetings;
use parking_lot::{Mutex, RwLock};
use selvedge_protos::gossip::{
    PeerIdentity,
    gossip_message::{Content, Tag},
};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use waiting::Waiting;

/// Gossip of one peer. Cheap to clone; all clones are one node.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

struct Inner {
    settings: Settings,
    environment: Environment,
    tls: Option<Tls>,
    pki_id: PkiId,
    identities: Identities,
    connections: Table,
    counters: Arc<Counters>,
    roster: Mutex<Roster>,
    heart: Mutex<alive::Heart>,
    channels: RwLock<BTreeMap<String, Arc<Mutex<Channel>>>>,
    waiting: Waiting,
    /// An exchange of identities begins with a greeting: those that this peer sent, and those that it was sent.
    greeted: Greetings,
    greeted_by: Greetings,
    /// Who was in each channel when the log was last told.
    seen: Mutex<BTreeMap<String, track::Peers>>,
    /// One at a time for each peer that is being called.
    calls: Mutex<HashMap<PkiId, Arc<tokio::sync::Mutex<()>>>>,
    /// Streams that others opened.
    places: Arc<Semaphore>,
    /// Messages waiting for a connection.
    sending: Arc<Semaphore>,
    changes: watch::Sender<u64>,
    stop: watch::Sender<bool>,
}

/// Messages that may wait for connections that are being made.
const MAX_SENDING: usize = 256;

impl Node {
    /// Joins the network of its settings. `tls` is the certificate that the listener shows, PEM, and the pair that this
    /// peer shows when it calls; `None`: all peers speak plain text. Call inside a Tokio runtime.
    ///
    /// # Errors
    /// When the own identity is not valid under the own trust, or a certificate is no PEM.
    pub fn start(
        settings: Settings,
        environment: Environment,
        tls: Option<(Vec<u8>, TlsPair)>,
    ) -> Result<Self, TrustError> {
        let refused = |text: &str| TrustError(text.to_owned());
        let tls = match tls {
            Some((server, client)) => Some(
                Tls::new(&server, client)
                    .ok_or_else(|| refused("a TLS certificate of this peer is not PEM"))?,
            ),
            None => None,
        };
        let identity = environment.signer.serialized().clone();
        let pki_id =
            PkiId::of(&identity).ok_or_else(|| refused("the own identity is malformed"))?;
        let identities = Identities::new(settings.max_identities.max(1));
        identities.put(pki_id.bytes(), &identity, &environment)?;
        let announcement = announcement(&pki_id, &identity, &environment);
        identities.announce(&pki_id, Arc::new(announcement));
        let node = Self(Arc::new(Inner {
            heart: Mutex::new(alive::Heart::new(environment.nanoseconds())),
            places: Arc::new(Semaphore::new(settings.max_connections)),
            sending: Arc::new(Semaphore::new(MAX_SENDING)),
            settings,
            environment,
            tls,
            pki_id,
            identities,
            connections: Table::default(),
            counters: Arc::default(),
            roster: Mutex::default(),
            channels: RwLock::default(),
            waiting: Waiting::default(),
            greeted: Greetings::default(),
            greeted_by: Greetings::default(),
            seen: Mutex::default(),
            calls: Mutex::default(),
            changes: watch::Sender::new(0),
            stop: watch::Sender::new(false),
        }));
        node.spawn_tasks();
        Ok(node)
    }

    /// Closes all connections and takes no more part.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    /// Ready once the node was stopped.
    pub async fn stopped(&self) {
        let mut stop = self.0.stop.subscribe();
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// What has been sent and received until now.
    pub fn traffic(&self) -> Traffic {
        self.0.counters.read()
    }

    pub(crate) fn counters(&self) -> &Arc<Counters> {
        &self.0.counters
    }

    pub fn pki_id(&self) -> &PkiId {
        &self.0.pki_id
    }

    /// Changes whenever something of the membership does: peers, heights, chaincodes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Looks at every identity again: after a change of a channel's configuration some may be revoked.
    pub fn recheck_identities(&self) {
        let bad = self
            .0
            .identities
            .recheck(&self.0.pki_id, &self.0.environment);
        for peer in bad {
            tracing::info!(%peer, "forgetting a peer whose identity is no longer valid");
            self.0.roster.lock().remove(&peer);
            self.0.connections.close(&peer);
            self.changed();
        }
    }

    fn changed(&self) {
        self.0.changes.send_modify(|count| *count += 1);
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.0.environment
    }

    pub(crate) fn tls(&self) -> Option<&Tls> {
        self.0.tls.as_ref()
    }

    /// Serialized `msp.SerializedIdentity` of this peer.
    pub(crate) fn identity(&self) -> &Bytes {
        self.0.environment.signer.serialized()
    }

    pub(crate) fn msp_id(&self) -> &str {
        self.0.environment.signer.msp_id()
    }

    pub(crate) fn identities(&self) -> &Identities {
        &self.0.identities
    }

    pub(crate) fn connections(&self) -> &Table {
        &self.0.connections
    }

    /// A place for one more stream that somebody opens.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.places).try_acquire_owned().ok()
    }

    pub(crate) fn random(&self) -> u64 {
        (self.0.environment.random)()
    }

    /// At most `count` of them, by chance.
    fn some<T>(&self, mut all: Vec<T>, count: usize) -> Vec<T> {
        while all.len() > count {
            let index = self.random() % all.len() as u64;
            all.swap_remove(usize::try_from(index).unwrap_or_default());
        }
        all
    }

    /// To whom of them a message is passed on.
    fn chosen(&self, eligible: &[PkiId]) -> Vec<PkiId> {
        let settings = self.settings();
        let mut chosen = Vec::new();
        for _ in 0..settings.propagate_iterations {
            chosen.extend(self.some(eligible.to_vec(), settings.propagate_peers));
        }
        chosen
    }
}

/// What others pass on so that everybody knows the identity behind a PKI-ID.
fn announcement(pki_id: &PkiId, identity: &Bytes, environment: &Environment) -> Signed {
    let announced = PeerIdentity {
        pki_id: pki_id.bytes().clone(),
        cert: identity.clone(),
        metadata: Bytes::new(),
    };
    // Fabric signs it with this tag, although a message of this kind on its own would need another.
    environment.sign(plain(Tag::Empty, 0, Content::PeerIdentity(announced)))
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("pki_id", &self.0.pki_id)
            .field("endpoint", &self.0.settings.endpoint)
            .finish_non_exhaustive()
    }
}
