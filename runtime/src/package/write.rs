use super::{InvalidLabel, Label, PackageMetadata};
use flate2::{Compression, GzBuilder, write::GzEncoder};
use std::collections::BTreeMap;
use std::io;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum WriteError {
    #[error(transparent)]
    Label(#[from] InvalidLabel),
    #[error(
        "the path '{0}' cannot be stored in a package: it must be relative, without '..' or NUL"
    )]
    Path(String),
    #[error("cannot write the package: {0}")]
    Io(#[from] io::Error),
    #[error("cannot write metadata.json: {0}")]
    Json(#[from] serde_json::Error),
}

/// What goes into a package. The same source gives the same bytes, and so the same package ID, on every machine:
/// entries are sorted, there are no times, owners or names of machines, and the compression is fixed.
#[derive(Clone, Debug)]
pub struct PackageSource {
    pub label: String,
    /// `wasm`, `ccaas`, …
    pub kind: String,
    /// Where the code came from; recorded and read by nothing.
    pub path: String,
    /// Content of `code.tar.gz` by path.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl PackageSource {
    /// A Wasm package: the component, and files below `META-INF/` by path.
    pub fn wasm(label: &str, component: Vec<u8>, meta_inf: BTreeMap<String, Vec<u8>>) -> Self {
        let mut files = meta_inf;
        files.insert("chaincode.wasm".to_owned(), component);
        Self {
            label: label.to_owned(),
            kind: "wasm".to_owned(),
            path: String::new(),
            files,
        }
    }

    /// The bytes of the package. Fabric: internal/peer/lifecycle/chaincode/package.go getTarGzBytes.
    pub fn write(&self) -> Result<Vec<u8>, WriteError> {
        outer(
            &self.label,
            &self.kind,
            &self.path,
            &code_archive(&self.files)?,
        )
    }
}

/// What goes into a package of source code, laid out as Fabric's command line does it: entries in the order given, owned
/// by user and group 500. As with [`PackageSource`] the same source gives the same bytes everywhere.
///
/// Fabric: core/chaincode/platforms/golang/platform.go GetDeploymentPayload, util/writer.go WriteFileToPackage.
#[derive(Clone, Debug, Default)]
pub struct SourceTree {
    pub label: String,
    /// `golang`, `node`, `java`.
    pub kind: String,
    /// For Go the import path of the chaincode, which its build needs.
    pub path: String,
    /// Directories, written before all files.
    pub directories: Vec<String>,
    pub files: Vec<(String, Vec<u8>)>,
}

impl SourceTree {
    const OWNER: u64 = 500;

    /// The bytes of the package.
    pub fn write(&self) -> Result<Vec<u8>, WriteError> {
        outer(&self.label, &self.kind, &self.path, &self.code()?)
    }

    /// `code.tar.gz` alone, which is what a legacy package has.
    pub fn code(&self) -> Result<Vec<u8>, WriteError> {
        let directories = self.directories.iter();
        let files = self.files.iter();
        let entries = directories
            .map(|name| Entry::directory(name, Self::OWNER))
            .chain(files.map(|(name, content)| Entry::file(name, content, Self::OWNER)));
        tar_gz(entries)
    }
}

fn outer(label: &str, kind: &str, path: &str, code: &[u8]) -> Result<Vec<u8>, WriteError> {
    let label = Label::new(label)?;
    let metadata = PackageMetadata {
        path: path.to_owned(),
        kind: kind.to_owned(),
        label: label.as_str().to_owned(),
    };
    let metadata = serde_json::to_vec(&metadata)?;
    tar_gz([
        Entry::file("metadata.json", &metadata, 0),
        Entry::file("code.tar.gz", code, 0),
    ])
}

/// A gzipped tar of these files, as it is in a package.
///
/// # Errors
/// When a path cannot be stored.
pub fn code_archive(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, WriteError> {
    let files = files.iter();
    tar_gz(files.map(|(name, content)| Entry::file(name, content, 0)))
}

struct Entry<'a> {
    name: &'a str,
    /// `None`: a directory.
    content: Option<&'a [u8]>,
    owner: u64,
}

impl<'a> Entry<'a> {
    fn file(name: &'a str, content: &'a [u8], owner: u64) -> Self {
        let content = Some(content);
        Self {
            name,
            content,
            owner,
        }
    }

    fn directory(name: &'a str, owner: u64) -> Self {
        Self {
            name,
            content: None,
            owner,
        }
    }
}

fn tar_gz<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Result<Vec<u8>, WriteError> {
    // 255: unknown system. The default would name the one that built this library.
    let gzip: GzEncoder<Vec<u8>> = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::new(9));
    let mut tar = tar::Builder::new(gzip);
    for entry in entries {
        append(&mut tar, &entry)?;
    }
    Ok(tar.into_inner()?.finish()?)
}

