//! Validation on channels without application capability V2_0, where `lscc` instantiates chaincode.
//!
//! The codes are others than on newer channels, and one rule more concerns a block as a whole: who upgrades a chaincode
//! shuts out those who called it.
//!
//! Fabric: core/committer/txvalidator/v14; core/handlers/validation/builtin/v12 and v13.

mod collections;
mod deployment;
mod error;
mod namespaces;
mod upgrades;

pub(super) use upgrades::Upgrades;

use super::dispatch::{self, Endorsed, Invoked};
use super::endorsement::Endorsers;
use super::fault::Fault;
use super::parsed::{ParsedAction, ParsedEnvelope};
use super::policies::{Policies, Rule, check_plugin};
use super::transaction::Judgement;
use super::world::World;
use super::writes::{NamespaceWrites, Scope};
use crate::legacy::{any_member, state::RecordError};
use prost::Message as _;
use selvedge_identity::ApplicationCapabilities;
use selvedge_protos::protos::TxValidationCode as Code;

/// Chaincode that is part of the peer. `_lifecycle` is not: these channels do not know it.
fn is_system(name: &str) -> bool {
    matches!(name, "vscc" | "escc" | "lscc" | "qscc" | "cscc")
}

/// Of those, the ones that no transaction may invoke.
fn is_internal(name: &str) -> bool {
    matches!(name, "vscc" | "escc")
}

/// One transaction under these rules.
struct Case<'a> {
    envelope: &'a ParsedEnvelope,
    action: &'a ParsedAction,
    world: &'a World<'a>,
    policies: &'a Policies<'a>,
    capabilities: ApplicationCapabilities,
    invoked: Invoked,
    endorsers: Endorsers,
}

/// Fabric: core/committer/txvalidator/v14/vscc_validator.go, VSCCValidateTx.
pub(super) fn judge(
    envelope: &ParsedEnvelope,
    action: &ParsedAction,
    world: &World<'_>,
    policies: &Policies<'_>,
) -> Result<Judgement, Fault> {
    let capabilities = world.config.application_capabilities();
    let scope = Scope {
        private: capabilities.private_channel_data(),
        metadata: capabilities.key_level_endorsement(),
    };
    let mut invoked = Invoked::parse(envelope, &action.extension, scope)?;
    let name = invoked.named.name.clone();
    if name.is_empty() || name != invoked.ran.name || invoked.ran.version.is_empty() {
        return Err(Code::InvalidOtherReason.into());
    }
    let always = capabilities.v1_2_validation();
    if always {
        dispatch::check_event(&invoked.events, &name)?;
    }
    let written = std::mem::take(&mut invoked.written);
    let namespaces = namespaces::to_judge(written, &name, always)?;
    let case = Case {
        envelope,
        action,
        world,
        policies,
        capabilities,
        invoked,
        endorsers: Endorsers::of(action, world.config.msps(), None),
    };
    let (passed, stopped_by) = case.walk(&namespaces);
    Ok(Judgement {
        tx_id: envelope.channel_header.tx_id.clone(),
        upgrades: upgrades::upgraded(&name, &action.proposal),
        chaincode: name,
        endorsed: Endorsed {
            event: case.invoked.events,
            namespaces,
            ran: case.invoked.ran,
        },
        passed,
        stopped_by,
    })
}

impl Case<'_> {
    /// How many of the namespaces pass, counted from the first, and what stops there.
    fn walk(&self, namespaces: &[NamespaceWrites]) -> (usize, Option<Fault>) {
        for (index, writes) in namespaces.iter().enumerate() {
            if let Err(fault) = self.check(writes) {
                return (index, Some(fault));
            }
        }
        (namespaces.len(), None)
    }

    fn check(&self, writes: &NamespaceWrites) -> Result<(), Fault> {
        let policy = self.policy_of(&writes.namespace)?;
        self.check_endorsement(writes, policy)?;
        if writes.namespace == "lscc" {
            deployment::check(self)?;
        }
        Ok(())
    }

    /// A system chaincode's transactions need any member of the channel; what they may do is checked besides.
    fn policy_of(&self, namespace: &str) -> Result<Rule, Fault> {
        if is_system(namespace) {
            let policy = any_member(self.world.config).encode_to_vec().into();
            return Ok(self.policies.signature_policy(&policy));
        }
        const UNDEFINED: Fault = Fault::Invalid(Code::InvalidOtherReason);
        let data = match self.policies.instantiated(namespace) {
            Ok(found) => found.ok_or(UNDEFINED)?,
            Err(RecordError::State(cause)) => return Err(Fault::Halt(cause)),
            Err(RecordError::Decode(_)) => return Err(UNDEFINED),
        };
        if data.vscc.is_empty() || data.policy.is_empty() {
            return Err(UNDEFINED);
        }
        if namespace == self.invoked.named.name && data.version != self.invoked.ran.version {
            return Err(Code::ExpiredChaincode.into());
        }
        check_plugin(&data.vscc)?;
        Ok(self.policies.signature_policy(&data.policy))
    }

    /// Collections have no policies of their own here, and keys only since V1_3.
    ///
    /// Fabric: core/common/validation/statebased/v13.go.
    fn check_endorsement(&self, writes: &NamespaceWrites, policy: Rule) -> Result<(), Fault> {
        let mut of_chaincode = Some(policy);
        if self.capabilities.key_level_endorsement() {
            for key in &writes.keys {
                if let Some(policy) = self.policies.of_key(&writes.namespace, key)? {
                    self.endorsers.satisfy(&policy)?;
                } else if let Some(policy) = of_chaincode.take() {
                    self.endorsers.satisfy(&policy)?;
                }
            }
            if !writes.keys.is_empty() {
                return Ok(());
            }
        }
        self.endorsers.satisfy(&of_chaincode.unwrap_or(Rule::Never))
    }
}
