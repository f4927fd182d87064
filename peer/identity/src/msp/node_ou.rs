//! Node OUs: the organisational units that tell clients, peers, admins and orderers apart.

use bytes::Bytes;
use selvedge_protos::{common::msp_role::MspRoleType, msp};

use super::{MspError, MspVersion};

/// A unit and, when configured, the CA chain it must come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NodeOu {
    pub(super) unit: String,
    pub(super) certifiers: Option<[u8; 32]>,
}

/// The four roles.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeOus {
    pub(super) enforced: bool,
    pub(super) client: Option<NodeOu>,
    pub(super) peer: Option<NodeOu>,
    pub(super) admin: Option<NodeOu>,
    pub(super) orderer: Option<NodeOu>,
}

impl NodeOus {
    /// Reads the configuration; `certifiers` computes the identifier of a CA certificate in PEM.
    pub(super) fn read(
        config: Option<&msp::FabricNodeOUs>,
        version: MspVersion,
        mut certifiers: impl FnMut(&Bytes) -> Result<[u8; 32], MspError>,
    ) -> Result<Self, MspError> {
        let Some(config) = config.filter(|_| version >= MspVersion::V1_1) else {
            return Ok(Self::default());
        };
        let mut read = |ou: &Option<msp::FabricOuIdentifier>| -> Result<Option<NodeOu>, MspError> {
            let Some(ou) = ou else { return Ok(None) };
            let certifiers = match ou.certificate.is_empty() {
                true => None,
                false => Some(certifiers(&ou.certificate)?),
            };
            Ok(Some(NodeOu {
                unit: ou.organizational_unit_identifier.clone(),
                certifiers,
            }))
        };
        let mut out = Self {
            enforced: config.enable,
            client: read(&config.client_ou_identifier)?,
            peer: read(&config.peer_ou_identifier)?,
            admin: None,
            orderer: None,
        };
        if version < MspVersion::V1_4_3 {
            required(&out.client, "ClientOU")?;
            required(&out.peer, "PeerOU")?;
            return Ok(out);
        }
        out.admin = read(&config.admin_ou_identifier)?;
        out.orderer = read(&config.orderer_ou_identifier)?;
        if out.all().next().is_none() {
            out.enforced = false;
        }
        Ok(out)
    }

    fn all(&self) -> impl Iterator<Item = &NodeOu> {
        [&self.client, &self.peer, &self.admin, &self.orderer]
            .into_iter()
            .flatten()
    }

    /// The role unit of that name. When two roles share a name the later one in the order client, peer, admin, orderer
    /// counts.
    pub(super) fn named(&self, unit: &str) -> Option<&NodeOu> {
        self.all().filter(|ou| ou.unit == unit).last()
    }

    pub(super) fn role(&self, role: MspRoleType) -> Option<&NodeOu> {
        match role {
            MspRoleType::Client => self.client.as_ref(),
            MspRoleType::Peer => self.peer.as_ref(),
            MspRoleType::Admin => self.admin.as_ref(),
            MspRoleType::Orderer => self.orderer.as_ref(),
            MspRoleType::Member => None,
        }
    }
}

fn required(ou: &Option<NodeOu>, name: &str) -> Result<(), MspError> {
    if ou.as_ref().is_none_or(|ou| ou.unit.is_empty()) {
        return Err(MspError::refused(format!(
            "Failed setting up NodeOUs. {name} must be different from nil."
        )));
    }
    Ok(())
}
