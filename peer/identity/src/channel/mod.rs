//! The configuration of a channel: who its organisations are, what they may do, and how it changes.
//!
//! Fabric: common/channelconfig, common/configtx, common/capabilities.

mod acl;
mod application;
mod block;
mod block_signature;
mod capabilities;
mod compute;
mod config;
mod config_map;
mod duration;
mod error;
mod names;
mod orderer;
mod organisation;
mod successor;
mod update;
mod values;

pub use application::{Application, ApplicationOrganisation};
pub use block::{config_envelope_of, is_config_block, is_config_transaction};
pub use block_signature::block_header_bytes;
pub use capabilities::{ApplicationCapabilities, ChannelCapabilities, OrdererCapabilities};
pub use compute::{compute_config_update, config_signature_bytes};
pub use config::ChannelConfig;
pub use duration::parse_go_duration;
pub use error::ConfigError;
pub use names::{validate_channel_id, validate_config_id};
pub use orderer::{BatchParameters, Orderer, OrdererEndpoint, OrdererOrganisation};
