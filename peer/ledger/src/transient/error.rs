use std::path::PathBuf;

/// Why private data could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum TransientError {
    #[error("creating the transient store's directory {dir}")]
    CreateDir {
        dir: PathBuf,
        source: std::io::Error,
    },
    #[error("opening the transient store in {dir}")]
    Open {
        dir: PathBuf,
        source: rocksdb::Error,
    },
    #[error("reading the transient store")]
    Read(#[source] rocksdb::Error),
    #[error("writing to the transient store")]
    Write(#[source] rocksdb::Error),
}
