/// Why no peers can be named that would satisfy the policies. The texts are Fabric's: clients of a gateway see them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    #[error("No metadata was found for chaincode {chaincode} in channel {channel}")]
    NoMetadata { chaincode: String, channel: String },
    #[error("policy not found")]
    NoPolicy,
    #[error(
        "requested to disregard chaincode {0}'s policy but key and collection policies are missing, either disable DisregardNamespacePolicy or specify at least one key policy or at least one collection policy"
    )]
    NothingLeft(String),
    #[error("failed creating a comparable principal set")]
    Principal,
    #[error("failed creating a comparable principal set for state based endorsement")]
    KeyPrincipal,
    #[error("endorsement policy cannot be satisfied")]
    Unsatisfiable,
    #[error("state based endorsement policy cannot be satisfied")]
    KeyUnsatisfiable,
    #[error("no principal sets remained after filtering")]
    NoSets,
    #[error("no peer combination can satisfy the endorsement policy")]
    NoCombination,
    #[error("required chaincodes are not installed on sufficient peers")]
    NotInstalled,
    #[error("collection {collection} doesn't exist in collection config for chaincode {chaincode}")]
    NoCollection {
        collection: String,
        chaincode: String,
    },
    #[error("expected a static collection but got {0} instead")]
    CollectionKind(String),
    #[error("MemberOrgsPolicy of {0} is nil")]
    NoMembers(String),
    #[error("policy of {0} is nil")]
    NoMemberPolicy(String),
}
