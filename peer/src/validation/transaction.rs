use super::dispatch::{self, Endorsed};
use super::endorsement::{self, Endorsers};
use super::fault::Fault;
use super::parsed::{ParsedAction, ParsedEnvelope};
use super::policies::Policies;
use super::v14;
use super::world::World;
use bytes::Bytes;
use selvedge_identity::ChannelConfig;
use selvedge_protos::{common::HeaderType, protos::TxValidationCode as Code};
use std::sync::Arc;

/// What can be said of a transaction without looking at the others of its block.
#[derive(Debug)]
pub(super) enum Judged {
    Refused(Fault),
    /// `Payload.data`: a serialized `common.ConfigEnvelope`.
    Config(Bytes),
    Endorsed(Judgement),
}

/// An endorser transaction whose form is in order.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) tx_id: String,
    pub(super) endorsed: Endorsed,
    /// How many of the namespaces passed, counted from the first, and what stopped there.
    pub(super) passed: usize,
    pub(super) stopped_by: Option<Fault>,
    /// The invoked chaincode.
    pub(super) chaincode: String,
    /// The chaincode that `lscc` upgrades with it, where that shuts out others of the block.
    pub(super) upgrades: Option<String>,
}

/// Fabric: core/committer/txvalidator/v20/validator.go, validateTx.
pub(super) fn judge(envelope: &Bytes, world: &World<'_>, policies: &Policies<'_>) -> Judged {
    match form(envelope, world) {
        Err(fault) => Judged::Refused(fault),
        Ok(Form::Config(data)) => Judged::Config(data),
        Ok(Form::Endorser(envelope, action)) => {
            let judged = match other_channel(&envelope, world) {
                None => endorser(&envelope, &action, world, policies, None),
                Some(other) => {
                    let policies = Policies::new(world.config, &other, world.snapshot);
                    endorser(&envelope, &action, world, &policies, Some(&other))
                }
            };
            judged.unwrap_or_else(Judged::Refused)
        }
    }
}

/// The channel that the header names, when it is not the block's. Its members judge the creator, and its policies stand
/// for those that a definition names, as on Go peers; everything else is the block's channel's.
pub(super) fn other_channel(
    envelope: &ParsedEnvelope,
    world: &World<'_>,
) -> Option<Arc<ChannelConfig>> {
    let channel_id = &envelope.channel_header.channel_id;
    if channel_id == world.config.channel_id() {
        return None;
    }
    (world.channel)(channel_id)
}

enum Form {
    Config(Bytes),
    Endorser(Box<ParsedEnvelope>, ParsedAction),
}

fn form(envelope: &Bytes, world: &World<'_>) -> Result<Form, Fault> {
    let envelope = ParsedEnvelope::parse(envelope)?;
    check_creator(&envelope, world)?;
    if envelope.is(HeaderType::Config) {
        if envelope.data.is_empty() {
            return Err(Code::InvalidConfigTransaction.into());
        }
        return Ok(Form::Config(envelope.data));
    }
    if !envelope.is(HeaderType::EndorserTransaction) {
        return Err(Code::UnsupportedTxPayload.into());
    }
    if !envelope.has_computed_tx_id() {
        return Err(Code::BadProposalTxid.into());
    }
    let action = envelope.action()?;
    let known = (world.is_committed)(&envelope.channel_header.tx_id);
    if known.map_err(Fault::Halt)? {
        return Err(Code::DuplicateTxid.into());
    }
    Ok(Form::Endorser(Box::new(envelope), action))
}

/// The creator is one of the channel that the header names, and signed the payload. An expired certificate is fine: the
/// transaction may be older than the block.
///
/// Fabric: core/common/validation/msgvalidation.go, checkSignatureFromCreator.
fn check_creator(envelope: &ParsedEnvelope, world: &World<'_>) -> Result<(), Code> {
    let channel_id = &envelope.channel_header.channel_id;
    let other;
    let msps = if channel_id == world.config.channel_id() {
        world.config.msps()
    } else {
        other = other_channel(envelope, world).ok_or(Code::BadCreatorSignature)?;
        other.msps()
    };
    let is_good = || {
        let creator = msps.deserialize(&envelope.creator).ok()?;
        creator.validate().ok()?;
        creator.verify(&envelope.payload, &envelope.signature).ok()
    };
    is_good().ok_or(Code::BadCreatorSignature)
}

fn endorser(
    envelope: &ParsedEnvelope,
    action: &ParsedAction,
    world: &World<'_>,
    policies: &Policies<'_>,
    other: Option<&ChannelConfig>,
) -> Result<Judged, Fault> {
    if !world.config.application_capabilities().lifecycle_v20() {
        return v14::judge(envelope, action, world, policies).map(Judged::Endorsed);
    }
    let endorsed = dispatch::check(envelope, &action.extension)?;
    let elsewhere = other.map(|config| &**config.msps());
    let endorsers = Endorsers::of(action, world.config.msps(), elsewhere);
    let mut passed = 0;
    let mut stopped_by = None;
    for writes in &endorsed.namespaces {
        if let Err(refusal) = endorsement::check(writes, &endorsers, policies) {
            stopped_by = Some(refusal.fault);
            break;
        }
        passed += 1;
    }
    let tx_id = envelope.channel_header.tx_id.clone();
    Ok(Judged::Endorsed(Judgement {
        tx_id,
        endorsed,
        passed,
        stopped_by,
        chaincode: String::new(),
        upgrades: None,
    }))
}
