//! Why validation gives a transaction its code, in words. Asked of single transactions, after the fact: nothing here is
//! on the way of a block.

use super::dispatch;
use super::endorsement::{self, Endorsers, Refusal};
use super::faults;
use super::parsed::{ParsedAction, ParsedEnvelope};
use super::policies::Policies;
use super::transaction::other_channel;
use super::world::World;
use super::writes::{NamespaceWrites, WrittenKey};
use selvedge_identity::{ChannelConfig, MspManager};
use selvedge_ledger::ParsedBlock;
use selvedge_protos::{common::HeaderType, protos::TxValidationCode as Code};

/// A verdict in one sentence, and what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    pub cause: String,
    /// Names and values, in the order in which to show them.
    pub facts: Vec<(&'static str, String)>,
}

impl Explanation {
    pub fn of(cause: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            facts: Vec::new(),
        }
    }

    pub fn fact(&mut self, name: &'static str, value: impl Into<String>) {
        self.facts.push((name, value.into()));
    }

    fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }
}

/// Explains `code`, which [`super::validate`] gave transaction `tx` of `block` in `world`.
pub fn explain(block: &ParsedBlock, tx: usize, code: Code, world: &World<'_>) -> Explanation {
    let Some(bytes) = block.envelopes.get(tx) else {
        return Explanation::of("the block has no such transaction");
    };
    let envelope = match ParsedEnvelope::parse(bytes) {
        Ok(envelope) => envelope,
        Err(_) => return Explanation::of(faults::of_form(bytes)),
    };
    let mut out = Explanation::default();
    out.fact("creator", who(&envelope.creator, world.config.msps()));
    if code == Code::BadCreatorSignature {
        return out.because(faults::of_creator(&envelope, world));
    }
    if envelope.is(HeaderType::Config) {
        return out.because(match code {
            Code::Valid => "a configuration that follows from the one before",
            _ => "it has no configuration",
        });
    }
    if !envelope.is(HeaderType::EndorserTransaction) {
        return out.because("requests to change a configuration do not belong in a block");
    }
    if !envelope.has_computed_tx_id() {
        out.fact("id", &envelope.channel_header.tx_id);
        out.fact("computed id", envelope.computed_tx_id());
        return out.because("its ID is not the one that its nonce and creator make");
    }
    match envelope.action() {
        Err(_) => out.because(faults::of_action(&envelope)),
        Ok(action) => of_action(out, &envelope, &action, (block, tx, code), world),
    }
}

fn of_action(
    mut out: Explanation,
    envelope: &ParsedEnvelope,
    action: &ParsedAction,
    (block, tx, code): (&ParsedBlock, usize, Code),
    world: &World<'_>,
) -> Explanation {
    if code == Code::DuplicateTxid {
        return out.because(match earlier_in_block(envelope, block, tx) {
            Some(earlier) => format!("transaction {earlier} of the same block has its ID"),
            None => "a transaction of an earlier block has its ID".to_owned(),
        });
    }
    out.fact("endorsers", endorsers(action, world.config.msps()));
    if !world.config.application_capabilities().lifecycle_v20() {
        return out.because(format!(
            "by the rules of channels without application capability V2_0 it is {}",
            code.as_str_name()
        ));
    }
    let endorsed = match dispatch::check(envelope, &action.extension) {
        Ok(endorsed) => endorsed,
        Err(code) => return out.because(faults::of_dispatch(envelope, &action.extension, code)),
    };
    let refused = {
        let other = other_channel(envelope, world);
        let mut check = Check::new(action, world, other.as_deref());
        endorsed
            .namespaces
            .iter()
            .find_map(|writes| check.ask(writes, &mut out))
    };
    if let Some(cause) = refused {
        return out.because(cause);
    }
    if code == Code::EndorsementPolicyFailure {
        let stale = stale_key(&endorsed.namespaces, block, tx);
        return out.because(stale.unwrap_or_else(|| "a policy is not satisfied".to_owned()));
    }
    out.because("its form is in order and its signatures satisfy every policy")
}

