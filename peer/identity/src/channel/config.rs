use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use prost::Message;
use selvedge_protos::common::{
    BlockDataHashingStructure, Config, ConfigEnvelope, ConfigGroup, Consortium, HashingAlgorithm,
    OrdererAddresses, Orderers, SignaturePolicyEnvelope,
};

use super::{
    Application, ApplicationCapabilities, ApplicationOrganisation, ChannelCapabilities,
    ConfigError, Orderer, OrdererEndpoint, block, names,
    organisation::MspCollector,
    values::{capability_names, key, only, value},
};
use crate::{MspManager, Policy, PolicyError, SignedData, cache::Cache, policy::PolicyTree};

/// Endorsement policies remembered.
const COMPILED_POLICIES: usize = 256;

/// One configuration of a channel, checked and compiled. It never changes: an update makes a new one.
///
/// Fabric: common/channelconfig/bundle.go.
#[derive(Debug)]
pub struct ChannelConfig {
    pub(super) channel_id: String,
    pub(super) config: Config,
    pub(super) capabilities: ChannelCapabilities,
    pub(super) application: Option<Application>,
    pub(super) orderer: Option<Orderer>,
    pub(super) has_consortiums: bool,
    pub(super) addresses: Vec<String>,
    pub(super) msps: Arc<MspManager>,
    pub(super) policies: PolicyTree,
    /// Endorsement policies by their encoding.
    compiled: Cache<Vec<u8>, Policy>,
}

impl ChannelConfig {
    /// The configuration in a config block, serialized.
    pub fn from_block(block: &Bytes) -> Result<Self, ConfigError> {
        let (channel_id, envelope) = block::config_envelope_of(block)?;
        Self::from_envelope(&channel_id, &envelope)
    }

    /// The configuration in the payload of a config transaction.
    pub fn from_envelope(channel_id: &str, envelope: &ConfigEnvelope) -> Result<Self, ConfigError> {
        let config = envelope.config.as_ref();
        Self::from_config(
            channel_id,
            config.ok_or_else(|| ConfigError::refused("channelconfig Config cannot be nil"))?,
        )
    }

    /// Checks and compiles a configuration.
    pub fn from_config(channel_id: &str, config: &Config) -> Result<Self, ConfigError> {
        Self::build(channel_id, config, None)
    }

    /// As [`Self::from_config`]; MSPs that are those of `previous` keep what they remember.
    pub(super) fn build(
        channel_id: &str,
        config: &Config,
        previous: Option<&MspManager>,
    ) -> Result<Self, ConfigError> {
        let group = config
            .channel_group
            .as_ref()
            .ok_or_else(|| ConfigError::refused("config must contain a channel group"))?;
        check_orderer_capabilities(group)?;
        let parts =
            Parts::read(group, previous).map_err(|error| error.within(super::error::VALUES))?;
        let policies = PolicyTree::compile(group, &parts.msps).map_err(|error| {
            ConfigError::from(error).within("initializing policymanager failed")
        })?;
        names::validate_channel_id(channel_id)
            .map_err(|error| error.within("bad channel ID"))
            .and_then(|()| super::config_map::check_names(group))
            .map_err(|error| error.within("initializing configtx manager failed"))?;
        Ok(Self {
            channel_id: channel_id.to_owned(),
            config: config.clone(),
            capabilities: parts.capabilities,
            application: parts.application,
            orderer: parts.orderer,
            has_consortiums: group.groups.contains_key(key::CONSORTIUMS),
            addresses: parts.addresses,
            msps: parts.msps,
            policies,
            compiled: Cache::new(COMPILED_POLICIES),
        })
    }

    /// Name of the channel.
    pub fn channel_id(&self) -> &str {
        &self.channel_id
    }

    /// How many times the configuration was changed.
    pub fn sequence(&self) -> u64 {
        self.config.sequence
    }

    /// The message.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Capabilities of the channel.
    pub fn capabilities(&self) -> &ChannelCapabilities {
        &self.capabilities
    }

    /// The peers' part; a channel that peers join has one.
    pub fn application(&self) -> Option<&Application> {
        self.application.as_ref()
    }

    /// Whether there is a peers' part.
    pub fn has_application(&self) -> bool {
        self.application.is_some()
    }

    /// Capabilities of the peers; none without a peers' part.
    pub fn application_capabilities(&self) -> ApplicationCapabilities {
        self.application
            .as_ref()
            .map(|application| application.capabilities.clone())
            .unwrap_or_default()
    }

