use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use prost::Message;
use selvedge_protos::{
    common::{MspPrincipal, msp_role::MspRoleType},
    msp::{FabricMspConfig, MspConfig, SerializedIdentity},
};

use super::{Identity, MspError, MspVersion, core::MspCore, setup};
use crate::cache::Cache;

/// Identities remembered per MSP and per manager.
const IDENTITIES: usize = 1024;

/// `MSPConfig.type` of an X.509 MSP.
const FABRIC: i32 = 0;

/// One organisation's membership rules.
#[derive(Debug)]
pub struct Msp {
    core: Arc<MspCore>,
    config: MspConfig,
    identities: Cache<Bytes, Arc<Identity>>,
}

impl Msp {
    /// The MSP of a directory in Fabric's layout, under the newest rules. A certificate in `signcerts` is not needed.
    pub fn from_dir(dir: impl AsRef<std::path::Path>, msp_id: &str) -> Result<Self, MspError> {
        Self::from_config(&super::msp_config_from_dir(dir, msp_id)?, MspVersion::V3_0)
    }

    /// The MSP of a configuration message.
    pub fn from_config(config: &MspConfig, version: MspVersion) -> Result<Self, MspError> {
        if config.r#type != FABRIC {
            return Err(MspError::refused(format!(
                "MSP of type {} cannot be set up: only X.509 (type 0) is supported",
                config.r#type
            )));
        }
        let fabric = FabricMspConfig::decode(config.config.clone())
            .map_err(MspError::unmarshal("fabric msp config"))?;
        Ok(Self {
            core: Arc::new(setup::settle(&fabric, version)?),
            config: config.clone(),
            identities: Cache::new(IDENTITIES),
        })
    }

    /// The MSP identifier.
    pub fn id(&self) -> &str {
        &self.core.name
    }

    /// The message it was made from.
    pub fn config(&self) -> &MspConfig {
        &self.config
    }

    /// Which rules it follows.
    pub fn version(&self) -> MspVersion {
        self.core.version
    }

    /// TLS root certificates, PEM.
    pub fn tls_root_certs(&self) -> &[Bytes] {
        &self.core.tls_roots
    }

    /// TLS intermediate certificates, PEM.
    pub fn tls_intermediate_certs(&self) -> &[Bytes] {
        &self.core.tls_intermediates
    }

    /// The identity in a `SerializedIdentity` of this MSP. It has a chain, but may still be invalid.
    pub fn deserialize(&self, serialized: &[u8]) -> Result<Arc<Identity>, MspError> {
        if let Some(known) = self.identities.get(serialized) {
            return Ok(known);
        }
        let identity = Arc::new(Identity::deserialize(&self.core, serialized)?);
        self.identities
            .put(Bytes::copy_from_slice(serialized), Arc::clone(&identity));
        Ok(identity)
    }

    /// The identity of a certificate in PEM.
    pub fn identity(&self, pem: &[u8]) -> Result<Identity, MspError> {
        Identity::from_pem(&self.core, pem)
    }

    /// [`Identity::validate`], for an identity of this MSP.
    pub fn validate(&self, identity: &Identity) -> Result<(), MspError> {
        self.check_own(identity)?;
        identity.validate()
    }

    /// [`Identity::satisfies`].
    pub fn satisfies(&self, identity: &Identity, principal: &MspPrincipal) -> Result<(), MspError> {
        identity.satisfies(principal)
    }

    /// Whether an identity has a role in this MSP.
    pub fn satisfies_role(&self, identity: &Identity, role: MspRoleType) -> Result<(), MspError> {
        self.check_own(identity)?;
        identity.has_role(role)
    }

    fn check_own(&self, identity: &Identity) -> Result<(), MspError> {
        if identity.msp_id() == self.id() {
            return Ok(());
        }
        Err(MspError::DifferentMsp {
            expected: self.id().to_owned(),
            got: identity.msp_id().to_owned(),
        })
    }
}

/// The MSPs of a channel.
#[derive(Debug, Default)]
pub struct MspManager {
    msps: BTreeMap<String, Arc<Msp>>,
}

impl MspManager {
    /// A manager of these MSPs; of two with one name the last one counts.
    pub fn new(msps: impl IntoIterator<Item = Arc<Msp>>) -> Self {
        Self {
            msps: msps
                .into_iter()
                .map(|msp| (msp.id().to_owned(), msp))
                .collect(),
        }
    }

    /// The identity in a `SerializedIdentity`. It has a chain in its MSP, but may still be invalid.
    pub fn deserialize(&self, serialized: &[u8]) -> Result<Arc<Identity>, MspError> {
        let message = SerializedIdentity::decode(serialized)
            .map_err(|error| MspError::SerializedIdentity(error.to_string()))?;
        self.msps
            .get(&message.mspid)
            .ok_or(MspError::UnknownMsp(message.mspid))?
            .deserialize(serialized)
    }

    /// [`Identity::validate`].
    pub fn validate(&self, identity: &Identity) -> Result<(), MspError> {
        identity.validate()
    }

    /// [`Identity::satisfies`].
    pub fn satisfies(&self, identity: &Identity, principal: &MspPrincipal) -> Result<(), MspError> {
        identity.satisfies(principal)
    }

    /// The MSP of that name.
    pub fn msp(&self, id: &str) -> Option<&Arc<Msp>> {
        self.msps.get(id)
    }

    /// All MSPs, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Msp>> {
        self.msps.values()
    }
}
