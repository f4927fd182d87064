//! The packages this peer has, found by ID and by the hash under which approvals name them.

use super::definition;
use parking_lot::RwLock;
use selvedge_runtime::{Installed, PackageId, Runtimes, StoreError};
use std::collections::BTreeMap;

/// Kept in memory: every invocation looks here.
#[derive(Debug, Default)]
pub struct InstalledIndex(RwLock<Index>);

#[derive(Debug, Default)]
struct Index {
    /// ID to label.
    labels: BTreeMap<PackageId, String>,
    by_hash: BTreeMap<[u8; 32], PackageId>,
}

impl InstalledIndex {
    /// What is on disk, by file name: a broken file shows when it is built.
    pub fn open(runtimes: &Runtimes) -> Result<Self, StoreError> {
        let index = Self::default();
        for package in runtimes.store().list()? {
            index.insert(package.id, package.label.to_string());
        }
        Ok(index)
    }

    pub(super) fn installed(&self, package: &Installed) {
        self.insert(package.id.clone(), package.label.to_string());
    }

    fn insert(&self, id: PackageId, label: String) {
        let mut index = self.0.write();
        index
            .by_hash
            .insert(definition::package_hash(id.as_str()), id.clone());
        index.labels.insert(id, label);
    }

    /// (ID, label) of one package.
    pub fn find(&self, package_id: &str) -> Option<(PackageId, String)> {
        let index = self.0.read();
        let (id, label) = index.labels.get_key_value(&PackageId::from(package_id))?;
        Some((id.clone(), label.clone()))
    }

    /// The package that an approval names by this hash.
    pub fn by_hash(&self, hash: &[u8]) -> Option<PackageId> {
        let hash: [u8; 32] = hash.try_into().ok()?;
        self.0.read().by_hash.get(&hash).cloned()
    }

    /// (ID, label) of all packages, sorted by ID.
    pub fn all(&self) -> Vec<(PackageId, String)> {
        self.0
            .read()
            .labels
            .iter()
            .map(|(id, label)| (id.clone(), label.clone()))
            .collect()
    }
}
