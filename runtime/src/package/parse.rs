use super::gzip::Gunzip;
use super::tar_reader::TarReader;
use super::{InvalidLabel, Label, PackageId, PackageMetadata};
use bytes::Bytes;
use thiserror::Error;

pub(super) const METADATA: &str = "metadata.json";
pub(super) const CODE: &str = "code.tar.gz";
const DB_ARTIFACTS: &str = "META-INF/statedb/";

/// A package arrives over gRPC, where Fabric's default limit is 100 MiB; `code.tar.gz` inside hardly shrinks again.
pub(super) const MAX_OUTER: u64 = 512 << 20;
pub(super) const MAX_OUTER_ENTRIES: usize = 1_000;
/// The source tree of a Node chaincode with its modules is the largest honest `code.tar.gz`.
pub(super) const MAX_CODE: u64 = 1 << 30;
pub(super) const MAX_CODE_ENTRIES: usize = 500_000;
const MAX_ARTIFACTS: usize = 16 << 20;

/// What install says about a package it cannot read, in Fabric's texts.
/// Fabric: core/chaincode/persistence/chaincode_package.go ParseChaincodePackage.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PackageError {
    #[error("error reading as gzip stream: {0}")]
    NotGzip(String),
    #[error("error inspecting next tar header: {0}")]
    Header(String),
    /// `kind` is the entry's tar type as a number.
    #[error("tar entry {name} is not a regular file, type {kind}")]
    NotAFile { name: String, kind: u8 },
    #[error("could not read {name} from tar: {cause}")]
    Body { name: String, cause: String },
    #[error("could not unmarshal metadata.json as json: {0}")]
    Metadata(String),
    #[error("did not find a code package inside the package")]
    NoCode,
    #[error("did not find any package metadata (missing metadata.json)")]
    NoMetadata,
    #[error(transparent)]
    Label(#[from] InvalidLabel),
    #[error("error retrieving DB artifacts from code package: {0}")]
    DbArtifacts(String),
}

/// A file below `META-INF/statedb/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DbArtifact {
    pub name: String,
    pub content: Bytes,
}

/// A package that install accepts, of whatever type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub id: PackageId,
    pub label: Label,
    pub metadata: PackageMetadata,
    /// `metadata.json` as it is in the package.
    pub metadata_json: Bytes,
    /// `code.tar.gz` as it is in the package.
    pub code: Bytes,
    pub db_artifacts: Vec<DbArtifact>,
    pub(super) first_code: Bytes,
}

impl Package {
    /// What a build reads. Differs from [`Package::code`] where `code.tar.gz` occurs twice: there the first entry
    /// counts. Fabric: core/chaincode/persistence/chaincode_package.go ChaincodePackageStreamer.Code.
    pub fn build_code(&self) -> &Bytes {
        &self.first_code
    }

    /// Reads a package. The first thing wrong with it is the error; of a name that occurs twice the last entry counts.
    pub fn parse(bytes: &[u8]) -> Result<Self, PackageError> {
        let (mut metadata, mut code, mut first_code) = (None, None, None);
        let stream = Gunzip::new(bytes, MAX_OUTER).map_err(PackageError::NotGzip)?;
        let mut tar = TarReader::new(stream, MAX_OUTER_ENTRIES);
        while let Some(entry) = tar.next_header().map_err(PackageError::Header)? {
            if !entry.is_file() {
                return Err(PackageError::NotAFile {
                    name: entry.name,
                    kind: entry.kind,
                });
            }
            let body = tar
                .body(MAX_OUTER as usize)
                .map_err(|cause| PackageError::Body {
                    name: entry.name.clone(),
                    cause,
                })?;
            match entry.name.as_str() {
                METADATA => metadata = Some(read_metadata(body)?),
                CODE => {
                    let body = Bytes::from(body);
                    first_code.get_or_insert_with(|| body.clone());
                    code = Some(body);
                }
                name => tracing::warn!(name, "the package holds a file that nothing reads"),
            }
        }
        let code = code.ok_or(PackageError::NoCode)?;
        let (metadata, metadata_json) = metadata.ok_or(PackageError::NoMetadata)?;
        let label = Label::new(metadata.label.as_str())?;
        let db_artifacts = db_artifacts(&code).map_err(PackageError::DbArtifacts)?;
        let first_code = first_code.unwrap_or_else(|| code.clone());
        let id = PackageId::of(&label, bytes);
        Ok(Self {
            id,
            label,
            metadata,
            metadata_json,
            code,
            db_artifacts,
            first_code,
        })
    }
}

fn read_metadata(json: Vec<u8>) -> Result<(PackageMetadata, Bytes), PackageError> {
    let metadata = PackageMetadata::from_json(&json).map_err(PackageError::Metadata)?;
    Ok((metadata, Bytes::from(json)))
}

pub(super) fn db_artifacts(code: &[u8]) -> Result<Vec<DbArtifact>, String> {
    let mut tar = TarReader::new(Gunzip::new(code, MAX_CODE)?, MAX_CODE_ENTRIES);
    let (mut artifacts, mut left) = (Vec::new(), MAX_ARTIFACTS);
    while let Some(entry) = tar.next_header()? {
        if entry.is_file() && entry.name.starts_with(DB_ARTIFACTS) {
            let content = tar.body(left)?;
            left -= content.len();
            artifacts.push(DbArtifact {
                name: entry.name,
                content: content.into(),
            });
        }
    }
    Ok(artifacts)
}

/// One file of `code.tar.gz`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeFile {
    pub name: String,
    pub content: Vec<u8>,
}

/// All files of a `code.tar.gz` but those below `META-INF/`, for runtimes whose code is a few known files.
///
/// Refuses links, devices and paths that leave the archive, more than `max_bytes` of content and more than
/// `max_entries` entries.
pub fn code_files(
    code: &[u8],
    max_bytes: usize,
    max_entries: usize,
) -> Result<Vec<CodeFile>, String> {
    let in_tar = |e: String| format!("code.tar.gz is broken: {e}");
    let limit = max_bytes.saturating_add(2 * MAX_ARTIFACTS) as u64;
    let stream = Gunzip::new(code, limit).map_err(in_tar)?;
    let mut tar = TarReader::new(stream, max_entries);
    let (mut files, mut left) = (Vec::new(), max_bytes);
    while let Some(entry) = tar.next_header().map_err(in_tar)? {
        let name = plain_path(&entry.name)?;
        match entry.kind {
            b'0' if name.starts_with("META-INF/") => {}
            b'0' => {
                let content = tar
                    .body(left)
                    .map_err(|e| format!("code.tar.gz holds {name}, which is too large: {e}"))?;
                left -= content.len();
                files.push(CodeFile { name, content });
            }
            // Directories and PAX global headers carry nothing that could be read.
            b'5' | b'g' => {}
            kind => {
                return Err(format!(
                    "code.tar.gz holds {name}, which is neither a file nor a directory (type {kind})"
                ));
            }
        }
    }
    Ok(files)
}

/// The path without leading `./`; an error if it is absolute or climbs.
fn plain_path(name: &str) -> Result<String, String> {
    if name.starts_with('/') || name.split('/').any(|part| part == "..") {
        return Err(format!(
            "code.tar.gz contains the absolute or escaping path '{name}'"
        ));
    }
    Ok(name
        .split('/')
        .filter(|part| *part != "." && !part.is_empty())
        .collect::<Vec<_>>()
        .join("/"))
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
