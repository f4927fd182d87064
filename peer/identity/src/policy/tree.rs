//! The policies of a channel's configuration, by path (rules l:C20, l:C21, l:C24).
//!
//! Fabric: common/policies/policy.go `ManagerImpl`.

use std::{collections::BTreeMap, sync::Arc};

use prost::Message;
use selvedge_protos::common::{
    self, ConfigGroup, ImplicitMetaPolicy, SignaturePolicyEnvelope, policy::PolicyType,
};

use super::{Policy, PolicyError, implicit::threshold, policy_set::Body};
use crate::MspManager;

/// Policies of one group and of everything below it, by path relative to the group.
#[derive(Debug, Default)]
struct Group {
    policies: BTreeMap<String, Arc<Body>>,
    groups: BTreeMap<String, Group>,
}

/// All policies of a channel.
#[derive(Debug)]
pub(crate) struct PolicyTree {
    root: Group,
    msps: Arc<MspManager>,
}

const ROOT: &str = "/Channel/";

impl PolicyTree {
    /// Compiles every policy below the channel group. One that does not compile fails the whole.
    pub(crate) fn compile(root: &ConfigGroup, msps: &Arc<MspManager>) -> Result<Self, PolicyError> {
        Ok(Self {
            root: Group::compile("Channel", root)?,
            msps: Arc::clone(msps),
        })
    }

    /// The policy of an absolute path (`/Channel/…`), or of one relative to the channel group.
    pub(crate) fn find(&self, id: &str) -> Option<Policy> {
        self.relative(&[], id)
    }

    /// The policy that `id` means inside the group at `path` below the channel group: absolute, or relative to it.
    pub(crate) fn relative(&self, path: &[String], id: &str) -> Option<Policy> {
        let found = match id.strip_prefix(ROOT) {
            Some(relative) => self.root.policies.get(relative),
            None if id.starts_with('/') => None,
            None => self.root.group(path)?.policies.get(id),
        };
        found.map(|body| Policy {
            body: Arc::clone(body),
            msps: Arc::clone(&self.msps),
        })
    }

    /// As [`Self::find`], with a policy that rejects everything where there is none.
    pub(crate) fn find_or_reject(&self, id: &str) -> Policy {
        self.find(id).unwrap_or_else(|| Policy {
            body: Arc::new(Body::Reject(id.strip_prefix(ROOT).unwrap_or(id).to_owned())),
            msps: Arc::clone(&self.msps),
        })
    }

    /// Paths of all policies, absolute.
    pub(crate) fn paths(&self) -> impl Iterator<Item = String> {
        self.root
            .policies
            .keys()
            .map(|path| format!("{ROOT}{path}"))
    }
}

impl Group {
    fn compile(path: &str, config: &ConfigGroup) -> Result<Self, PolicyError> {
        let mut groups = BTreeMap::new();
        for (name, group) in &config.groups {
            groups.insert(
                name.clone(),
                Self::compile(&format!("{path}/{name}"), group)?,
            );
        }
        let mut policies = BTreeMap::new();
        for (name, policy) in &config.policies {
            let body =
                compile(policy.policy.as_ref(), &groups).map_err(|why| PolicyError::InTree {
                    name: name.clone(),
                    path: path.to_owned(),
                    why,
                })?;
            policies.insert(name.clone(), Arc::new(body));
        }
        for (name, group) in &groups {
            for (below, body) in &group.policies {
                policies.insert(format!("{name}/{below}"), Arc::clone(body));
            }
        }
        Ok(Self { policies, groups })
    }

    fn group(&self, path: &[String]) -> Option<&Self> {
        path.iter()
            .try_fold(self, |group, name| group.groups.get(name))
    }
}

fn compile(
    policy: Option<&common::Policy>,
    groups: &BTreeMap<String, Group>,
) -> Result<Body, String> {
    let policy = policy.ok_or("was nil")?;
    match PolicyType::try_from(policy.r#type) {
        Ok(PolicyType::Signature) => signature(policy).map_err(|e| format!("did not compile: {e}")),
        Ok(PolicyType::ImplicitMeta) => {
            let definition = ImplicitMetaPolicy::decode(policy.value.clone()).map_err(|e| {
                format!("did not compile: Error unmarshalling to ImplicitMetaPolicy: {e}")
            })?;
            Ok(implicit(&definition, groups))
        }
        _ => Err(format!("has unknown policy type: {}", policy.r#type)),
    }
}

fn signature(policy: &common::Policy) -> Result<Body, PolicyError> {
    let envelope = SignaturePolicyEnvelope::decode(policy.value.clone()).map_err(|error| {
        PolicyError::Unmarshal {
            what: "SignaturePolicy",
            why: error.to_string(),
        }
    })?;
    Body::signature(&envelope)
}

/// One sub-policy per child group; a child that lacks it rejects and counts all the same.
fn implicit(definition: &ImplicitMetaPolicy, groups: &BTreeMap<String, Group>) -> Body {
    let name = &definition.sub_policy;
    let children = groups
        .values()
        .map(|group| match group.policies.get(name) {
            Some(body) => Arc::clone(body),
            None => Arc::new(Body::Reject(name.clone())),
        })
        .collect();
    Body::Implicit {
        name: name.clone(),
        threshold: threshold(definition.rule, groups.len()),
        children,
    }
}
