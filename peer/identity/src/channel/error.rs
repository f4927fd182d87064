use crate::{MspError, PolicyError};

/// Why a configuration, or a change of one, was refused. Texts are Fabric's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A message does not decode.
    #[error("failed to unmarshal {what}: {why}")]
    Unmarshal {
        /// Kind of message.
        what: &'static str,
        /// The decoder's words.
        why: String,
    },
    /// A value key that its group does not know.
    #[error("Unexpected key {0}")]
    UnexpectedKey(String),
    /// An MSP cannot be set up.
    #[error("setting up the MSP manager failed: {0}")]
    Msp(#[from] MspError),
    /// A policy does not compile, or is not satisfied.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// What was being done when the inner error happened.
    #[error("{context}: {source}")]
    Context {
        /// Fabric's words for it.
        context: String,
        /// The reason.
        source: Box<ConfigError>,
    },
    /// Everything that has one sentence of its own.
    #[error("{0}")]
    Refused(String),
}

/// Where every value of a configuration, in contrast to its policies and names, is judged.
pub(super) const VALUES: &str = "initializing channelconfig failed";

impl ConfigError {
    /// The reason without its context, when it is a value (or a group) that is wrong, and not a policy or a name.
    pub fn of_values(&self) -> Option<&Self> {
        match self {
            Self::Context { context, source } if context == VALUES => Some(source),
            _ => None,
        }
    }

    pub(super) fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into())
    }

    pub(super) fn within(self, context: impl Into<String>) -> Self {
        Self::Context {
            context: context.into(),
            source: Box::new(self),
        }
    }

    pub(super) fn unmarshal(what: &'static str) -> impl FnOnce(prost::DecodeError) -> Self {
        move |error| Self::Unmarshal {
            what,
            why: error.to_string(),
        }
    }
}
