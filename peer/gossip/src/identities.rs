use crate::message::Signed;
use crate::{Environment, PkiId, TrustError};
use bytes::Bytes;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;

/// The identities behind PKI-IDs. What is here was valid when it came, and belongs to its PKI-ID.
///
/// Fabric: gossip/identity/identity.go.
pub(crate) struct Identities {
    known: RwLock<HashMap<PkiId, Known>>,
    limit: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Serialized `msp.SerializedIdentity`.
    pub(crate) identity: Bytes,
    pub(crate) msp_id: String,
    /// Seconds since 1970.
    not_after: i64,
    /// The owner's own announcement, to be passed on.
    pub(crate) announcement: Option<Arc<Signed>>,
}

impl Identities {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            known: RwLock::default(),
            limit,
        }
    }

    /// Learns an identity under the PKI-ID that is claimed for it.
    pub(crate) fn put(
        &self,
        claimed: &Bytes,
        identity: &Bytes,
        environment: &Environment,
    ) -> Result<(PkiId, Known), TrustError> {
        let refused = |text: &str| TrustError(text.to_owned());
        let pki_id = PkiId::of(identity).ok_or_else(|| refused("identity is malformed"))?;
        if pki_id.bytes() != claimed {
            return Err(refused("identity doesn't match the computed pkiID"));
        }
        let found = environment.trust.identify(identity)?;
        if found.not_after() < environment.seconds() {
            return Err(refused("gossipping peer identity expired"));
        }
        let mut known = self.known.write();
        if let Some(known) = known.get(&pki_id) {
            return Ok((pki_id, known.clone()));
        }
        if known.len() >= self.limit {
            return Err(refused("too many identities are known already"));
        }
        let new = Known {
            identity: identity.clone(),
            msp_id: found.msp_id().to_owned(),
            not_after: found.not_after(),
            announcement: None,
        };
        known.insert(pki_id.clone(), new.clone());
        Ok((pki_id, new))
    }

    pub(crate) fn get(&self, pki_id: &PkiId) -> Option<Known> {
        self.known.read().get(pki_id).cloned()
    }

    pub(crate) fn msp_of(&self, pki_id: &PkiId) -> Option<String> {
        Some(self.known.read().get(pki_id)?.msp_id.clone())
    }

    pub(crate) fn announce(&self, pki_id: &PkiId, announcement: Arc<Signed>) {
        if let Some(known) = self.known.write().get_mut(pki_id) {
            known.announcement = Some(announcement);
        }
    }

    /// Those that can be passed on, with the organisation of each.
    pub(crate) fn announced(&self) -> Vec<(PkiId, String)> {
        let known = self.known.read();
        let announced = known
            .iter()
            .filter(|(_, known)| known.announcement.is_some());
        announced
            .map(|(pki_id, known)| (pki_id.clone(), known.msp_id.clone()))
            .collect()
    }

    pub(crate) fn has_announcement(&self, pki_id: &PkiId) -> bool {
        let known = self.known.read();
        known
            .get(pki_id)
            .is_some_and(|known| known.announcement.is_some())
    }

    /// Drops what is not valid any more: expired, revoked, or of an organisation that left. Answers what was dropped.
    pub(crate) fn recheck(&self, own: &PkiId, environment: &Environment) -> Vec<PkiId> {
        let now = environment.seconds();
        let all: Vec<(PkiId, Known)> = {
            let known = self.known.read();
            known
                .iter()
                .map(|(id, known)| (id.clone(), known.clone()))
                .collect()
        };
        let is_bad = |known: &Known| {
            known.not_after < now || environment.trust.identify(&known.identity).is_err()
        };
        let bad: Vec<PkiId> = all
            .into_iter()
            .filter(|(pki_id, known)| pki_id != own && is_bad(known))
            .map(|(pki_id, _)| pki_id)
            .collect();
        let mut known = self.known.write();
        for pki_id in &bad {
            known.remove(pki_id);
        }
        bad
    }
}
