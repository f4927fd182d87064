use std::collections::BTreeMap;

use prost::Message;
use selvedge_protos::common::{
    ConfigPolicy, ImplicitMetaPolicy, Policy, SignaturePolicyEnvelope, implicit_meta_policy::Rule,
    msp_role::MspRoleType, policy::PolicyType,
};

use crate::policy::{role_principal, signed_by_any};

/// Who may change an element unless something else is said.
pub(super) const ADMINS: &str = "Admins";

/// One policy of a group.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyDescription {
    /// Enough of the child groups' policies of a name.
    ImplicitMeta(ImplicitMetaPolicy),
    /// Enough signatures.
    Signature(SignaturePolicyEnvelope),
}

/// The policies of a group by name; all may be changed by the group's `Admins`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies(pub BTreeMap<String, PolicyDescription>);

fn implicit(rule: Rule, sub_policy: &str) -> PolicyDescription {
    PolicyDescription::ImplicitMeta(ImplicitMetaPolicy {
        sub_policy: sub_policy.to_owned(),
        rule: rule as i32,
    })
}

fn any_of(msp_id: &str, roles: &[MspRoleType]) -> PolicyDescription {
    let principals = roles
        .iter()
        .map(|role| role_principal(msp_id, *role))
        .collect();
    PolicyDescription::Signature(signed_by_any(principals))
}

impl Policies {
    fn of<const N: usize>(policies: [(&str, PolicyDescription); N]) -> Self {
        Self(
            policies
                .into_iter()
                .map(|(name, policy)| (name.to_owned(), policy))
                .collect(),
        )
    }

    /// Readers and writers: any child's; admins: a majority.
    pub fn of_channel() -> Self {
        Self::of([
            ("Readers", implicit(Rule::Any, "Readers")),
            ("Writers", implicit(Rule::Any, "Writers")),
            ("Admins", implicit(Rule::Majority, "Admins")),
        ])
    }

    /// As the channel's, and endorsement by a majority of organisations.
    pub fn of_application() -> Self {
        let mut policies = Self::of_channel();
        for name in ["Endorsement", "LifecycleEndorsement"] {
            policies
                .0
                .insert(name.to_owned(), implicit(Rule::Majority, "Endorsement"));
        }
        policies
    }

    /// As the channel's, and blocks are good when any writer signed them.
    pub fn of_orderer() -> Self {
        let mut policies = Self::of_channel();
        policies
            .0
            .insert("BlockValidation".to_owned(), implicit(Rule::Any, "Writers"));
        policies
    }

    /// Admins, peers and clients read; admins and clients write; peers endorse.
    pub fn of_peer_organisation(msp_id: &str) -> Self {
        use MspRoleType::{Admin, Client, Peer};
        Self::of([
            ("Readers", any_of(msp_id, &[Admin, Peer, Client])),
            ("Writers", any_of(msp_id, &[Admin, Client])),
            ("Admins", any_of(msp_id, &[Admin])),
            ("Endorsement", any_of(msp_id, &[Peer])),
        ])
    }

    /// Members read and write.
    pub fn of_orderer_organisation(msp_id: &str) -> Self {
        Self::of([
            ("Readers", any_of(msp_id, &[MspRoleType::Member])),
            ("Writers", any_of(msp_id, &[MspRoleType::Member])),
            ("Admins", any_of(msp_id, &[MspRoleType::Admin])),
        ])
    }

    pub(super) fn encode(&self) -> BTreeMap<String, ConfigPolicy> {
        self.0
            .iter()
            .map(|(name, policy)| {
                let (kind, value) = match policy {
                    PolicyDescription::ImplicitMeta(policy) => {
                        (PolicyType::ImplicitMeta, policy.encode_to_vec())
                    }
                    PolicyDescription::Signature(policy) => {
                        (PolicyType::Signature, policy.encode_to_vec())
                    }
                };
                let policy = Policy {
                    r#type: kind as i32,
                    value: value.into(),
                };
                let entry = ConfigPolicy {
                    version: 0,
                    policy: Some(policy),
                    mod_policy: ADMINS.into(),
                };
                (name.clone(), entry)
            })
            .collect()
    }
}
