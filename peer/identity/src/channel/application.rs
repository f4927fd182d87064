use std::{collections::BTreeMap, sync::Arc};

use selvedge_protos::{
    common::ConfigGroup,
    protos::{AcLs, AnchorPeer, AnchorPeers},
};

use super::{
    ApplicationCapabilities, ConfigError, acl,
    organisation::MspCollector,
    values::{capability_names, key, only, value},
};
use crate::Msp;

/// The peers' part of a channel.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its organisations by group name.
    pub organisations: BTreeMap<String, ApplicationOrganisation>,
    /// What the peers must be able to do.
    pub capabilities: ApplicationCapabilities,
    /// Resource to absolute policy path, where the channel overrides the default.
    pub acls: BTreeMap<String, String>,
}

/// An organisation with peers.
#[derive(Debug, Clone)]
pub struct ApplicationOrganisation {
    /// Name of its group, which need not be the MSP ID.
    pub name: String,
    /// MSP ID.
    pub msp_id: String,
    /// Its members.
    pub msp: Arc<Msp>,
    /// Where other organisations find its peers.
    pub anchor_peers: Vec<AnchorPeer>,
}

impl Application {
    pub(super) fn read(
        group: &ConfigGroup,
        msps: &mut MspCollector<'_>,
    ) -> Result<Self, ConfigError> {
        only(group, &[key::ACLS, key::CAPABILITIES])?;
        let capabilities = ApplicationCapabilities::new(capability_names(group)?);
        if !capabilities.acls() && group.values.contains_key(key::ACLS) {
            return Err(ConfigError::refused(
                "ACLs may not be specified without the required capability",
            ));
        }
        let acls: AcLs = value(group, key::ACLS)?;
        let mut organisations = BTreeMap::new();
        for (name, group) in &group.groups {
            organisations.insert(
                name.clone(),
                ApplicationOrganisation::read(name, group, msps)?,
            );
        }
        Ok(Self {
            organisations,
            capabilities,
            acls: acl::overrides(acls),
        })
    }
}

impl ApplicationOrganisation {
    fn read(
        name: &str,
        group: &ConfigGroup,
        msps: &mut MspCollector<'_>,
    ) -> Result<Self, ConfigError> {
        if !group.groups.is_empty() {
            return Err(ConfigError::refused(
                "ApplicationOrg config does not allow sub-groups",
            ));
        }
        only(group, &[key::ANCHOR_PEERS, key::MSP])?;
        let anchors: AnchorPeers = value(group, key::ANCHOR_PEERS)?;
        let msp = msps.msp_of(name, group)?;
        Ok(Self {
            name: name.to_owned(),
            msp_id: msp.id().to_owned(),
            msp,
            anchor_peers: anchors.anchor_peers,
        })
    }
}
