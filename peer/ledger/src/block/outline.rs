use bytes::Bytes;
use selvedge_interface::Timestamp;
use selvedge_protos::{common, protos, received};
use sha2::{Digest, Sha256};

/// What the ledger needs of a transaction: its ID, its time and what it wants written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outline {
    /// As Fabric indexes it: the channel header's, else computed from nonce and creator, else empty
    /// (common/ledger/blkstorage/block_serialization.go).
    pub(crate) tx_id: String,
    pub(crate) channel_id: String,
    pub(crate) timestamp: Option<Timestamp>,
    pub(crate) content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Serialized `rwset.TxReadWriteSet`.
    ReadWriteSet(Bytes),
    /// An endorser transaction without an action that can be read.
    NoAction,
    /// `Payload.data`: a serialized `common.ConfigEnvelope`.
    Config(Bytes),
    /// Leaves nothing in the state.
    Other,
    /// No envelope, payload or channel header.
    Unreadable,
}

impl Outline {
    pub(crate) fn of(envelope: &Bytes) -> Self {
        let unreadable = Self {
            tx_id: String::new(),
            channel_id: String::new(),
            timestamp: None,
            content: Content::Unreadable,
        };
        let Some(payload) = payload(envelope) else {
            return unreadable;
        };
        let Some(header) = payload.header else {
            return unreadable;
        };
        let Ok(channel_header) = received::<common::ChannelHeader>(header.channel_header) else {
            return unreadable;
        };
        let tx_id = if channel_header.tx_id.is_empty() {
            computed_tx_id(header.signature_header)
        } else {
            channel_header.tx_id
        };
        Self {
            tx_id,
            channel_id: channel_header.channel_id,
            timestamp: channel_header.timestamp.map(|time| Timestamp {
                seconds: time.seconds,
                nanos: time.nanos,
            }),
            content: content(channel_header.r#type, payload.data),
        }
    }
}

fn payload(envelope: &Bytes) -> Option<common::Payload> {
    let envelope = received::<common::Envelope>(envelope.clone()).ok()?;
    received::<common::Payload>(envelope.payload).ok()
}

fn content(header_type: i32, data: Bytes) -> Content {
    match common::HeaderType::try_from(header_type) {
        Ok(common::HeaderType::EndorserTransaction) => {
            results(data).map_or(Content::NoAction, Content::ReadWriteSet)
        }
        Ok(common::HeaderType::Config) => Content::Config(data),
        _ => Content::Other,
    }
}

/// The first action's results (Fabric: protoutil/txutils.go, GetActionFromEnvelope).
fn results(data: Bytes) -> Option<Bytes> {
    let transaction = received::<protos::Transaction>(data).ok()?;
    let action = transaction.actions.into_iter().next()?;
    let payload = received::<protos::ChaincodeActionPayload>(action.payload).ok()?;
    let response = payload.action?.proposal_response_payload;
    let response = received::<protos::ProposalResponsePayload>(response).ok()?;
    Some(
        received::<protos::ChaincodeAction>(response.extension)
            .ok()?
            .results,
    )
}

fn computed_tx_id(signature_header: Bytes) -> String {
    let Ok(header) = received::<common::SignatureHeader>(signature_header) else {
        return String::new();
    };
    hex::encode(
        Sha256::new()
            .chain_update(&header.nonce)
            .chain_update(&header.creator)
            .finalize(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes: Vec<u8>) {
            let _ = Outline::of(&bytes.into());
        }
    }
}
