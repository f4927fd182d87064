//! What can go wrong in `lscc`, in Fabric's words. Fabric: core/scc/lscc/errors.go and lscc.go.

use crate::{
    endorser::acl::AclError,
    legacy::{PackageError, StoreError, policy::InstantiationPolicyError},
};
use selvedge_interface::HostError;
use selvedge_runtime::{ArtifactError, BuildError};

/// `Display` is the message of a response with status 500.
#[derive(Debug, thiserror::Error)]
pub(super) enum LsccError {
    #[error("invalid function to lscc: {0}")]
    Function(String),
    #[error("invalid number of arguments to lscc: {0}")]
    Arguments(usize),
    #[error("access denied for [{function}]: {source}")]
    Denied { function: String, source: AclError },
    #[error("access denied for [{function}][{channel}]: {source}")]
    DeniedOnChannel {
        function: String,
        channel: String,
        source: AclError,
    },
    #[error("{0}")]
    State(String),
    #[error("transaction not found: {0}")]
    Transaction(String),
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(
        "invalid chaincode name '{0}'. Names must start with an alphanumeric character and can only consist of alphanumerics, '_', and '-'"
    )]
    Name(String),
    #[error(
        "invalid chaincode version '{0}'. Versions must not be empty and can only consist of alphanumerics, '_',  '-', '+', and '.'"
    )]
    Version(String),
    #[error("cannot install: {0} is the name of a system chaincode")]
    SystemName(String),
    #[error("error installing chaincode code {id}({source})")]
    Store { id: String, source: StoreError },
    #[error("chaincode installed to peer but could not build chaincode: {0}")]
    Build(BuildError),
    #[error("invalid deployment spec")]
    CodePackage,
    #[error("invalid state database artifact: {0}")]
    Artifact(ArtifactError),
    #[error("invalid channel name: {0}")]
    Channel(String),
    /// A Go peer ends here.
    #[error("programming error, non-existent appplication config for channel '{0}'")]
    NoApplication(String),
    #[error("Channel '{0}' has been migrated to the new lifecycle, LSCC is now read-only")]
    Migrated(String),
    #[error(
        "as V1_2 or later capability is not enabled, private channel collections and data are not available"
    )]
    NoPrivateData,
    #[error("as V1_2 capability is not enabled, collection upgrades are not allowed")]
    NoCollectionUpgrade,
    #[error("error unmarshalling ChaincodeDeploymentSpec: {0}")]
    Specification(prost::DecodeError),
    /// A Go peer panics.
    #[error("the ChaincodeDeploymentSpec names no chaincode")]
    NoChaincode,
    #[error("cannot get package for chaincode ({0})")]
    NotInstalled(String),
    #[error("chaincode with name '{0}' already exists")]
    Exists(String),
    #[error("could not find chaincode with name '{0}'")]
    NotFound(String),
    #[error("version already exists for chaincode with name '{0}'")]
    IdenticalVersion(String),
    #[error("instantiation policy missing")]
    NoInstantiationPolicy,
    #[error(transparent)]
    InstantiationPolicy(#[from] InstantiationPolicyError),
    #[error("error while marshalling: {0}")]
    Record(String),
    #[error("chaincode name mismatch: {wanted}!={found}")]
    OtherName { wanted: String, found: String },
    #[error("invalid deployment spec: {0}")]
    InvalidSpecification(StoreError),
    #[error("chaincode fingerprint mismatch: {0}")]
    Fingerprint(PackageError),
    #[error("invalid collection configuration supplied for chaincode {0}")]
    Collections(String),
    #[error("collection member policy check failed: {0}")]
    Collection(#[from] CollectionError),
    #[error("error putting collection for chaincode {id}: {source}")]
    PutCollections { id: String, source: HostError },
    #[error("collections config not defined for chaincode {0}")]
    NoCollections(String),
}

impl From<HostError> for LsccError {
    fn from(error: HostError) -> Self {
        Self::State(error.to_string())
    }
}

/// What is wrong with one collection.
#[derive(Debug, thiserror::Error)]
pub(super) enum CollectionError {
    #[error("collection configuration is empty")]
    Empty,
    #[error("collection member policy is not set")]
    NoPolicy,
    #[error("collection member org policy is empty")]
    EmptyPolicy,
    #[error("collection-name: {name} -- cannot unmarshal identities: {source}")]
    Principal {
        name: String,
        source: prost::DecodeError,
    },
    #[error("collection-name: {name} -- principal type {kind} is not supported")]
    PrincipalKind { name: String, kind: String },
    #[error("invalid member org policy for collection '{name}': {cause}")]
    Policy { name: String, cause: String },
}
