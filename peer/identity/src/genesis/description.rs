use std::collections::BTreeMap;

use bytes::Bytes;
use selvedge_protos::{common::Consenter, msp::MspConfig};

use super::Policies;
use crate::BatchParameters;

/// A channel to be made.
#[derive(Debug, Clone)]
pub struct ChannelDescription {
    /// Capabilities of the channel, such as `V3_0` or `V2_0`.
    pub capabilities: Vec<String>,
    /// Policies of the channel group.
    pub policies: Policies,
    /// Capabilities of the peers, such as `V2_5`.
    pub application_capabilities: Vec<String>,
    /// Policies of the application group.
    pub application_policies: Policies,
    /// Organisations with peers.
    pub organisations: Vec<OrganisationDescription>,
    /// Resource to policy reference.
    pub acls: BTreeMap<String, String>,
    /// Capabilities of the ordering nodes, such as `V2_0`.
    pub orderer_capabilities: Vec<String>,
    /// Policies of the orderer group.
    pub orderer_policies: Policies,
    /// Organisations with ordering nodes.
    pub orderer_organisations: Vec<OrganisationDescription>,
    /// When blocks are cut.
    pub batch: BatchParameters,
    /// How ordering nodes agree.
    pub consensus: Consensus,
}

/// How ordering nodes agree.
#[derive(Debug, Clone, Default)]
pub struct Consensus {
    /// `etcdraft` or `BFT`.
    pub kind: String,
    /// Options in the format of the kind: see `raft_metadata`.
    pub metadata: Bytes,
    /// Nodes of a BFT ordering service.
    pub consenters: Vec<Consenter>,
}

/// An organisation of a channel.
#[derive(Debug, Clone)]
pub struct OrganisationDescription {
    /// Name of its group.
    pub name: String,
    /// Its MSP.
    pub msp: MspConfig,
    /// Its policies.
    pub policies: Policies,
    /// Host and port of its anchor peers.
    pub anchor_peers: Vec<(String, u16)>,
    /// Addresses of its ordering nodes, `host:port`.
    pub endpoints: Vec<String>,
}

impl OrganisationDescription {
    /// An organisation with peers and the usual policies.
    pub fn of_peers(name: &str, msp_id: &str, msp: MspConfig) -> Self {
        Self {
            name: name.to_owned(),
            msp,
            policies: Policies::of_peer_organisation(msp_id),
            anchor_peers: Vec::new(),
            endpoints: Vec::new(),
        }
    }

    /// An organisation with ordering nodes and the usual policies.
    pub fn of_orderers(name: &str, msp_id: &str, msp: MspConfig, endpoints: Vec<String>) -> Self {
        Self {
            name: name.to_owned(),
            msp,
            policies: Policies::of_orderer_organisation(msp_id),
            anchor_peers: Vec::new(),
            endpoints,
        }
    }
}

impl ChannelDescription {
    /// A channel with the policies of Fabric's sample configuration and capabilities `V3_0`, `V2_5` and `V2_0` of
    /// channel, peers and ordering nodes.
    pub fn new(
        organisations: Vec<OrganisationDescription>,
        orderer_organisations: Vec<OrganisationDescription>,
        batch: BatchParameters,
        consensus: Consensus,
    ) -> Self {
        Self {
            capabilities: vec!["V3_0".into()],
            policies: Policies::of_channel(),
            application_capabilities: vec!["V2_5".into()],
            application_policies: Policies::of_application(),
            organisations,
            acls: BTreeMap::new(),
            orderer_capabilities: vec!["V2_0".into()],
            orderer_policies: Policies::of_orderer(),
            orderer_organisations,
            batch,
            consensus,
        }
    }
}
