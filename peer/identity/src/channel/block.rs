use bytes::Bytes;
use prost::Message;
use selvedge_protos::common::{
    Block, ChannelHeader, ConfigEnvelope, Envelope, HeaderType, Payload,
};

use super::ConfigError;

/// `ORDERER_TRANSACTION`, which old networks used to create channels.
const ORDERER_TRANSACTION: i32 = 4;

/// Whether the first transaction of a block is a configuration (rule l:C3). Fabric: protoutil/blockutils.go
/// `IsConfigBlock`.
pub fn is_config_block(block: &Block) -> bool {
    let Some(first) = block.data.as_ref().and_then(|data| data.data.first()) else {
        return false;
    };
    let kind = || {
        let payload = Payload::decode(Envelope::decode(first.clone()).ok()?.payload).ok()?;
        let header = ChannelHeader::decode(payload.header?.channel_header).ok()?;
        Some(header.r#type)
    };
    matches!(kind(), Some(kind) if kind == HeaderType::Config as i32 || kind == ORDERER_TRANSACTION)
}

/// Channel name and configuration in a config block, serialized.
pub fn config_envelope_of(block: &Bytes) -> Result<(String, ConfigEnvelope), ConfigError> {
    let block = Block::decode(block.clone()).map_err(ConfigError::unmarshal("block"))?;
    let data = block.data.map(|data| data.data).unwrap_or_default();
    let envelope = data
        .first()
        .ok_or_else(|| ConfigError::refused("empty block"))?;
    let envelope = Envelope::decode(envelope.clone())
        .map_err(ConfigError::unmarshal("envelope from block"))?;
    let payload = Payload::decode(envelope.payload)
        .map_err(ConfigError::unmarshal("payload from envelope"))?;
    let header = payload
        .header
        .ok_or_else(|| ConfigError::refused("envelope header cannot be nil"))?;
    let header = ChannelHeader::decode(header.channel_header)
        .map_err(ConfigError::unmarshal("channel header"))?;
    if header.r#type != HeaderType::Config as i32 {
        return Err(ConfigError::refused("block is not a config block"));
    }
    let config = ConfigEnvelope::decode(payload.data)
        .map_err(ConfigError::unmarshal("config envelope from payload"))?;
    Ok((header.channel_id, config))
}
