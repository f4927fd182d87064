//! Finding peers, and sending to them.

use super::Node;
use super::waiting::Answer;
use crate::comm::{Connection, Dialled, dial, serve};
use crate::{GossipError, PkiId};
use selvedge_protos::gossip::Envelope;
use std::sync::Arc;
use std::time::Duration;

/// Whose a peer must be that is found at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Bootstrap peers, and anchor peers of the own organisation.
    OwnOrganisation,
    /// Anchor peers of others.
    Anyone,
}

/// For the answer to the first question. Fabric: gossip/discovery/discovery_impl.go, sendUntilAcked.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);

impl Node {
    /// Sends when a connection is there or can be made; a peer that cannot be reached is presumed dead.
    pub(super) fn send(&self, peer: &PkiId, envelope: Envelope) {
        if let Some(connection) = self.0.connections.get(peer)
            && connection.send(envelope.clone())
        {
            return;
        }
        let Ok(place) = Arc::clone(&self.0.sending).try_acquire_owned() else {
            tracing::debug!(%peer, "a message is dropped: too many wait for connections");
            return;
        };
        let (node, peer) = (self.clone(), peer.clone());
        tokio::spawn(async move {
            let _place = place;
            match node.connection_to(&peer).await {
                Ok(connection) => {
                    connection.send(envelope);
                }
                Err(error) => node.unreachable(&peer, &error),
            }
        });
    }

    pub(super) fn unreachable(&self, peer: &PkiId, error: &GossipError) {
        if self.0.roster.lock().presume_dead(peer) {
            tracing::warn!(%peer, %error, "a peer does not answer");
            self.changed();
        }
        self.0.connections.close(peer);
    }

    /// The connection in use, or a new one.
    pub(super) async fn connection_to(&self, peer: &PkiId) -> Result<Arc<Connection>, GossipError> {
        if let Some(connection) = self.0.connections.get(peer) {
            return Ok(connection);
        }
        let call = {
            let mut calls = self.0.calls.lock();
            calls.retain(|_, call| Arc::strong_count(call) > 1);
            Arc::clone(calls.entry(peer.clone()).or_default())
        };
        let _one_at_a_time = call.lock().await;
        if let Some(connection) = self.0.connections.get(peer) {
            return Ok(connection);
        }
        let endpoint = {
            let roster = self.0.roster.lock();
            roster
                .get(peer)
                .map(|entry| entry.preferred_endpoint().to_owned())
        };
        let endpoint = endpoint
            .filter(|endpoint| !endpoint.is_empty())
            .ok_or_else(|| GossipError::Unknown(peer.to_string()))?;
        let dialled = dial(self, &endpoint).await?;
        let found = dialled.connection.remote.pki_id.clone();
        if found != *peer {
            self.other_peer_at(&endpoint, peer, &dialled)?;
        }
        Ok(self.take(dialled))
    }

    /// A peer of the same organisation at the address of another took its place: its certificate was renewed.
    fn other_peer_at(
        &self,
        endpoint: &str,
        expected: &PkiId,
        dialled: &Dialled,
    ) -> Result<(), GossipError> {
        let before = self.0.identities.msp_of(expected);
        let remote = &dialled.connection.remote;
        if before.as_deref() != Some(remote.msp_id.as_str()) {
            return Err(GossipError::Handshake {
                endpoint: endpoint.to_owned(),
                cause: "authentication failure".to_owned(),
            });
        }
        tracing::info!(endpoint, from = %expected, to = %remote.pki_id, "a peer changed its PKI-ID");
        self.0.roster.lock().remove(expected);
        self.changed();
        Ok(())
    }

    /// Begins to read a connection.
    fn take(&self, dialled: Dialled) -> Arc<Connection> {
        let Dialled {
            connection,
            inbound,
        } = dialled;
        // Before it is read, so that whoever waits for this call finds it.
        self.0.connections.insert(&connection);
        tokio::spawn(serve(self.clone(), Arc::clone(&connection), inbound));
        connection
    }

    /// Calls an address until a peer answers there and says whom it knows.
    pub(super) async fn find(&self, endpoint: String, expected: Expected) {
        let mut pause = FIRST_PAUSE;
        for _ in 0..self.0.settings.max_connection_attempts {
            match self.try_find(&endpoint, &expected).await {
                Ok(()) => return,
                Err(error) => tracing::debug!(endpoint, %error, "could not connect to a peer"),
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stopped() => return,
            }
            pause = (pause * 2).min(self.0.settings.reconnect_interval);
        }
        tracing::warn!(endpoint, "a peer was called many times and never answered");
    }

    async fn try_find(&self, endpoint: &str, expected: &Expected) -> Result<(), GossipError> {
        let dialled = dial(self, endpoint).await?;
        let remote = dialled.connection.remote.clone();
        if remote.pki_id == self.0.pki_id {
            return Ok(());
        }
        if *expected == Expected::OwnOrganisation && remote.msp_id != self.msp_id() {
            return Err(GossipError::Handshake {
                endpoint: endpoint.to_owned(),
                cause: format!("{endpoint} isn't in our organization"),
            });
        }
        let connection = self.take(dialled);
        let nonce = self.random();
        let question = self.0.waiting.ask(nonce, &remote.pki_id);
        connection.send(self.membership_request(nonce, &remote.msp_id));
        self.answer_of(question, FIRST_ANSWER).await.map(|_| ())
    }

    pub(super) async fn answer_of(
        &self,
        mut question: super::waiting::Question<'_>,
        timeout: Duration,
    ) -> Result<Answer, GossipError> {
        let peer = question.peer().to_string();
        match tokio::time::timeout(timeout, &mut question.answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(GossipError::Closed(peer)),
            Err(_) => Err(GossipError::Timeout(peer)),
        }
    }

    /// Tries the dead again.
    pub(super) async fn call_the_dead(&self) {
        let dead: Vec<PkiId> = {
            let roster = self.0.roster.lock();
            roster.dead().map(|(peer, _)| peer.clone()).collect()
        };
        for peer in dead {
            let node = self.clone();
            let Ok(place) = Arc::clone(&self.0.sending).try_acquire_owned() else {
                return;
            };
            tokio::spawn(async move {
                let _place = place;
                if let Ok(connection) = node.connection_to(&peer).await {
                    let request = node.membership_request(0, &connection.remote.msp_id);
                    connection.send(request);
                }
            });
        }
    }

    pub(crate) fn answers_lost(&self, peer: &PkiId) {
        if self.0.connections.get(peer).is_none() {
            self.0.waiting.lost(peer);
        }
    }
}
