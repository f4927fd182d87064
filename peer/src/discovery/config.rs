//! What clients are told of a channel's configuration: its MSPs and where its orderers are.
//!
//! Fabric: discovery/support/config/support.go.

use prost::{DecodeError, Message};
use selvedge_protos::common::{Config, ConfigGroup, OrdererAddresses};
use selvedge_protos::discovery::{ConfigResult, Endpoint, Endpoints};
use selvedge_protos::msp::{FabricMspConfig, MspConfig};
use std::collections::BTreeMap;

/// Why a configuration cannot be described.
#[derive(Debug, thiserror::Error)]
pub enum ConfigQueryError {
    #[error("config is invalid: field Config.ChannelGroup is nil")]
    NoChannel,
    #[error("config is invalid: key Config.ChannelGroup.Groups[{0}] is missing")]
    NoGroup(&'static str),
    #[error("failed unmarshalling {what}: {source}")]
    Decode {
        what: &'static str,
        source: DecodeError,
    },
    #[error("failed computing orderer addresses: failed parsing orderer endpoint {0}")]
    Address(String),
}

/// `MSPConfig.type` of an X.509 MSP.
const FABRIC: i32 = 0;

/// The MSPs of all organisations, by ID, and the addresses of each orderer organisation.
pub fn describe(config: &Config) -> Result<ConfigResult, ConfigQueryError> {
    let channel = config.channel_group.as_ref();
    let channel = channel.ok_or(ConfigQueryError::NoChannel)?;
    let group = |name: &'static str| {
        let found = channel.groups.get(name);
        found.ok_or(ConfigQueryError::NoGroup(name))
    };
    let (ordering, application) = (group("Orderer")?, group("Application")?);
    let global: OrdererAddresses = value(channel, "OrdererAddresses", "orderer addresses")?;
    let mut msps = BTreeMap::new();
    for organisation in ordering.groups.values().chain(application.groups.values()) {
        if let Some(msp) = msp(organisation)? {
            msps.entry(msp.name.clone()).or_insert(msp);
        }
    }
    Ok(ConfigResult {
        msps,
        orderers: orderers(ordering, &global.addresses)?,
    })
}

fn orderers(
    ordering: &ConfigGroup,
    global: &[String],
) -> Result<BTreeMap<String, Endpoints>, ConfigQueryError> {
    let mut own = BTreeMap::new();
    for organisation in ordering.groups.values() {
        if let Some(msp) = msp(organisation)? {
            let found: OrdererAddresses = value(organisation, "Endpoints", "orderer addresses")?;
            own.insert(msp.name, found.addresses);
        }
    }
    if own.values().any(|addresses| !addresses.is_empty()) {
        let each = own.into_iter().map(|(msp_id, addresses)| {
            let endpoint = addresses.iter().filter_map(|address| endpoint(address));
            let endpoint = endpoint.collect();
            (msp_id, Endpoints { endpoint })
        });
        return Ok(each.collect());
    }
    let all = |address: &String| {
        endpoint(address).ok_or_else(|| ConfigQueryError::Address(address.clone()))
    };
    let endpoint: Vec<Endpoint> = global.iter().map(all).collect::<Result<_, _>>()?;
    let everybody = own.into_keys().map(|msp_id| {
        let endpoint = endpoint.clone();
        (msp_id, Endpoints { endpoint })
    });
    Ok(everybody.collect())
}

/// Of `host:port`, where an IPv6 host is in brackets.
fn endpoint(address: &str) -> Option<Endpoint> {
    let (host, port) = address.rsplit_once(':')?;
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    if bare.is_none() && host.contains(':') {
        return None;
    }
    let port: i32 = port.parse().ok()?;
    Some(Endpoint {
        host: bare.unwrap_or(host).to_owned(),
        port: u32::try_from(port).ok()?,
    })
}

/// `None` for an organisation whose MSP is not X.509: clients have no use for it.
fn msp(organisation: &ConfigGroup) -> Result<Option<FabricMspConfig>, ConfigQueryError> {
    let config: MspConfig = value(organisation, "MSP", "MSPConfig")?;
    if config.r#type != FABRIC {
        return Ok(None);
    }
    let decoded = FabricMspConfig::decode(config.config);
    decoded
        .map(Some)
        .map_err(|source| ConfigQueryError::Decode {
            what: "FabricMSPConfig",
            source,
        })
}

/// A value that is not there reads as an empty one.
fn value<M: Message + Default>(
    group: &ConfigGroup,
    key: &str,
    what: &'static str,
) -> Result<M, ConfigQueryError> {
    let bytes = group.values.get(key).map(|value| value.value.clone());
    M::decode(bytes.unwrap_or_default()).map_err(|source| ConfigQueryError::Decode { what, source })
}
