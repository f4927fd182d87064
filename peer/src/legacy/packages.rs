//! The legacy packages of a peer, and whether they are what a channel instantiated.

use super::{LegacyPackage, LegacyStore, PackageError, StoreError};
use parking_lot::Mutex;
use selvedge_protos::ccprovider::ChaincodeData;
use selvedge_runtime::{LegacyCode, OtherPackages, Package, PackageId};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Why an instantiated chaincode is not run here; `Display` is Fabric's text.
#[derive(Debug, thiserror::Error)]
pub enum SecurityError {
    #[error("invalid deployment spec: {0}")]
    Load(#[from] StoreError),
    #[error("chaincode fingerprint mismatch: {0}")]
    Fingerprint(#[from] PackageError),
    #[error("Instantiation policy mismatch for cc {0}")]
    InstantiationPolicy(String),
}

/// Installed legacy packages. The code of one that is in use is not read again.
#[derive(Debug)]
pub struct LegacyPackages {
    store: LegacyStore,
    known: Mutex<BTreeMap<String, Arc<LegacyPackage>>>,
}

impl LegacyPackages {
    /// See [`LegacyStore::open`].
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Ok(Self {
            store: LegacyStore::open(dir)?,
            known: Mutex::default(),
        })
    }

    pub fn store(&self) -> &LegacyStore {
        &self.store
    }

    /// Whether the package installed here is the one that was instantiated, with the instantiation policy it demands: a
    /// peer that endorsed the instantiation could have left that out.
    ///
    /// The file is read once; Fabric also compares only once, here every definition is compared.
    ///
    /// Fabric: core/scc/lscc/lscc.go, SecurityCheckLegacyChaincode.
    pub fn check(&self, committed: &ChaincodeData) -> Result<(), SecurityError> {
        let package = self.known(committed)?;
        package.check_against(committed)?;
        match &package.instantiation_policy {
            Some(policy) if *policy != committed.instantiation_policy => {
                Err(SecurityError::InstantiationPolicy(package.id()))
            }
            _ => Ok(()),
        }
    }

    fn known(&self, committed: &ChaincodeData) -> Result<Arc<LegacyPackage>, StoreError> {
        let id = format!("{}:{}", committed.name, committed.version);
        if let Some(known) = self.known.lock().get(&id) {
            return Ok(Arc::clone(known));
        }
        // The fingerprint is all that is compared; the code need not stay in memory.
        let package = Arc::new(self.store.load(&id)?.without_code());
        self.known.lock().insert(id, Arc::clone(&package));
        Ok(package)
    }
}

impl OtherPackages for LegacyPackages {
    fn load(&self, id: &PackageId) -> Result<Package, String> {
        let package = self.store.load(id.as_str());
        let package = package
            .map_err(|error| format!("could not get legacy chaincode package '{id}': {error}"))?;
        let code = LegacyCode {
            kind: package.kind_name(),
            path: package.chaincode.path,
            name: package.chaincode.name,
            code: package.code,
        };
        Package::of_legacy(id.clone(), code).map_err(|error| error.to_string())
    }
}