    /// Organisations with peers, by group name.
    pub fn organisations(&self) -> impl Iterator<Item = &ApplicationOrganisation> {
        self.application
            .iter()
            .flat_map(|application| application.organisations.values())
    }

    /// The organisation with peers that has this MSP ID.
    pub fn organisation_of(&self, msp_id: &str) -> Option<&ApplicationOrganisation> {
        self.organisations()
            .find(|organisation| organisation.msp_id == msp_id)
    }

    /// The ordering service's part.
    pub fn orderer(&self) -> Option<&Orderer> {
        self.orderer.as_ref()
    }

    /// The MSPs of all organisations.
    pub fn msps(&self) -> &Arc<MspManager> {
        &self.msps
    }

    /// Whether an organisation has this MSP ID.
    pub fn has_msp(&self, msp_id: &str) -> bool {
        self.msps.msp(msp_id).is_some()
    }

    /// The policy at an absolute path such as `/Channel/Application/Writers`, or relative to the channel group.
    pub fn policy(&self, path: &str) -> Option<Policy> {
        self.policies.find(path)
    }

    /// Whether there is a policy at that path.
    pub fn has_policy(&self, path: &str) -> bool {
        self.policy(path).is_some()
    }

    /// As [`Self::policy`], with a policy that rejects everything where there is none (rule l:C21).
    pub fn policy_or_reject(&self, path: &str) -> Policy {
        self.policies.find_or_reject(path)
    }

    /// Absolute paths of all policies, sorted.
    pub fn policy_paths(&self) -> impl Iterator<Item = String> {
        self.policies.paths()
    }

    /// Whether signatures satisfy the policy at a path.
    pub fn evaluate(&self, path: &str, signatures: &[SignedData]) -> Result<(), PolicyError> {
        self.policy_or_reject(path).evaluate(signatures)
    }

    /// Compiles a signature policy whose signers are members of this channel; see [`Policy::compile`].
    pub fn compile(&self, policy: &SignaturePolicyEnvelope) -> Result<Policy, PolicyError> {
        Policy::compile(policy, &self.msps)
    }

    /// Compiles an endorsement policy; see [`Policy::compile_endorsement`]. The latest ones are remembered.
    pub fn compile_endorsement(
        &self,
        policy: &SignaturePolicyEnvelope,
    ) -> Result<Policy, PolicyError> {
        let key = policy.encode_to_vec();
        if let Some(known) = self.compiled.get(&key) {
            return Ok(known);
        }
        let compiled = Policy::compile_endorsement(policy, &self.msps)?;
        self.compiled.put(key, compiled.clone());
        Ok(compiled)
    }

    /// The absolute path of the policy that this channel sets for a resource; `None` where the default counts.
    pub fn acl(&self, resource: &str) -> Option<String> {
        self.application.as_ref()?.acls.get(resource).cloned()
    }

    /// Resource to absolute policy path, as far as the channel sets it.
    pub fn acls(&self) -> BTreeMap<String, String> {
        self.application
            .as_ref()
            .map(|application| application.acls.clone())
            .unwrap_or_default()
    }

    /// Where blocks can be had: the endpoints of the orderer organisations, or the global addresses when no
    /// organisation has any (rule l:E31).
    pub fn orderer_endpoints(&self) -> Vec<OrdererEndpoint> {
        let organisations = || {
            self.orderer
                .iter()
                .flat_map(|orderer| orderer.organisations.values())
        };
        let own: Vec<OrdererEndpoint> = organisations()
            .flat_map(|organisation| {
                let tls_roots = organisation.tls_roots();
                organisation
                    .endpoints
                    .iter()
                    .map(move |address| OrdererEndpoint {
                        address: address.clone(),
                        tls_roots: tls_roots.clone(),
                    })
            })
            .collect();
        if !own.is_empty() {
            return own;
        }
        let tls_roots: Vec<Bytes> = organisations()
            .flat_map(|organisation| organisation.tls_roots())
            .collect();
        self.addresses
            .iter()
            .map(|address| OrdererEndpoint {
                address: address.clone(),
                tls_roots: tls_roots.clone(),
            })
            .collect()
    }

    /// TLS roots and intermediates of the organisations with peers, PEM (rule l:C13).
    pub fn application_tls_roots(&self) -> Vec<Bytes> {
        self.organisations()
            .flat_map(|organisation| {
                let msp = &organisation.msp;
                msp.tls_root_certs()
                    .iter()
                    .chain(msp.tls_intermediate_certs())
                    .cloned()
            })
            .collect()
    }

