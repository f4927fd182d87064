use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::{
    common::{Envelope, Payload},
    protos::{ChaincodeActionPayload, Transaction},
};

/// Serialized identities of those who endorsed a transaction: they have its private data. None of one that does not
/// parse.
pub(super) fn of(envelope: &Bytes) -> Vec<Bytes> {
    let endorsements = || {
        let envelope = Envelope::decode(envelope.clone()).ok()?;
        let payload = Payload::decode(envelope.payload).ok()?;
        let transaction = Transaction::decode(payload.data).ok()?;
        let action = transaction.actions.into_iter().next()?;
        let action = ChaincodeActionPayload::decode(action.payload).ok()?;
        Some(action.action?.endorsements)
    };
    let endorsements = endorsements().unwrap_or_default();
    endorsements
        .into_iter()
        .map(|endorsement| endorsement.endorser)
        .collect()
}
