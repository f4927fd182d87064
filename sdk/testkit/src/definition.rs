//! What the channel has agreed on for a chaincode.

use crate::backend::Runner;
use crate::must::must;
use crate::organisation::Organisation;
use selvedge_identity::{
    Identity, MspManager, Policy, members, policy_from_string, policy_to_string,
};
use selvedge_protos::common::{SignaturePolicyEnvelope, msp_role::MspRoleType};
use std::sync::Arc;

/// A chaincode of the channel.
#[derive(Clone)]
pub(crate) struct Definition {
    pub(crate) runner: Runner,
    /// `None`: in a network without organisations nobody's endorsement is asked for.
    pub(crate) policy: Option<Rule>,
    /// The version that must be initialized before it is called.
    pub(crate) init_version: Option<String>,
}

/// An endorsement policy, compiled, and as text.
#[derive(Clone)]
pub(crate) struct Rule {
    pub(crate) text: String,
    policy: Policy,
}

impl Rule {
    /// # Panics
    /// For a text that is no policy.
    #[track_caller]
    pub(crate) fn parse(text: &str, msps: &Arc<MspManager>) -> Self {
        let envelope = must(
            &format!("reading the endorsement policy {text}"),
            policy_from_string(text),
        );
        must("compiling a policy", Self::compile(&envelope, msps))
    }

    /// More than half of the organisations, which is what Fabric's channels ask for where a definition says nothing.
    pub(crate) fn majority(of: &[(String, Arc<Organisation>)], msps: &Arc<MspManager>) -> Self {
        let msp_ids: Vec<&str> = of.iter().map(|(id, _)| id.as_str()).collect();
        let n = i32::try_from(msp_ids.len() / 2 + 1).unwrap_or(i32::MAX);
        let envelope = members(n, MspRoleType::Peer, &msp_ids);
        must("compiling a policy", Self::compile(&envelope, msps))
    }

    pub(crate) fn compile(
        envelope: &SignaturePolicyEnvelope,
        msps: &Arc<MspManager>,
    ) -> Result<Self, String> {
        let policy = Policy::compile_endorsement(envelope, msps);
        Ok(Self {
            text: policy_to_string(envelope),
            policy: policy.map_err(|error| error.to_string())?,
        })
    }

    pub(crate) fn is_satisfied(&self, endorsers: &[Arc<Identity>]) -> bool {
        self.policy.evaluate_identities(endorsers).is_ok()
    }
}
