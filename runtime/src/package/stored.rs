//! A package read back from where it was stored, to be built.
//!
//! Reading is not parsing: the two files are looked up one by one, of a name that occurs twice the first entry counts,
//! and entries that are neither are passed over. The texts say which step failed.
//!
//! Fabric: core/chaincode/persistence/chaincode_package.go, FallbackPackageLocator and ChaincodePackageStreamer.

use super::gzip::Gunzip;
use super::parse::{CODE, MAX_OUTER, MAX_OUTER_ENTRIES, METADATA, db_artifacts};
use super::tar_reader::TarReader;
use super::{Label, Package, PackageId, PackageMetadata};
use bytes::Bytes;
use thiserror::Error;

/// Why a stored package cannot be built; `Display` is Fabric's text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoredPackageError {
    #[error(
        "error retrieving chaincode package metadata '{id}': could not get metadata file: {cause}"
    )]
    Metadata { id: PackageId, cause: FileError },
    #[error(
        "error retrieving chaincode package metadata '{id}': could not parse metadata file: {cause}"
    )]
    Json { id: PackageId, cause: String },
    #[error("error retrieving chaincode package code '{id}': could not get code package: {cause}")]
    Code { id: PackageId, cause: FileError },
    /// Fabric trusts the file's name. What runs here is what was agreed on.
    #[error("error retrieving chaincode package '{id}': its content is that of '{found}'")]
    OtherContent { id: PackageId, found: PackageId },
}

