//! What can go wrong in the lifecycle, in the words a client of Fabric knows.

use super::state::StateError;

/// `Display` is the complete text that goes into a response.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The one error with a status of its own, and only where nothing wraps it.
    #[error("namespace {0} is not defined")]
    NotDefined(String),
    #[error("{doing}: {source}")]
    While { doing: String, source: Box<Error> },
    #[error(transparent)]
    State(#[from] StateError),
    #[error("{}", crate::wire::why(.0))]
    Decode(#[from] prost::DecodeError),
    #[error("type name mismatch '{expected}' != '{found}'")]
    TypeMismatch {
        expected: &'static str,
        found: String,
    },
    #[error("expected key {key} to encode a value of type {expected}, but was {found}")]
    WrongArm {
        key: String,
        expected: &'static str,
        found: &'static str,
    },
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    #[error(transparent)]
    Difference(#[from] super::definition::Difference),
    #[error(transparent)]
    Install(#[from] super::install::InstallError),
    #[error("could not get channelconfig for channel '{0}'")]
    NoChannelConfig(String),
    #[error("could not get channel config for channel '{0}'")]
    NoChannelConfigForPolicy(String),
    #[error("no application config for channel '{0}'")]
    NoApplicationConfig(String),
    #[error(
        "policy '{policy}' must be defined for channel '{channel}' before chaincode operations can be attempted"
    )]
    NoDefaultPolicy {
        policy: &'static str,
        channel: String,
    },
    #[error(
        "impossibly, this peer's org is processing requests for a channel it is not a member of"
    )]
    NotOfThisChannel,
    #[error("chaincode definition not agreed to by this org ({0})")]
    NotAgreed(String),
    #[error(
        "could not fetch approved chaincode definition (name: '{name}', sequence: '{sequence}') on channel '{channel}'"
    )]
    NotApproved {
        name: String,
        sequence: i64,
        channel: String,
    },
    #[error("not a chaincode type: {0}")]
    NotADefinition(String),
    #[error("not a chaincode parameters type: {0}")]
    NotParameters(String),
    #[error("could not fetch chaincode-source metadata for {0}")]
    NoSource(String),
    #[error("not a chaincode local package type: {0}")]
    NotALocalPackage(String),
    #[error("invalid private name format: {0}")]
    PrivateName(String),
    #[error("invalid sequence number in private name: {name}: {source}")]
    PrivateSequence {
        name: String,
        source: std::num::ParseIntError,
    },
}

/// A definition no organisation can approve or commit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DefinitionError {
    #[error(
        "invalid chaincode name '{0}'. Names can only consist of alphanumerics, '_', and '-' and can only begin with alphanumerics"
    )]
    Name(String),
    #[error("chaincode name '{0}' is the name of a system chaincode")]
    SystemName(String),
    #[error(
        "invalid chaincode version '{0}'. Versions can only consist of alphanumerics, '_', '-', '+', and '.'"
    )]
    Version(String),
    #[error("collection config contains unexpected payload type: <nil>")]
    CollectionPayload,
    #[error(
        "invalid collection name '{0}'. Names can only consist of alphanumerics, '_', and '-' and cannot begin with '_'"
    )]
    CollectionName(String),
    #[error("collection-name: {0} -- found duplicate in collection configuration")]
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
    #[error("collection member policy is not set for collection '{0}'")]
    NoMemberPolicy(String),
    #[error("collection member org policy is empty for collection '{0}'")]
    EmptyMemberPolicy(String),
    #[error("invalid member org policy for collection '{name}': {cause}")]
    MemberPolicy { name: String, cause: String },
    #[error(
        "collection-name: {name} -- error in member org policy: signature policy is not an OR concatenation, NOutOf {n}"
    )]
    NotAnOr { name: String, n: i32 },
    #[error(
        "collection-name: {name} -- cannot unmarshal identity bytes into {kind}: {}",
        crate::wire::why(source)
    )]
    Principal {
        name: String,
        kind: &'static str,
        source: prost::DecodeError,
    },
    #[error("collection-name: {name} -- collection member '{member}' is not part of the channel")]
    NotAMember { name: String, member: String },
    #[error("collection-name: {0} -- contains an identity that is not part of the channel")]
    ForeignIdentity(String),
    #[error("collection-name: {name} -- principal type {kind} is not supported")]
    PrincipalKind { name: String, kind: String },
    #[error("the proposed collection config does not contain previously defined collections")]
    CollectionsDropped,
    #[error("unknown collection configuration type")]
    CommittedCollection,
    #[error("existing collection [{0}] missing in the proposed collection configuration")]
    CollectionMissing(String),
    #[error(
        "the BlockToLive in an existing collection [{name}] modified. Existing value [{existing}]"
    )]
    BlockToLive { name: String, existing: u64 },
}

/// A sequence that is not the one a definition may have now.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SequenceError {
    #[error("requested sequence is 0, but first definable sequence number is 1")]
    Zero,
    #[error("currently defined sequence {current} is larger than requested sequence {requested}")]
    Past { current: i64, requested: i64 },
    #[error(
        "requested sequence {requested} is larger than the next available sequence number {next}"
    )]
    Future { requested: i64, next: i64 },
    #[error("requested sequence is {requested}, but new definition must be sequence {next}")]
    NotNext { requested: i64, next: i64 },
    #[error("missing metadata for currently committed sequence number ({0})")]
    NoMetadata(i64),
    #[error(
        "attempted to redefine the current committed sequence ({current}) for namespace {name}"
    )]
    Committed { current: i64, name: String },
    #[error(
        "attempted to redefine uncommitted sequence ({requested}) for namespace {name} with unchanged content"
    )]
    Unchanged { requested: i64, name: String },
}

/// Says what was being done when an error happened, as the text before a colon.
pub(super) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T, E: Into<Error>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|error| Error::While {
            doing: what(),
            source: Box::new(error.into()),
        })
    }
}
