use std::path::PathBuf;

use crate::{CryptoError, X509Error};

/// Why an MSP could not be set up, an identity was refused, or a principal not satisfied. Texts are Fabric's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MspError {
    /// An identity, or a part of it, does not decode.
    #[error("could not deserialize a SerializedIdentity: {0}")]
    SerializedIdentity(String),
    /// No MSP of that name.
    #[error("MSP {0} is not defined on channel")]
    UnknownMsp(String),
    /// The identity names another MSP than the one asked.
    #[error("expected MSP ID {expected}, received {received}")]
    OtherMsp {
        /// Name of the MSP asked.
        expected: String,
        /// Name in the identity.
        received: String,
    },
    /// A certificate was refused.
    #[error(transparent)]
    X509(#[from] X509Error),
    /// A key or a signature was refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// What was being done when the inner error happened.
    #[error("{context}: {source}")]
    Context {
        /// Fabric's words for it.
        context: String,
        /// The reason.
        source: Box<MspError>,
    },
    /// A message inside a configuration or a principal does not decode.
    #[error("could not unmarshal {what}: {why}")]
    Unmarshal {
        /// Kind of message.
        what: &'static str,
        /// The decoder's words.
        why: String,
    },
    /// A role or unit principal of another MSP.
    #[error("the identity is a member of a different MSP (expected {expected}, got {got})")]
    DifferentMsp {
        /// MSP of the principal.
        expected: String,
        /// MSP of the identity.
        got: String,
    },
    /// A file of an MSP directory cannot be used.
    #[error("{path}: {why}", path = path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Everything that has one fixed or composed sentence and no inner error.
    #[error("{0}")]
    Refused(String),
}

impl MspError {
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into())
    }

    pub(crate) fn within(self, context: impl Into<String>) -> Self {
        Self::Context {
            context: context.into(),
            source: Box::new(self),
        }
    }

    pub(crate) fn unmarshal(what: &'static str) -> impl FnOnce(prost::DecodeError) -> Self {
        move |error| Self::Unmarshal {
            what,
            why: error.to_string(),
        }
    }
}