/// Why one file of a package cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FileError {
    #[error("could not open chaincode package at '{path}': {cause}")]
    Open { path: String, cause: String },
    #[error("error reading as gzip stream: {0}")]
    NotGzip(String),
    #[error("error inspecting next tar header: {0}")]
    Header(String),
    #[error("tar entry {name} is not a regular file, type {kind}")]
    NotAFile { name: &'static str, kind: u8 },
    #[error("did not find file '{0}' in package")]
    Missing(&'static str),
    #[error("could not read {name} from tar: {cause}")]
    Body { name: &'static str, cause: String },
}

impl Package {
    /// The package that `bytes` hold, which were stored under `id`.
    ///
    /// # Errors
    /// When one of the two files cannot be read, or the bytes are those of another package.
    pub fn stored(id: &PackageId, bytes: &[u8]) -> Result<Self, StoredPackageError> {
        let json = file(bytes, METADATA).map_err(|cause| StoredPackageError::Metadata {
            id: id.clone(),
            cause,
        })?;
        let metadata =
            PackageMetadata::from_json(&json).map_err(|cause| StoredPackageError::Json {
                id: id.clone(),
                cause,
            })?;
        let code = file(bytes, CODE).map_err(|cause| StoredPackageError::Code {
            id: id.clone(),
            cause,
        })?;
        let label = label_of(id, &metadata);
        let found = label.as_ref().map(|label| PackageId::of(label, bytes));
        match (label, found) {
            (Some(label), Some(found)) if found == *id => Ok(Self {
                id: found,
                label,
                metadata,
                metadata_json: json,
                // Whatever was wrong with these, installing the package would have found it.
                db_artifacts: db_artifacts(&code).unwrap_or_default(),
                first_code: code.clone(),
                code,
            }),
            (_, found) => Err(StoredPackageError::OtherContent {
                id: id.clone(),
                found: found.unwrap_or_else(|| PackageId::from(metadata.label)),
            }),
        }
    }
}

/// The label under which the bytes are hashed: that of the ID, unless the package itself says otherwise.
fn label_of(id: &PackageId, metadata: &PackageMetadata) -> Option<Label> {
    let own = Label::new(metadata.label.as_str()).ok();
    own.or_else(|| Label::new(id.parts()?.0).ok())
}

fn file(bytes: &[u8], name: &'static str) -> Result<Bytes, FileError> {
    let stream = Gunzip::new(bytes, MAX_OUTER).map_err(FileError::NotGzip)?;
    let mut tar = TarReader::new(stream, MAX_OUTER_ENTRIES);
    while let Some(entry) = tar.next_header().map_err(FileError::Header)? {
        if entry.name != name {
            continue;
        }
        if !entry.is_file() {
            return Err(FileError::NotAFile {
                name,
                kind: entry.kind,
            });
        }
        let body = tar.body(MAX_OUTER as usize);
        return body
            .map(Bytes::from)
            .map_err(|cause| FileError::Body { name, cause });
    }
    Err(FileError::Missing(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PackageSource;
    use flate2::{Compression, write::GzEncoder};
    use std::collections::BTreeMap;
    use std::io::Write;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn tar_gz(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, kind, body) in entries {
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(tar::EntryType::new(*kind));
            header.set_size(body.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *body).unwrap();
        }
        gz(&builder.into_inner().unwrap())
    }

    const META: &[u8] = br#"{"path":"p","type":"wasm","label":"l"}"#;

    fn id_of(bytes: &[u8]) -> PackageId {
        PackageId::of(&Label::new("l").unwrap(), bytes)
    }

    fn refusal(bytes: &[u8]) -> String {
        let id = id_of(bytes);
        let text = Package::stored(&id, bytes).unwrap_err().to_string();
        text.replace(id.as_str(), "ID")
    }

    #[test]
    fn what_was_installed_is_read_back() {
        let source = PackageSource::wasm("l", b"\0asm".to_vec(), BTreeMap::new());
        let bytes = source.write().unwrap();
        let package = Package::parse(&bytes).unwrap();
        assert_eq!(Package::stored(&package.id, &bytes), Ok(package));
    }

    #[test]
    fn each_step_has_its_text() {
        let code = tar_gz(&[]);
        let good = ("code.tar.gz", b'0', &code[..]);
        let meta = "error retrieving chaincode package metadata 'ID': ";
        let of_code = "error retrieving chaincode package code 'ID': could not get code package: ";
        let rows: [(Vec<u8>, String); 8] = [
            (
                vec![],
                format!("{meta}could not get metadata file: error reading as gzip stream: EOF"),
            ),
            (
                b"this is not gzip".to_vec(),
                format!(
                    "{meta}could not get metadata file: error reading as gzip stream: gzip: invalid header"
                ),
            ),
            (
                gz(&[b'x'; 1024]),
                format!(
                    "{meta}could not get metadata file: error inspecting next tar header: archive/tar: invalid tar header"
                ),
            ),
            (
                tar_gz(&[good]),
                format!(
                    "{meta}could not get metadata file: did not find file 'metadata.json' in package"
                ),
            ),
            (
                tar_gz(&[("metadata.json", b'5', b""), good]),
                format!(
                    "{meta}could not get metadata file: tar entry metadata.json is not a regular file, type 53"
                ),
            ),
            (
                tar_gz(&[("metadata.json", b'0', b""), good]),
                format!("{meta}could not parse metadata file: unexpected end of JSON input"),
            ),
            (
                tar_gz(&[("metadata.json", b'0', META)]),
                format!("{of_code}did not find file 'code.tar.gz' in package"),
            ),
            (
                tar_gz(&[("metadata.json", b'0', META), ("code.tar.gz", b'2', b"")]),
                format!("{of_code}tar entry code.tar.gz is not a regular file, type 50"),
            ),
        ];
        for (bytes, text) in rows {
            assert_eq!(refusal(&bytes), text);
        }
    }

    #[test]
    fn other_entries_are_passed_over_and_the_first_of_two_counts() {
        let (one, two) = (tar_gz(&[]), tar_gz(&[("x", b'0', b"")]));
        let bytes = tar_gz(&[
            ("directory", b'5', b""),
            ("metadata.json", b'0', META),
            ("code.tar.gz", b'0', &one),
            ("code.tar.gz", b'0', &two),
        ]);
        let package = Package::stored(&id_of(&bytes), &bytes).unwrap();
        assert_eq!(package.build_code(), &one);
    }

    #[test]
    fn other_content_is_refused() {
        let bytes = tar_gz(&[
            ("metadata.json", b'0', META),
            ("code.tar.gz", b'0', &tar_gz(&[])),
        ]);
        let id = PackageId::from(format!("l:{}", "0".repeat(64)));
        let error = Package::stored(&id, &bytes).unwrap_err();
        assert_eq!(
            error,
            StoredPackageError::OtherContent {
                id,
                found: id_of(&bytes)
            }
        );
    }
}
