//! The chaincode package: a gzipped tar of `metadata.json` and `code.tar.gz`.

mod artifact;
mod gzip;
mod id;
mod legacy;
mod metadata;
mod parse;
mod stored;
mod tar_reader;
mod write;

pub use artifact::{ArtifactError, check_artifact};
pub use id::{InvalidLabel, Label, PackageId};
pub use legacy::LegacyCode;
pub use metadata::PackageMetadata;
pub use parse::{CodeFile, DbArtifact, Package, PackageError, code_files};
pub use stored::{FileError, StoredPackageError};
pub use write::{PackageSource, SourceTree, WriteError, code_archive};
