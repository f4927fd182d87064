use bytes::Bytes;
use selvedge_protos::common::{ChannelHeader, Envelope, HeaderType, Payload};
use selvedge_protos::received;

/// Whether an envelope is a configuration transaction.
///
/// Fabric: protoutil/blockutils.go, IsConfigTransaction.
pub(crate) fn is_config_transaction(envelope: &Bytes) -> bool {
    let header = || {
        let payload =
            received::<Payload>(received::<Envelope>(envelope.clone()).ok()?.payload).ok()?;
        received::<ChannelHeader>(payload.header?.channel_header).ok()
    };
    header().is_some_and(|header| {
        header.r#type == HeaderType::Config as i32
            || header.r#type == HeaderType::OrdererTransaction as i32
    })
}
