//! Who signed what, and whether that is enough: membership, policies and the configuration of channels.
//!
//! Everything follows Fabric v3.1: what a Go peer accepts is accepted here and what it refuses is refused. Nothing in
//! this crate opens a connection, reads a clock or takes a random number for anything but a key or a signature.
//!
//! * [`Msp`], [`MspManager`], [`Identity`]: certificates judged by an organisation's rules.
//! * [`SigningIdentity`]: a certificate with its key.
//! * [`Policy`], [`SignedData`]: which signatures are enough; [`policy_from_string`] reads expressions.
//! * [`ChannelConfig`]: the configuration of a channel, and changes of it.
//! * [`genesis`] and [`cryptogen`]: the first block of a channel, and certificates for development.

mod cache;
mod channel;
mod crypto;
pub mod cryptogen;
pub mod genesis;
mod msp;
mod policy;
mod proposal;
mod x509;

pub use channel::{
    Application, ApplicationCapabilities, ApplicationOrganisation, BatchParameters,
    ChannelCapabilities, ChannelConfig, ConfigError, Orderer, OrdererCapabilities, OrdererEndpoint,
    OrdererOrganisation, block_header_bytes, compute_config_update, config_envelope_of,
    config_signature_bytes, is_config_block, is_config_transaction, parse_go_duration,
    validate_channel_id, validate_config_id,
};
pub use crypto::{CryptoError, PrivateKey, PublicKey};
pub use msp::{
    Identity, Msp, MspError, MspManager, MspVersion, OrganizationalUnit, SigningIdentity,
    msp_config_from_dir,
};
pub use policy::{
    Policy, PolicyError, PolicyParseError, SignedData, accept_all, any_member_of,
    implicit_meta_from_string, implicit_meta_to_string, member_of, members, policy_from_string,
    policy_to_string, reject_all, role_principal, signed_by_any, valid_identities,
};
pub use proposal::{Attributes, expires_at, tx_id};
pub use x509::{Certificate, X509Error};
