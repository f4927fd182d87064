use super::PolicyParseError;

/// Why a policy does not compile or is not satisfied. Texts are Fabric's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Too few signatures of the right principals.
    #[error("signature set did not satisfy policy")]
    NotSatisfied,
    /// Too few sub-policies were satisfied.
    #[error(
        "implicit policy evaluation failed - {satisfied} sub-policies were satisfied, but this policy requires {threshold} of the '{name}' sub-policies to be satisfied"
    )]
    Implicit {
        /// How many were.
        satisfied: usize,
        /// How many must be.
        threshold: usize,
        /// Name of the sub-policies.
        name: String,
    },
    /// The policy does not exist; whoever asks for it is rejected.
    #[error("no such policy: '{0}'")]
    NoSuchPolicy(String),
    /// A `signed_by` without principal.
    #[error(
        "identity index out of range, requested {requested}, but identities length is {length}"
    )]
    IndexOutOfRange {
        /// The index.
        requested: i32,
        /// How many principals there are.
        length: usize,
    },
    /// A rule, or a part of one, is absent.
    #[error("Empty policy element")]
    EmptyElement,
    /// Rules are nested too deeply to be evaluated.
    #[error("policy rules are nested deeper than {0}")]
    TooDeep(usize),
    /// Only version 0 exists.
    #[error("This evaluator only understands messages of version 0, but version was {0}")]
    Version(i32),
    /// The bytes of a policy do not decode.
    #[error("Error unmarshalling to {what}: {why}")]
    Unmarshal {
        /// Kind of policy.
        what: &'static str,
        /// The decoder's words.
        why: String,
    },
    /// A policy of the tree is absent or of an unknown type.
    #[error("policy {name} at path {path} {why}")]
    InTree {
        /// Name of the policy.
        name: String,
        /// Path of its group.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// An expression that does not parse.
    #[error(transparent)]
    Parse(#[from] PolicyParseError),
    /// An implicit meta rule that does not parse.
    #[error("{0}")]
    ImplicitText(String),
}