    /// Fails when a channel or application capability is unknown to this program (rule l:C44).
    pub fn check_capabilities(&self) -> Result<(), ConfigError> {
        self.capabilities.check_supported()?;
        self.application_capabilities().check_supported()
    }
}

/// Rule l:C10.
fn check_orderer_capabilities(group: &ConfigGroup) -> Result<(), ConfigError> {
    let Some(orderer) = group.groups.get(key::ORDERER) else {
        return Ok(());
    };
    if orderer.values.contains_key(key::CAPABILITIES) {
        return Ok(());
    }
    if group.values.contains_key(key::CAPABILITIES) {
        return Err(ConfigError::refused(
            "cannot enable channel capabilities without orderer support first",
        ));
    }
    let application = group.groups.get(key::APPLICATION);
    if application.is_some_and(|application| application.values.contains_key(key::CAPABILITIES)) {
        return Err(ConfigError::refused(
            "cannot enable application capabilities without orderer support first",
        ));
    }
    Ok(())
}

struct Parts {
    capabilities: ChannelCapabilities,
    application: Option<Application>,
    orderer: Option<Orderer>,
    addresses: Vec<String>,
    msps: Arc<MspManager>,
}

impl Parts {
    fn read(group: &ConfigGroup, previous: Option<&MspManager>) -> Result<Self, ConfigError> {
        let capabilities = ChannelCapabilities::new(capability_names(group)?);
        let addresses = channel_values(group, &capabilities)?;
        let mut msps = MspCollector::new(capabilities.msp_version(), previous);
        let (mut application, mut orderer) = (None, None);
        for (name, group) in &group.groups {
            let read = match name.as_str() {
                key::APPLICATION => {
                    Application::read(group, &mut msps).map(|read| application = Some(read))
                }
                key::ORDERER => {
                    Orderer::read(group, &mut msps, &capabilities).map(|read| orderer = Some(read))
                }
                key::CONSORTIUMS => consortiums(group, &mut msps),
                _ => {
                    return Err(ConfigError::refused(format!(
                        "Disallowed channel group: {name}"
                    )));
                }
            };
            read.map_err(|error| {
                error.within(format!("could not create channel {name} sub-group config"))
            })?;
        }
        Ok(Self {
            capabilities,
            application,
            orderer,
            addresses,
            msps: msps.finish(),
        })
    }
}

/// Checks the values of the channel group; answers the global orderer addresses.
fn channel_values(
    group: &ConfigGroup,
    capabilities: &ChannelCapabilities,
) -> Result<Vec<String>, ConfigError> {
    only(
        group,
        &[
            key::HASHING_ALGORITHM,
            key::BLOCK_DATA_HASHING_STRUCTURE,
            key::ORDERER_ADDRESSES,
            key::ORDERERS,
            key::CONSORTIUM,
            key::CAPABILITIES,
        ],
    )?;
    value::<Orderers>(group, key::ORDERERS)?;
    value::<Consortium>(group, key::CONSORTIUM)?;
    let hashing: HashingAlgorithm = value(group, key::HASHING_ALGORITHM)?;
    if !matches!(hashing.name.as_str(), "SHA256" | "SHA3_256") {
        return Err(ConfigError::refused(format!(
            "Unknown hashing algorithm type: {}",
            hashing.name
        )));
    }
    let structure: BlockDataHashingStructure = value(group, key::BLOCK_DATA_HASHING_STRUCTURE)?;
    if structure.width != u32::MAX {
        return Err(ConfigError::refused(
            "BlockDataHashStructure width only supported at MaxUint32 in this version",
        ));
    }
    let addresses: OrdererAddresses = value(group, key::ORDERER_ADDRESSES)?;
    if addresses.addresses.is_empty() && !capabilities.org_specific_orderer_endpoints() {
        return Err(ConfigError::refused("Must set some OrdererAddresses"));
    }
    if !addresses.addresses.is_empty() && capabilities.consensus_type_bft() {
        return Err(ConfigError::refused(
            "global OrdererAddresses are not allowed with V3_0 capability, use org specific addresses only",
        ));
    }
    Ok(addresses.addresses)
}

/// Consortiums belong to the system channel of old networks; only their MSPs are read.
fn consortiums(group: &ConfigGroup, msps: &mut MspCollector<'_>) -> Result<(), ConfigError> {
    for consortium in group.groups.values() {
        for (name, organisation) in &consortium.groups {
            msps.msp_of(name, organisation)?;
        }
    }
    Ok(())
}
