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
        let label = Label::new(self.label.as_str())?;
        let metadata = PackageMetadata {
            path: self.path.clone(),
            kind: self.kind.clone(),
            label: label.as_str().to_owned(),
        };
        let code = code_archive(&self.files)?;
        let metadata = serde_json::to_vec(&metadata)?;
        tar_gz([
            ("metadata.json", metadata.as_slice()),
            ("code.tar.gz", code.as_slice()),
        ])
    }
}

/// A gzipped tar of these files, as it is in a package.
///
/// # Errors
/// When a path cannot be stored.
pub fn code_archive(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, WriteError> {
    tar_gz(
        files
            .iter()
            .map(|(name, content)| (name.as_str(), content.as_slice())),
    )
}

fn tar_gz<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, WriteError> {
    // 255: unknown system. The default would name the one that built this library.
    let gzip: GzEncoder<Vec<u8>> = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::new(9));
    let mut tar = tar::Builder::new(gzip);
    for (name, content) in files {
        append(&mut tar, name, content)?;
    }
    Ok(tar.into_inner()?.finish()?)
}

fn append(
    tar: &mut tar::Builder<GzEncoder<Vec<u8>>>,
    name: &str,
    content: &[u8],
) -> Result<(), WriteError> {
    let climbs = name.split('/').any(|part| matches!(part, "" | "." | ".."));
    if climbs || name.contains('\0') {
        return Err(WriteError::Path(name.to_owned()));
    }
    let mut header = tar::Header::new_ustar();
    header.set_size(content.len() as u64);
    header.set_mode(0o100_644);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mtime(0);
    tar.append_data(&mut header, name, content)?;
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
