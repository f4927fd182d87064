use bytes::Bytes;
use selvedge_protos::common::{ChannelHeader, Envelope, HeaderType, Payload};
use selvedge_protos::received;

/// What a transaction says of itself; empty where it cannot be read.
#[derive(Debug, Default)]
pub(super) struct Heading {
    pub(super) kind: String,
    pub(super) channel: String,
}

pub(super) fn heading(envelope: &Bytes) -> Heading {
    let header = || {
        let envelope = received::<Envelope>(envelope.clone()).ok()?;
        let payload = received::<Payload>(envelope.payload).ok()?;
        received::<ChannelHeader>(payload.header?.channel_header).ok()
    };
    let Some(header) = header() else {
        return Heading::default();
    };
    let known = HeaderType::try_from(header.r#type);
    Heading {
        kind: known.map_or_else(
            |_| header.r#type.to_string(),
            |known| known.as_str_name().to_owned(),
        ),
        channel: header.channel_id,
    }
}
