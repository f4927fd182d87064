//! Where legacy packages are kept: one file each, `<name>.<version>`.
//!
//! Fabric: core/common/ccprovider.

use super::{LegacyPackage, PackageError};
use bytes::Bytes;
use std::{
    fs::{self, DirBuilder, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// Without a dot, so that a file left behind by a crash is not taken for a package.
const TEMPORARY_PREFIX: &str = "ccpackage-";

/// `Display` is Fabric's text.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("Could not create chaincodes install path {path}: {cause}")]
    Directory { path: PathBuf, cause: io::Error },
    #[error("chaincode {0} exists")]
    Exists(PathBuf),
    #[error("writing {path}: {cause}")]
    Write { path: PathBuf, cause: io::Error },
    #[error("open {path}: {cause}")]
    Read { path: PathBuf, cause: String },
    #[error(transparent)]
    Package(#[from] PackageError),
}

/// The files.
#[derive(Clone, Debug)]
pub struct LegacyStore {
    dir: PathBuf,
}

impl LegacyStore {
    /// Opens the store, creating the directory (mode 0755) where it is missing. In Fabric's layout it is
    /// `<peer.fileSystemPath>/chaincodes`.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let dir = dir.into();
        let created = DirBuilder::new().recursive(true).mode(0o755).create(&dir);
        created.map_err(|cause| StoreError::Directory {
            path: dir.clone(),
            cause,
        })?;
        Ok(Self { dir })
    }

    /// Stores a package whole or not at all. One of this name and version must not be there.
    pub fn put(&self, package: &LegacyPackage) -> Result<(), StoreError> {
        let id = package.id();
        let path = self.path(&id);
        if !is_plain(&id) {
            let cause = io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file");
            return Err(StoreError::Write { path, cause });
        }
        if path.exists() {
            return Err(StoreError::Exists(path));
        }
        self.write(&path, &package.bytes)
            .map_err(|cause| StoreError::Write { path, cause })
    }

    /// The package that was installed as `name:version`.
    pub fn load(&self, id: &str) -> Result<LegacyPackage, StoreError> {
        let path = self.path(id);
        let bytes = match is_plain(id) {
            true => fs::read(&path).map_err(|error| describe(&error)),
            false => Err("no such file or directory".to_owned()),
        };
        match bytes {
            Ok(bytes) => Ok(LegacyPackage::read(&Bytes::from(bytes))?),
            Err(cause) => Err(StoreError::Read { path, cause }),
        }
    }

    /// `name:version` of every file whose name has a dot in it, sorted.
    pub fn list(&self) -> Result<Vec<String>, StoreError> {
        let failed = |cause| StoreError::Directory {
            path: self.dir.clone(),
            cause,
        };
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let name = entry.file_name();
            found.extend(name.to_str().and_then(id));
        }
        found.sort();
        Ok(found)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.dir.join(id.replace(':', "."))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(&self.dir)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path)?;
        fs::File::open(&self.dir)?.sync_all()
    }
}

/// The name of a package ends at the first dot: versions have dots, names do not.
fn id(file_name: &str) -> Option<String> {
    let (name, version) = file_name.split_once('.')?;
    Some(format!("{name}:{version}"))
}

/// An ID comes from a client or a ledger and must not lead to a file elsewhere.
fn is_plain(id: &str) -> bool {
    !id.contains('/') && !id.contains('\0') && !id.starts_with('.')
}

/// What the operating system says, without Rust's error number behind it.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;
    use selvedge_protos::protos::{ChaincodeDeploymentSpec, ChaincodeId, ChaincodeSpec};

    fn package(version: &str) -> LegacyPackage {
        named("cc", version)
    }

    fn named(name: &str, version: &str) -> LegacyPackage {
        let specification = ChaincodeDeploymentSpec {
            chaincode_spec: Some(ChaincodeSpec {
                chaincode_id: Some(ChaincodeId {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    ..Default::default()
                }),
                ..Default::default()
            }),
            ..Default::default()
        };
        LegacyPackage::parse(&specification.encode_to_vec().into()).unwrap()
    }

    #[test]
    fn packages_are_kept_under_name_and_version() {
        let dir = tempfile::tempdir().unwrap();
        let store = LegacyStore::open(dir.path().join("chaincodes")).unwrap();
        store.put(&package("1.0")).unwrap();
        store.put(&package("0.9.1")).unwrap();
        let file = dir.path().join("chaincodes/cc.1.0");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        assert_eq!(
            store.put(&package("1.0")).unwrap_err().to_string(),
            format!("chaincode {} exists", file.display())
        );
        assert_eq!(store.load("cc:1.0").unwrap(), package("1.0"));
        fs::create_dir(dir.path().join("chaincodes/a.directory")).unwrap();
        fs::write(dir.path().join("chaincodes/nodot"), b"").unwrap();
        assert_eq!(store.list().unwrap(), ["cc:0.9.1", "cc:1.0"]);
    }

    #[test]
    fn what_is_not_there_has_the_text_of_go() {
        let dir = tempfile::tempdir().unwrap();
        let store = LegacyStore::open(dir.path()).unwrap();
        fs::write(dir.path().join("secret"), b"x").unwrap();
        for id in ["cc:1.0", "lscc.syscc", "../secret", "a/../secret"] {
            let path = dir.path().join(id.replace(':', "."));
            assert_eq!(
                store.load(id).unwrap_err().to_string(),
                format!("open {}: no such file or directory", path.display())
            );
        }
    }

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let store = LegacyStore::open(dir.path().join("chaincodes")).unwrap();
        for (name, version) in [
            ("../cc", "1"),
            ("cc", "/../../cc"),
            (".", "."),
            ("", "1/.."),
        ] {
            let refused = store.put(&named(name, version)).unwrap_err();
            assert!(matches!(refused, StoreError::Write { .. }), "{refused}");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(store.list().unwrap().is_empty());
    }
}
