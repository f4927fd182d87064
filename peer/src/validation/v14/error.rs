//! Why a call of `lscc` in a block is not an instantiation or upgrade; all of it is one code.
//!
//! Fabric: core/handlers/validation/builtin/v13/lscc_validation_logic.go.

use crate::validation::{endorsement::REFUSED, fault::Fault};

/// `Display` is Fabric's text; it goes to the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// Nobody can say: the block stops.
    #[error("{0}")]
    Halt(String),
    #[error("malformed chaincode invocation spec")]
    Malformed,
    #[error("VSCC error: committing an invocation of function {0} of lscc is invalid")]
    Function(String),
    #[error("Wrong number of arguments for invocation lscc({function}): received {count}")]
    Arguments {
        function: &'static str,
        count: usize,
    },
    #[error("VSCC error: invocation of lscc({0}) does not have appropriate arguments")]
    Specification(&'static str),
    #[error("unexpected chaincode spec type: {0}")]
    Kind(i32),
    #[error("invalid chaincode name '{0}'")]
    Name(String),
    #[error("chaincode name '{0}' is reserved for system chaincodes")]
    Reserved(String),
    #[error("invalid chaincode version '{0}'")]
    Version(String),
    #[error("txRWSet.FromProtoBytes error {0}")]
    WriteSet(prost::DecodeError),
    #[error("No read write set for lscc was found")]
    NoWriteSet,
    #[error("LSCC must issue at least one single putState upon deploy/upgrade")]
    NoWrite,
    #[error("expected key {expected}, found {found}")]
    Key { expected: String, found: String },
    #[error("unmarshalling of ChaincodeData failed, error {0}")]
    Data(prost::DecodeError),
    #[error("expected cc name {expected}, found {found}")]
    OtherName { expected: String, found: String },
    #[error("expected cc version {expected}, found {found}")]
    OtherVersion { expected: String, found: String },
    #[error("LSCC invocation is attempting to write to namespace {0}")]
    Namespace(String),
    #[error("Chaincode {0} is already instantiated")]
    Exists(String),
    #[error("Upgrading non-existent chaincode {0}")]
    Absent(String),
    #[error(
        "Existing version of the cc on the ledger ({0}) should be different from the upgraded one"
    )]
    SameVersion(String),
    #[error("LSCC can only issue a single putState upon deploy or upgrade")]
    OneWrite,
    #[error("LSCC can only issue one or two putState upon deploy")]
    TwoWrites,
    #[error("no instantiation policy was specified")]
    NoPolicy,
    #[error("chaincode instantiation policy violated, error {0}")]
    Policy(String),
    #[error(
        "invalid key for the collection of chaincode; expected '{expected}', received '{found}'"
    )]
    CollectionKey { expected: String, found: String },
    #[error(
        "collection configuration arguments supplied for chaincode {0} do not match the configuration in the lscc writeset"
    )]
    CollectionArgument(String),
    #[error("collection data should not exist for chaincode {0}")]
    CollectionExists(String),
    #[error("invalid collection configuration supplied for chaincode {0}")]
    CollectionPackage(String),
    #[error("unknown collection configuration type")]
    CollectionType,
    #[error("empty collection-name is not allowed")]
    NoCollectionName,
    #[error(
        "collection-name: {0} not allowed. A valid collection name follows the pattern: [A-Za-z0-9_-]+"
    )]
    CollectionName(String),
    #[error("collection-name: {0} -- found duplicate collection configuration")]
    DuplicateCollection(String),
    #[error(
        "collection-name: {name} -- maximum peer count ({maximum}) cannot be less than the required peer count ({required})"
    )]
    PeerCounts {
        name: String,
        maximum: i32,
        required: i32,
    },
    #[error("collection-name: {name} -- requiredPeerCount ({required}) cannot be less than zero")]
    RequiredPeerCount { name: String, required: i32 },
    #[error(
        "collection-name: {name} -- error in member org policy: signature policy is not an OR concatenation, NOutOf {n}"
    )]
    NotAnOr { name: String, n: i32 },
    /// A Go peer panics.
    #[error("collection-name: {0} -- error in member org policy: there is none")]
    NoMemberPolicy(String),
    #[error(
        "the following existing collections are missing in the new collection configuration package: {0:?}"
    )]
    Missing(Vec<String>),
    #[error("the BlockToLive in the following existing collections must not be modified: {0:?}")]
    BlockToLive(Vec<String>),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Halt(cause) => Self::Halt(cause),
            refusal => {
                tracing::warn!(%refusal, "VSCC error: ValidateLSCCInvocation failed");
                REFUSED
            }
        }
    }
}
