//! The chaincode package: a gzipped tar of `metadata.json` and `code.tar.gz`.

mod gzip;
mod id;
mod metadata;
mod parse;
mod tar_reader;
mod write;

pub use id::{InvalidLabel, Label, PackageId};
pub use metadata::PackageMetadata;
pub use parse::{CodeFile, DbArtifact, Package, PackageError, code_files};
pub use write::{PackageSource, WriteError};
