//! Joining a channel by its genesis block.
//!
//! The block is checked for its form before anybody is asked for permission, and it is trusted on first use: nobody's
//! signature on it is verified.
//!
//! Fabric: core/scc/cscc/configure.go, JoinChain and validateConfigBlock.

use super::SystemCall;
use crate::endorser::acl::AclError;
use crate::node::{JoinError as CreateError, error_chain};
use crate::wire::why;
use bytes::Bytes;
use prost::{DecodeError, Message as _};
use selvedge_identity::{ChannelConfig, ConfigError};
use selvedge_protos::common::{
    Block, ChannelHeader, ConfigEnvelope, Envelope, HeaderType, Payload,
};

/// `Display` is the message of a response with status 500.
#[derive(Debug, thiserror::Error)]
pub(super) enum JoinError {
    #[error("Failed to reconstruct the genesis block, error unmarshalling Block: {}", why(.0))]
    Block(DecodeError),
    #[error("\"JoinChain\" request failed to extract channel id from the block due to [{0}]")]
    ChannelId(FormError),
    #[error(
        "\"JoinChain\" for channelID = {channel} failed because of validation of configuration block, because of {source}"
    )]
    Form { channel: String, source: FormError },
    #[error("access denied for [JoinChain][{channel}]: [{source}]")]
    Denied { channel: String, source: AclError },
    #[error("cannot create ledger from genesis block: {0}")]
    Ledger(String),
    #[error("{0}")]
    Channel(String),
}

/// What is wrong with a configuration block.
#[derive(Debug, thiserror::Error)]
pub(super) enum FormError {
    #[error("failed to retrieve channel id - block is empty")]
    Empty,
    #[error("error unmarshalling {what}: {}", why(source))]
    Decode {
        what: &'static str,
        source: DecodeError,
    },
    #[error("failed to retrieve channel id - payload header is empty")]
    NoHeader,
    #[error("Bad configuration envelope: invalid type {0}, expected CONFIG")]
    Type(String),
    #[error("Bad configuration envelope: error unmarshalling message for type CONFIG: {}", why(.0))]
    Envelope(DecodeError),
    #[error("Nil config envelope Config")]
    NoConfig,
    #[error("Nil channel group")]
    NoGroup,
    #[error("No channel configuration groups are available")]
    NoGroups,
    #[error("Invalid configuration block, missing Application configuration group")]
    NoApplication,
    #[error("Failed capabilities check: [no valid channel configuration found: {0}]")]
    Values(ConfigError),
    #[error("Failed capabilities check: [{0}]")]
    Capabilities(ConfigError),
}

fn decode<M: prost::Message + Default>(what: &'static str, bytes: Bytes) -> Result<M, FormError> {
    M::decode(bytes).map_err(|source| FormError::Decode { what, source })
}

/// Creates the channel's ledger on this peer. The answer is empty.
pub(super) fn join(call: &SystemCall<'_>, bytes: Bytes) -> Result<Bytes, JoinError> {
    let block = Block::decode(bytes.clone()).map_err(JoinError::Block)?;
    let (header, payload) = first_transaction(block).map_err(JoinError::ChannelId)?;
    let channel = header.channel_id.clone();
    validate(&bytes, &header, payload).map_err(|source| JoinError::Form {
        channel: channel.clone(),
        source,
    })?;
    call.check("cscc/JoinChain", "")
        .map_err(|source| JoinError::Denied {
            channel: channel.clone(),
            source,
        })?;
    call.peer.join(bytes).map_err(|error| match error {
        CreateError::Exists(_) | CreateError::Ledger { .. } => {
            JoinError::Ledger(error_chain(&error))
        }
        error => JoinError::Channel(error.to_string()),
    })?;
    tracing::info!(channel, "joined channel");
    Ok(Bytes::new())
}

fn first_transaction(block: Block) -> Result<(ChannelHeader, Payload), FormError> {
    let envelope = block
        .data
        .and_then(|data| data.data.into_iter().next())
        .ok_or(FormError::Empty)?;
    let envelope: Envelope = decode("Envelope", envelope)?;
    let payload: Payload = decode("Payload", envelope.payload)?;
    let header = payload.header.as_ref().ok_or(FormError::NoHeader)?;
    let header = decode("ChannelHeader", header.channel_header.clone())?;
    Ok((header, payload))
}

fn validate(block: &Bytes, header: &ChannelHeader, payload: Payload) -> Result<(), FormError> {
    if header.r#type != i32::from(HeaderType::Config) {
        let found = HeaderType::try_from(header.r#type);
        let found = found.map_or_else(
            |_| header.r#type.to_string(),
            |kind| kind.as_str_name().to_owned(),
        );
        return Err(FormError::Type(found));
    }
    let envelope = ConfigEnvelope::decode(payload.data).map_err(FormError::Envelope)?;
    let group = envelope
        .config
        .ok_or(FormError::NoConfig)?
        .channel_group
        .ok_or(FormError::NoGroup)?;
    if group.groups.is_empty() {
        return Err(FormError::NoGroups);
    }
    if !group.groups.contains_key("Application") {
        return Err(FormError::NoApplication);
    }
    match ChannelConfig::from_block(block) {
        Ok(config) => config.check_capabilities().map_err(FormError::Capabilities),
        // Policies and names are looked at when the channel is created.
        Err(error) => match error.of_values() {
            Some(reason) => Err(FormError::Values(reason.clone())),
            None => Ok(()),
        },
    }
}
