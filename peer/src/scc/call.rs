use crate::{
    endorser::{
        InvokedNameError, Proposal,
        acl::{self, AclError},
    },
    lifecycle::InstalledIndex,
    node::{Channel, Peer},
};
use parking_lot::Mutex;
use selvedge_identity::SignedData;
use selvedge_ledger::Simulator;
use std::sync::Arc;

/// One call of a system chaincode.
pub struct SystemCall<'a> {
    pub peer: &'a Arc<Peer>,
    pub installed: &'a InstalledIndex,
    /// Empty without a channel.
    pub channel_id: &'a str,
    pub channel: Option<&'a Arc<Channel>>,
    /// Absent without a channel, and for those that do not simulate.
    pub simulator: Option<&'a Arc<Mutex<Simulator>>>,
    /// The client's proposal, also when another chaincode calls.
    pub proposal: &'a Proposal,
    pub requester: &'a SignedData,
}

impl SystemCall<'_> {
    /// The chaincode that the client called, by the payload of its proposal.
    pub(super) fn called_by_client(&self) -> Result<String, InvokedNameError> {
        crate::endorser::invoked_chaincode(&self.proposal.bytes)
    }

    pub(crate) fn check(&self, resource: &str, channel_id: &str) -> Result<(), AclError> {
        acl::check(self.peer, resource, channel_id, self.requester)
    }
}
