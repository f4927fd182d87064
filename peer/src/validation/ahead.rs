use super::endorsement::Endorsers;
use super::parsed::ParsedEnvelope;
use bytes::Bytes;
use selvedge_identity::ChannelConfig;
use selvedge_protos::common::HeaderType;
use std::sync::atomic::{AtomicBool, Ordering};

/// Checks the signatures of a block whose turn has not come, until `stop` is set. Members remember the good ones, and
/// that is all that is left of it: the verdicts are found when the block before it is committed, by the configuration and
/// the state of then, and are the same with or without this.
pub fn look_ahead(envelopes: &[Bytes], config: &ChannelConfig, stop: &AtomicBool) {
    for envelope in envelopes {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(envelope) = ParsedEnvelope::parse(envelope) else {
            continue;
        };
        let msps = config.msps();
        let creator = msps.deserialize(&envelope.creator).ok();
        let signed = creator.and_then(|creator| {
            creator.validate().ok()?;
            creator.verify(&envelope.payload, &envelope.signature).ok()
        });
        if signed.is_none() || !envelope.is(HeaderType::EndorserTransaction) {
            continue;
        }
        if let Ok(action) = envelope.action() {
            let _ = Endorsers::of(&action, msps, None);
        }
    }
}
