use bytes::Bytes;
use prost::Message;
use prost_types::Timestamp;
use selvedge_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadata, ChannelHeader, Config, ConfigEnvelope, Envelope,
    Header, HeaderType, LastConfig, Metadata, OrdererBlockMetadata, Payload, SignatureHeader,
};
use sha2::{Digest, Sha256};

use super::{ChannelDescription, channel_group};
use crate::{ChannelConfig, ConfigError, tx_id};

/// Slots of a block's metadata.
const METADATA_SLOTS: usize = 5;

/// What makes two genesis blocks of one description differ.
#[derive(Debug, Clone, Copy)]
pub struct GenesisHeader {
    /// Time in the channel header, seconds since 1970.
    pub seconds: i64,
    /// Random bytes.
    pub nonce: [u8; 24],
}

/// The genesis block of a channel, serialized. The configuration is checked before: what a peer would refuse is an
/// error here.
///
/// Fabric: common/genesis/genesis.go.
pub fn genesis_block(
    channel_id: &str,
    description: &ChannelDescription,
    header: GenesisHeader,
) -> Result<Bytes, ConfigError> {
    let config = Config {
        sequence: 0,
        channel_group: Some(channel_group(description)),
    };
    ChannelConfig::from_config(channel_id, &config)?.check_capabilities()?;
    let envelope = ConfigEnvelope {
        config: Some(config),
        last_update: None,
    };
    let data = Bytes::from(transaction(channel_id, &envelope, header).encode_to_vec());
    let last_config = LastConfig { index: 0 };
    let orderer = OrdererBlockMetadata {
        last_config: Some(last_config),
        ..OrdererBlockMetadata::default()
    };
    let mut metadata = vec![Bytes::new(); METADATA_SLOTS];
    for (slot, value) in metadata
        .iter_mut()
        .zip([orderer.encode_to_vec(), last_config.encode_to_vec()])
    {
        *slot = Metadata {
            value: value.into(),
            signatures: Vec::new(),
        }
        .encode_to_vec()
        .into();
    }
    let block = Block {
        header: Some(BlockHeader {
            number: 0,
            previous_hash: Bytes::new(),
            data_hash: Bytes::copy_from_slice(&Sha256::digest(&data)),
        }),
        data: Some(BlockData { data: vec![data] }),
        metadata: Some(BlockMetadata { metadata }),
    };
    Ok(block.encode_to_vec().into())
}

fn transaction(channel_id: &str, config: &ConfigEnvelope, header: GenesisHeader) -> Envelope {
    let channel_header = ChannelHeader {
        r#type: HeaderType::Config as i32,
        version: 1,
        timestamp: Some(Timestamp {
            seconds: header.seconds,
            nanos: 0,
        }),
        channel_id: channel_id.to_owned(),
        tx_id: tx_id(&header.nonce, &[]),
        ..ChannelHeader::default()
    };
    let signature_header = SignatureHeader {
        creator: Bytes::new(),
        nonce: Bytes::copy_from_slice(&header.nonce),
    };
    let payload = Payload {
        header: Some(Header {
            channel_header: channel_header.encode_to_vec().into(),
            signature_header: signature_header.encode_to_vec().into(),
        }),
        data: config.encode_to_vec().into(),
    };
    Envelope {
        payload: payload.encode_to_vec().into(),
        signature: Bytes::new(),
    }
}