fn append(tar: &mut tar::Builder<GzEncoder<Vec<u8>>>, entry: &Entry<'_>) -> Result<(), WriteError> {
    let name = entry.name;
    let climbs = name.split('/').any(|part| matches!(part, "" | "." | ".."));
    if climbs || name.contains('\0') {
        return Err(WriteError::Path(name.to_owned()));
    }
    let mut header = tar::Header::new_ustar();
    header.set_uid(entry.owner);
    header.set_gid(entry.owner);
    header.set_mtime(0);
    match entry.content {
        Some(content) => {
            header.set_size(content.len() as u64);
            header.set_mode(0o100_644);
            header.set_entry_type(tar::EntryType::Regular);
            tar.append_data(&mut header, name, content)?;
        }
        None => {
            header.set_size(0);
            header.set_mode(0o040_755);
            header.set_entry_type(tar::EntryType::Directory);
            tar.append_data(&mut header, format!("{name}/"), io::empty())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Package;

    fn source() -> PackageSource {
        let meta = BTreeMap::from([(
            "META-INF/statedb/couchdb/indexes/a.json".to_owned(),
            b"{}".to_vec(),
        )]);
        PackageSource::wasm("basic_1.0", b"\0asm".to_vec(), meta)
    }

    #[test]
    fn what_is_written_parses() {
        let package = Package::parse(&source().write().unwrap()).unwrap();
        assert_eq!(package.label.as_str(), "basic_1.0");
        assert_eq!(package.metadata.kind, "wasm");
        assert_eq!(
            package.db_artifacts[0].name,
            "META-INF/statedb/couchdb/indexes/a.json"
        );
        assert_eq!(
            &package.metadata_json[..],
            br#"{"path":"","type":"wasm","label":"basic_1.0"}"#
        );
    }

    #[test]
    fn the_bytes_are_fixed() {
        let bytes = source().write().unwrap();
        assert_eq!(bytes, source().write().unwrap());
        assert_eq!(&bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    }

    #[test]
    fn source_trees_are_laid_out_as_fabric_does() {
        let tree = SourceTree {
            label: "go_1".into(),
            kind: "golang".into(),
            path: "example.com/cc".into(),
            directories: vec!["src".into()],
            files: vec![("src/go.mod".into(), b"module example.com/cc".to_vec())],
        };
        let package = Package::parse(&tree.write().unwrap()).unwrap();
        assert_eq!(package.metadata.path, "example.com/cc");
        let gzip = flate2::read::GzDecoder::new(&package.code[..]);
        let mut tar = tar::Archive::new(gzip);
        let entries = tar.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            let header = entry.header();
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let mode = header.mode().unwrap();
            (name, mode, header.uid().unwrap(), header.mtime().unwrap())
        });
        assert_eq!(
            entries.collect::<Vec<_>>(),
            [
                ("src/".to_owned(), 0o040_755, 500, 0),
                ("src/go.mod".to_owned(), 0o100_644, 500, 0)
            ]
        );
    }

    #[test]
    fn long_names_survive() {
        let name = format!("META-INF/statedb/{}", "x".repeat(300));
        let source = PackageSource::wasm("l", vec![1], BTreeMap::from([(name.clone(), vec![7])]));
        let package = Package::parse(&source.write().unwrap()).unwrap();
        assert_eq!(package.db_artifacts[0].name, name);
    }

    #[test]
    fn bad_paths_and_labels_are_refused() {
        for path in ["/a", "../a", "a/../b", "a//b", "", "a\0"] {
            let source =
                PackageSource::wasm("l", vec![], BTreeMap::from([(path.to_owned(), vec![])]));
            assert!(
                matches!(source.write(), Err(WriteError::Path(_))),
                "{path:?}"
            );
        }
        assert!(matches!(
            PackageSource::wasm("", vec![], BTreeMap::new()).write(),
            Err(WriteError::Label(_))
        ));
    }
}
