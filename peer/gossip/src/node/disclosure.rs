//! What a peer tells whom. Peers of the own organisation learn everything; others learn of the own organisation, and of
//! theirs, those who have an address for outside.
//!
//! Fabric: gossip/gossip/gossip_impl.go, disclosurePolicy, peersByOriginOrgPolicy, sameOrgOrOurOrgPullFilter.

use super::Node;
use crate::PkiId;
use crate::members::Entry;
use crate::message::without_secret;
use selvedge_protos::gossip::Envelope;

/// The peer that is told.
pub(super) struct Listener<'a> {
    pub(super) msp_id: &'a str,
    pub(super) has_external_endpoint: bool,
}

impl Node {
    pub(super) fn is_own_organisation(&self, peer: &PkiId) -> bool {
        self.0.identities.msp_of(peer).as_deref() == Some(self.msp_id())
    }

    /// Whether a heartbeat of `origin` may be told; `endpoint` is what it says about itself.
    pub(super) fn discloses(&self, origin: &PkiId, endpoint: &str, to: &Listener<'_>) -> bool {
        let Some(msp_id) = self.0.identities.msp_of(origin) else {
            return false;
        };
        if msp_id == to.msp_id {
            return true;
        }
        msp_id == self.msp_id() && !endpoint.is_empty() && to.has_external_endpoint
    }

    /// The envelope as a peer of that organisation may see it.
    pub(super) fn envelope_for(&self, envelope: &Envelope, msp_id: &str) -> Envelope {
        if msp_id == self.msp_id() {
            envelope.clone()
        } else {
            without_secret(envelope)
        }
    }

    /// To whom a heartbeat is passed on.
    pub(super) fn passes_on(
        &self,
        origin: &PkiId,
        endpoint: &str,
        to: &PkiId,
        to_entry: &Entry,
    ) -> bool {
        let identities = &self.0.identities;
        let (Some(origin), Some(to)) = (identities.msp_of(origin), identities.msp_of(to)) else {
            return false;
        };
        let (own, to_own) = (origin == self.msp_id(), to == self.msp_id());
        if own {
            return !endpoint.is_empty() || to_own;
        }
        (to_own || to == origin) && !to_entry.endpoint.is_empty()
    }

    /// Whether an identity is given to a peer of that organisation.
    pub(super) fn gives_identity(&self, peer: &PkiId, msp_id: &str, to: &str) -> bool {
        if to == self.msp_id() {
            return true;
        }
        (msp_id == self.msp_id() || msp_id == to) && self.has_external_endpoint(peer)
    }

    pub(super) fn has_external_endpoint(&self, peer: &PkiId) -> bool {
        if *peer == self.0.pki_id {
            return !self.0.settings.external_endpoint.is_empty();
        }
        let roster = self.0.roster.lock();
        roster
            .get(peer)
            .is_some_and(|entry| !entry.endpoint.is_empty())
    }
}
