/// Which rules an MSP follows. The capabilities of a channel choose; a peer's own MSP always follows the newest.
///
/// Fabric: common/capabilities/channel.go `MSPVersion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum MspVersion {
    /// No channel capabilities.
    V1_0,
    /// Client and peer node OUs.
    V1_1,
    /// Anonymity and combined principals.
    V1_3,
    /// Admin and orderer node OUs.
    V1_4_3,
    /// Ed25519 keys.
    #[default]
    V3_0,
}
