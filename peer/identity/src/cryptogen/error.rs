use std::path::PathBuf;

use crate::{CryptoError, MspError, X509Error};

/// Why certificates could not be made, written or read.
#[derive(Debug, thiserror::Error)]
pub enum CryptogenError {
    /// A certificate could not be made.
    #[error("making a certificate for {subject}: {source}")]
    Make {
        /// Common name of the subject.
        subject: String,
        /// The reason.
        source: rcgen::Error,
    },
    /// A key could not be made.
    #[error("making a key: {0}")]
    Key(#[from] CryptoError),
    /// A certificate that was made or found cannot be read.
    #[error("reading a certificate: {0}")]
    Certificate(#[from] X509Error),
    /// An identity that was made or found is not valid.
    #[error(transparent)]
    Msp(#[from] MspError),
    /// A time lies before 1970 or too far in the future.
    #[error("{0} is no usable time")]
    Time(i64),
    /// A name that cannot be part of a path or a certificate.
    #[error("{0:?} is no usable name")]
    Name(String),
    /// A file could not be written or read.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
}
