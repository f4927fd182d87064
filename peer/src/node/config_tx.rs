use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::common::{ChannelHeader, Envelope, HeaderType, Payload};

/// Whether an envelope is a configuration transaction.
///
/// Fabric: protoutil/blockutils.go, IsConfigTransaction.
pub(crate) fn is_config_transaction(envelope: &Bytes) -> bool {
    let header = || {
        let payload = Payload::decode(Envelope::decode(envelope.clone()).ok()?.payload).ok()?;
        ChannelHeader::decode(payload.header?.channel_header).ok()
    };
    header().is_some_and(|header| {
        header.r#type == HeaderType::Config as i32
            || header.r#type == HeaderType::OrdererTransaction as i32
    })
}
