use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use selvedge_protos::{
    common::{ConfigGroup, Consenter, OrdererAddresses, Orderers},
    orderer::{
        BatchSize, BatchTimeout, ChannelRestrictions, ConsensusType, KafkaBrokers,
        consensus_type::State,
    },
};

use super::{
    ChannelCapabilities, ConfigError, OrdererCapabilities,
    organisation::MspCollector,
    parse_go_duration,
    values::{capability_names, key, only, value},
};
use crate::Msp;

/// The ordering service's part of a channel.
#[derive(Debug, Clone)]
pub struct Orderer {
    /// Its organisations by group name.
    pub organisations: BTreeMap<String, OrdererOrganisation>,
    /// What the ordering nodes must be able to do.
    pub capabilities: OrdererCapabilities,
    /// `etcdraft`, `BFT`, or the old `solo` and `kafka`.
    pub consensus_type: String,
    /// Options of the consensus, in its own format.
    pub consensus_metadata: Bytes,
    /// Whether ordinary transactions are accepted.
    pub state: State,
    /// When a block is cut.
    pub batch: BatchParameters,
    /// How many channels there may be; 0 is no limit.
    pub max_channels: u64,
    /// Nodes of a BFT ordering service.
    pub consenters: Vec<Consenter>,
}

/// When a block is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchParameters {
    /// Transactions in a block, at most.
    pub max_message_count: u32,
    /// Bytes in a block, at most; a larger transaction is refused.
    pub absolute_max_bytes: u32,
    /// Bytes after which a block is cut; a larger transaction gets a block of its own.
    pub preferred_max_bytes: u32,
    /// How long the first transaction of a block waits, at most.
    pub timeout: Duration,
}

/// An organisation with ordering nodes.
#[derive(Debug, Clone)]
pub struct OrdererOrganisation {
    /// Name of its group.
    pub name: String,
    /// MSP ID.
    pub msp_id: String,
    /// Its members.
    pub msp: Arc<Msp>,
    /// Addresses of its nodes, `host:port`.
    pub endpoints: Vec<String>,
}

/// An ordering node's address and who vouches for its TLS certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdererEndpoint {
    /// `host:port`.
    pub address: String,
    /// TLS roots and intermediates, PEM.
    pub tls_roots: Vec<Bytes>,
}

impl Orderer {
    pub(super) fn read(
        group: &ConfigGroup,
        msps: &mut MspCollector<'_>,
        channel: &ChannelCapabilities,
    ) -> Result<Self, ConfigError> {
        only(
            group,
            &[
                key::CONSENSUS_TYPE,
                key::BATCH_SIZE,
                key::BATCH_TIMEOUT,
                key::KAFKA_BROKERS,
                key::CHANNEL_RESTRICTIONS,
                key::ORDERERS,
                key::CAPABILITIES,
            ],
        )?;
        value::<KafkaBrokers>(group, key::KAFKA_BROKERS)?;
        let consensus: ConsensusType = value(group, key::CONSENSUS_TYPE)?;
        let restrictions: ChannelRestrictions = value(group, key::CHANNEL_RESTRICTIONS)?;
        let orderers: Orderers = value(group, key::ORDERERS)?;
        let mut orderer = Self {
            organisations: BTreeMap::new(),
            capabilities: OrdererCapabilities::new(capability_names(group)?),
            state: consensus.state(),
            consensus_type: consensus.r#type,
            consensus_metadata: consensus.metadata,
            batch: batch(
                value(group, key::BATCH_SIZE)?,
                value(group, key::BATCH_TIMEOUT)?,
            )?,
            max_channels: restrictions.max_count,
            consenters: orderers.consenter_mapping,
        };
        for (name, group) in &group.groups {
            let organisation = OrdererOrganisation::read(name, group, msps, channel)?;
            orderer.organisations.insert(name.clone(), organisation);
        }
        if channel.consensus_type_bft() {
            orderer.check_endpoints()?;
        }
        Ok(orderer)
    }

    fn check_endpoints(&self) -> Result<(), ConfigError> {
        let missing: Vec<&str> = self
            .organisations
            .values()
            .filter(|organisation| organisation.endpoints.is_empty())
            .map(|organisation| organisation.name.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(ConfigError::refused(format!(
            "some orderer organizations endpoints are empty: [{}]",
            missing.join(" ")
        )))
    }
}

impl OrdererOrganisation {
    fn read(
        name: &str,
        group: &ConfigGroup,
        msps: &mut MspCollector<'_>,
        channel: &ChannelCapabilities,
    ) -> Result<Self, ConfigError> {
        if !group.groups.is_empty() {
            return Err(ConfigError::refused(
                "OrdererOrg config does not allow sub-groups",
            ));
        }
        if !channel.org_specific_orderer_endpoints() && group.values.contains_key(key::ENDPOINTS) {
            return Err(ConfigError::refused(format!(
                "Orderer Org {name} cannot contain endpoints value until V1_4_2+ capabilities have been enabled"
            )));
        }
        only(group, &[key::ENDPOINTS, key::MSP])?;
        let endpoints: OrdererAddresses = value(group, key::ENDPOINTS)?;
        let msp = msps.msp_of(name, group)?;
        Ok(Self {
            name: name.to_owned(),
            msp_id: msp.id().to_owned(),
            msp,
            endpoints: endpoints.addresses,
        })
    }

    pub(super) fn tls_roots(&self) -> Vec<Bytes> {
        let roots = self.msp.tls_root_certs().iter();
        roots
            .chain(self.msp.tls_intermediate_certs())
            .cloned()
            .collect()
    }
}

fn batch(size: BatchSize, timeout: BatchTimeout) -> Result<BatchParameters, ConfigError> {
    for (what, number) in [
        ("max message count", size.max_message_count),
        ("absolute max bytes", size.absolute_max_bytes),
        ("preferred max bytes", size.preferred_max_bytes),
    ] {
        if number == 0 {
            return Err(ConfigError::refused(format!(
                "Attempted to set the batch size {what} to an invalid value: 0"
            )));
        }
    }
    if size.preferred_max_bytes > size.absolute_max_bytes {
        return Err(ConfigError::refused(format!(
            "Attempted to set the batch size preferred max bytes ({}) greater than the absolute max bytes ({}).",
            size.preferred_max_bytes, size.absolute_max_bytes
        )));
    }
    let duration = parse_go_duration(&timeout.timeout)
        .map_err(|error| error.within("Attempted to set the batch timeout to a invalid value"))?;
    if duration.is_zero() {
        return Err(ConfigError::refused(
            "Attempted to set the batch timeout to a non-positive value: 0s",
        ));
    }
    Ok(BatchParameters {
        max_message_count: size.max_message_count,
        absolute_max_bytes: size.absolute_max_bytes,
        preferred_max_bytes: size.preferred_max_bytes,
        timeout: duration,
    })
}
