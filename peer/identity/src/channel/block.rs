use bytes::Bytes;
use prost::Message;
use selvedge_protos::common::{
    Block, ChannelHeader, ConfigEnvelope, Envelope, HeaderType, Payload,
};

use super::ConfigError;

/// Whether a block is a configuration block: it has one transaction, and that is a CONFIG.
///
/// Fabric: protoutil/commonutils.go, IsConfigBlock.
pub fn is_config_block(block: &Block) -> bool {
    let Some([only]) = block.data.as_ref().map(|data| data.data.as_slice()) else {
        return false;
    };
    is_config_transaction(only)
}

/// Whether a serialized envelope is a CONFIG transaction.
pub fn is_config_transaction(envelope: &Bytes) -> bool {
    let kind = || {
        let payload = Payload::decode(Envelope::decode(envelope.clone()).ok()?.payload).ok()?;
        let header = ChannelHeader::decode(payload.header?.channel_header).ok()?;
        Some(header.r#type)
    };
    kind() == Some(HeaderType::Config as i32)
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
