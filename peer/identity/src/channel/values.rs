//! Values of a group: known keys decode, unknown ones are refused (rule l:C6).

use prost::Message;
use selvedge_protos::common::{Capabilities, ConfigGroup};

use super::ConfigError;

/// Keys of configuration values and groups.
pub(super) mod key {
    pub(crate) const ACLS: &str = "ACLs";
    pub(crate) const ANCHOR_PEERS: &str = "AnchorPeers";
    pub(crate) const APPLICATION: &str = "Application";
    pub(crate) const BATCH_SIZE: &str = "BatchSize";
    pub(crate) const BATCH_TIMEOUT: &str = "BatchTimeout";
    pub(crate) const BLOCK_DATA_HASHING_STRUCTURE: &str = "BlockDataHashingStructure";
    pub(crate) const CAPABILITIES: &str = "Capabilities";
    pub(crate) const CHANNEL_RESTRICTIONS: &str = "ChannelRestrictions";
    pub(crate) const CONSENSUS_TYPE: &str = "ConsensusType";
    pub(crate) const CONSORTIUM: &str = "Consortium";
    pub(crate) const CONSORTIUMS: &str = "Consortiums";
    pub(crate) const ENDPOINTS: &str = "Endpoints";
    pub(crate) const HASHING_ALGORITHM: &str = "HashingAlgorithm";
    pub(crate) const KAFKA_BROKERS: &str = "KafkaBrokers";
    pub(crate) const MSP: &str = "MSP";
    pub(crate) const ORDERER: &str = "Orderer";
    pub(crate) const ORDERER_ADDRESSES: &str = "OrdererAddresses";
    pub(crate) const ORDERERS: &str = "Orderers";
}

/// Fails on a value key that is not among `known`.
pub(super) fn only(group: &ConfigGroup, known: &[&str]) -> Result<(), ConfigError> {
    match group
        .values
        .keys()
        .find(|key| !known.contains(&key.as_str()))
    {
        None => Ok(()),
        Some(key) => {
            Err(ConfigError::UnexpectedKey(key.clone()).within("failed to deserialize values"))
        }
    }
}

/// Decodes a value; an absent one is the message's default.
pub(super) fn value<M: Message + Default>(
    group: &ConfigGroup,
    key: &'static str,
) -> Result<M, ConfigError> {
    match group.values.get(key) {
        None => Ok(M::default()),
        Some(value) => M::decode(value.value.clone())
            .map_err(ConfigError::unmarshal(key))
            .map_err(|error| error.within("failed to deserialize values")),
    }
}

/// Names of the capabilities of a group.
pub(super) fn capability_names(group: &ConfigGroup) -> Result<Vec<String>, ConfigError> {
    let message: Capabilities = value(group, key::CAPABILITIES)?;
    Ok(message.capabilities.into_keys().collect())
}
