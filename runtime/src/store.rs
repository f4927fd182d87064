use crate::{Label, PackageId};
use bytes::Bytes;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

const SUFFIX: &str = ".tar.gz";
/// Fabric: core/chaincode/persistence/persistence.go.
const TEMPORARY_PREFIX: &str = ".ccpackage.";

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("chaincode install package '{0}' not found")]
    NotFound(PackageId),
    #[error("could not read chaincode install package from {path}: {cause}")]
    Read { path: PathBuf, cause: io::Error },
    #[error("error writing chaincode install package to {path}: {cause}")]
    Write { path: PathBuf, cause: io::Error },
    #[error("error reading chaincode directory at {path}: {cause}")]
    Directory { path: PathBuf, cause: io::Error },
    #[error("could not remove chaincode install package {path}: {cause}")]
    Remove { path: PathBuf, cause: io::Error },
}

/// A package as its file name tells it. Its content may still prove broken when it is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledPackage {
    pub id: PackageId,
    pub label: Label,
}

/// Installed packages, one file each: `<label>.<hash>.tar.gz`, holding the bytes as they were installed.
#[derive(Clone, Debug)]
pub struct PackageStore {
    dir: PathBuf,
}

impl PackageStore {
    /// Opens the store, creating the directory (mode 0750) where it is missing. In Fabric's layout it is
    /// `<peer.fileSystemPath>/lifecycle/chaincodes`.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let dir = dir.into();
        let created = DirBuilder::new().recursive(true).mode(0o750).create(&dir);
        created.map_err(|cause| StoreError::Directory {
            path: dir.clone(),
            cause,
        })?;
        Ok(Self { dir })
    }

    /// Stores the bytes whole or not at all. A package that is there already is left as it is.
    pub fn save(&self, label: &Label, package: &[u8]) -> Result<PackageId, StoreError> {
        let id = PackageId::of(label, package);
        let Some(path) = self.path(&id) else {
            return Err(StoreError::NotFound(id));
        };
        if !path.exists() {
            self.write(&path, package)
                .map_err(|cause| StoreError::Write { path, cause })?;
        }
        Ok(id)
    }

    /// The bytes as they were installed.
    pub fn load(&self, id: &PackageId) -> Result<Bytes, StoreError> {
        let path = self
            .path(id)
            .ok_or_else(|| StoreError::NotFound(id.clone()))?;
        match fs::read(&path) {
            Ok(bytes) => Ok(bytes.into()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(StoreError::NotFound(id.clone())),
            Err(cause) => Err(StoreError::Read { path, cause }),
        }
    }

    /// Forgets a package; one that is not there is forgotten already.
    pub fn delete(&self, id: &PackageId) -> Result<(), StoreError> {
        let Some(path) = self.path(id) else {
            return Ok(());
        };
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::Remove { path, cause })
            }
            _ => Ok(()),
        }
    }

    /// All packages, sorted by ID. Goes by file names alone and ignores every other file.
    pub fn list(&self) -> Result<Vec<InstalledPackage>, StoreError> {
        let failed = |cause| StoreError::Directory {
            path: self.dir.clone(),
            cause,
        };
        let mut packages = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            packages.extend(name.to_str().and_then(installed));
        }
        packages.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(packages)
    }

    /// `None` for an ID that no package has, so that a hostile ID cannot name a file elsewhere.
    fn path(&self, id: &PackageId) -> Option<PathBuf> {
        let (label, hash) = id.parts()?;
        Some(self.dir.join(format!("{label}.{hash}{SUFFIX}")))
    }

    fn write(&self, path: &Path, package: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .tempfile_in(&self.dir)?;
        file.write_all(package)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        fs::File::open(&self.dir)?.sync_all()
    }
}

fn installed(file_name: &str) -> Option<InstalledPackage> {
    let (label, hash) = file_name.strip_suffix(SUFFIX)?.rsplit_once('.')?;
    let id = PackageId::from(format!("{label}:{hash}"));
    id.parts()?;
    Some(InstalledPackage {
        label: Label::new(label).ok()?,
        id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn label() -> Label {
        Label::new("kv_1.0").unwrap()
    }

    #[test]
    fn what_was_saved_is_loaded_listed_and_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let store = PackageStore::open(dir.path().join("lifecycle/chaincodes")).unwrap();
        let id = store.save(&label(), b"bytes").unwrap();
        assert_eq!(store.save(&label(), b"bytes").unwrap(), id);
        assert_eq!(store.load(&id).unwrap(), &b"bytes"[..]);
        assert_eq!(
            store.list().unwrap(),
            [InstalledPackage {
                id: id.clone(),
                label: label()
            }]
        );
        let mode = fs::metadata(store.path(&id).unwrap())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        store.delete(&id).unwrap();
        store.delete(&id).unwrap();
        assert_eq!(
            store.load(&id).unwrap_err().to_string(),
            format!("chaincode install package '{id}' not found")
        );
    }

    #[test]
    fn other_files_are_ignored_and_other_names_not_reached() {
        let dir = tempfile::tempdir().unwrap();
        let store = PackageStore::open(dir.path()).unwrap();
        let hash = "0".repeat(64);
        for name in [
            "x.tar.gz",
            ".ccpackage.1",
            &format!("_.{hash}.tar.gz"),
            &format!("l.{hash}.tgz"),
        ] {
            fs::write(dir.path().join(name), b"").unwrap();
        }
        fs::write(dir.path().join(format!("a.b.{hash}.tar.gz")), b"").unwrap();
        let ids: Vec<_> = store.list().unwrap().into_iter().map(|p| p.id).collect();
        assert_eq!(ids, [PackageId::from(format!("a.b:{hash}"))]);
        let outside = PackageId::from(format!("../x:{hash}"));
        assert!(matches!(store.load(&outside), Err(StoreError::NotFound(_))));
    }

    #[test]
    fn a_failed_write_names_the_file_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = PackageStore::open(dir.path().join("gone")).unwrap();
        fs::remove_dir(dir.path().join("gone")).unwrap();
        let error = store.save(&label(), b"bytes").unwrap_err().to_string();
        assert!(
            error.starts_with("error writing chaincode install package to "),
            "{error}"
        );
    }
}