/// Asks for every namespace and writes down what applied.
struct Check<'a> {
    policies: Policies<'a>,
    endorsers: Endorsers,
}

impl<'a> Check<'a> {
    fn new(action: &ParsedAction, world: &World<'a>, other: Option<&'a ChannelConfig>) -> Self {
        let elsewhere = other.map(|config| &**config.msps());
        Self {
            policies: Policies::new(world.config, other.unwrap_or(world.config), world.snapshot),
            endorsers: Endorsers::of(action, world.config.msps(), elsewhere),
        }
    }

    fn ask(&mut self, writes: &NamespaceWrites, out: &mut Explanation) -> Option<String> {
        let namespace = &writes.namespace;
        let refusal = endorsement::check(writes, &self.endorsers, &self.policies).err();
        let Some(Refusal { key, rule, .. }) = refusal else {
            if let Ok(rule) = self.policies.of(namespace, "") {
                out.fact("satisfied", format!("{namespace}: {rule}"));
            }
            return None;
        };
        out.fact("namespace", namespace);
        let Some((rule, own)) = rule else {
            return Some(format!("no chaincode [{namespace}] is defined"));
        };
        let collection = key.map_or("", |key| key.collection.as_str());
        if !collection.is_empty() {
            out.fact("collection", collection);
        }
        if let Some(key) = key {
            out.fact("key", key.to_string());
        }
        out.fact("policy", rule.to_string());
        Some(match (own, collection) {
            (true, _) => format!("the key's own policy in [{namespace}] is not satisfied"),
            (false, "") => format!("the endorsement policy of [{namespace}] is not satisfied"),
            (false, name) => {
                format!("the policy of collection [{name}] of [{namespace}] is not satisfied")
            }
        })
    }
}

/// Who signed, and whether the signature is good.
fn endorsers(action: &ParsedAction, msps: &MspManager) -> String {
    let one = |endorsement: &selvedge_protos::protos::Endorsement| {
        let name = who(&endorsement.endorser, msps);
        let data = endorsement::signed_bytes(&action.response_payload, &endorsement.endorser);
        let good = msps
            .deserialize(&endorsement.endorser)
            .is_ok_and(|signer| signer.verify(&data, &endorsement.signature).is_ok());
        match good {
            true => name,
            false => format!("{name} (signature not good)"),
        }
    };
    match action.endorsements.as_slice() {
        [] => "nobody".to_owned(),
        some => some.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

/// MSP and common name, or why it is nobody.
pub(super) fn who(serialized: &[u8], msps: &MspManager) -> String {
    match msps.deserialize(serialized) {
        Ok(identity) => format!(
            "{} of {}",
            identity.certificate().common_name(),
            identity.msp_id()
        ),
        Err(error) => format!("nobody known ({error})"),
    }
}

fn earlier_in_block(envelope: &ParsedEnvelope, block: &ParsedBlock, tx: usize) -> Option<usize> {
    let id = &envelope.channel_header.tx_id;
    let earlier = block.envelopes.iter().take(tx);
    earlier
        .map(ParsedEnvelope::parse)
        .position(|other| other.is_ok_and(|other| other.channel_header.tx_id == *id))
}

/// A written key whose policy an earlier transaction of the block changes.
fn stale_key(namespaces: &[NamespaceWrites], block: &ParsedBlock, tx: usize) -> Option<String> {
    let mut earlier = block.envelopes.iter().take(tx).enumerate();
    earlier.find_map(|(other, bytes)| {
        let envelope = ParsedEnvelope::parse(bytes).ok()?;
        let changed = dispatch::check(&envelope, &envelope.action().ok()?.extension).ok()?;
        let touches = |writes: &NamespaceWrites, key: &WrittenKey| {
            let mut same = changed.namespaces.iter();
            same.any(|set| set.namespace == writes.namespace && set.metadata.contains(key))
        };
        namespaces.iter().find_map(|writes| {
            let key = writes.keys.iter().find(|key| touches(writes, key))?;
            let namespace = &writes.namespace;
            Some(format!(
                "the policy of key [{key}] of [{namespace}] is changed by transaction {other} of the same block"
            ))
        })
    })
}
