use crate::PkiId;
use parking_lot::Mutex;
use selvedge_protos::gossip::{Payload, PvtDataElement};
use std::collections::HashMap;
use tokio::sync::oneshot;

/// What another peer sends back.
#[derive(Debug)]
pub(super) enum Answer {
    Acknowledged(Result<(), String>),
    PrivateData(Vec<PvtDataElement>),
    Blocks(Vec<Payload>),
    Membership,
}

/// Questions that were asked, by nonce and the peer that was asked: nobody else can answer.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    open: Mutex<HashMap<(u64, PkiId), oneshot::Sender<Answer>>>,
}

/// A question; withdrawn when dropped.
pub(super) struct Question<'a> {
    waiting: &'a Waiting,
    key: (u64, PkiId),
    pub(super) answer: oneshot::Receiver<Answer>,
}

impl Waiting {
    pub(super) fn ask(&self, nonce: u64, peer: &PkiId) -> Question<'_> {
        let (sender, answer) = oneshot::channel();
        let key = (nonce, peer.clone());
        self.open.lock().insert(key.clone(), sender);
        Question {
            waiting: self,
            key,
            answer,
        }
    }

    pub(super) fn answer(&self, nonce: u64, peer: &PkiId, answer: Answer) {
        let asked = self.open.lock().remove(&(nonce, peer.clone()));
        if let Some(asked) = asked {
            // Whoever asked may have given up.
            let _ = asked.send(answer);
        }
    }

    /// A connection broke: what was asked over it is not answered.
    pub(super) fn lost(&self, peer: &PkiId) {
        self.open.lock().retain(|(_, asked), _| asked != peer);
    }
}

impl Question<'_> {
    pub(super) fn peer(&self) -> &PkiId {
        &self.key.1
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.waiting.open.lock().remove(&self.key);
    }
}
