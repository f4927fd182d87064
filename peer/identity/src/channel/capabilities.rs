//! Capabilities: the names that switch behaviour on, and what each means (rules l:C44 to l:C46).
//!
//! Fabric: common/capabilities.

use std::collections::BTreeSet;

use super::ConfigError;
use crate::MspVersion;

macro_rules! capability_set {
    ($(#[$doc:meta])* $name:ident, $kind:literal, [$($known:literal),*]) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $name(BTreeSet<String>);

        impl $name {
            pub(super) fn new(names: impl IntoIterator<Item = String>) -> Self {
                Self(names.into_iter().collect())
            }

            /// The names in the configuration, sorted.
            pub fn names(&self) -> impl Iterator<Item = &str> {
                self.0.iter().map(String::as_str)
            }

            /// Whether this program knows them all. A peer must not run a channel that asks for more.
            pub fn check_supported(&self) -> Result<(), ConfigError> {
                match self.names().find(|name| ![$($known),*].contains(name)) {
                    None => Ok(()),
                    Some(name) => Err(ConfigError::refused(format!(
                        concat!($kind, " capability {} is required but not supported"),
                        name
                    ))),
                }
            }

            /// Whether the configuration has this name.
            pub fn has(&self, name: &str) -> bool {
                self.0.contains(name)
            }
        }
    };
}

capability_set!(
    /// Capabilities of the channel as a whole.
    ChannelCapabilities,
    "Channel",
    ["V1_1", "V1_3", "V1_4_2", "V1_4_3", "V2_0", "V3_0"]
);
capability_set!(
    /// Capabilities of the peers.
    ApplicationCapabilities,
    "Application",
    ["V1_1", "V1_2", "V1_3", "V1_4_2", "V2_0", "V2_5", "V1_1_PVTDATA_EXPERIMENTAL", "V1_1_RESOURCETREE_EXPERIMENTAL"]
);
capability_set!(
    /// Capabilities of the ordering service.
    OrdererCapabilities,
    "Orderer",
    ["V1_1", "V1_4_2", "V2_0"]
);

impl ChannelCapabilities {
    /// Which rules the MSPs of the channel follow.
    pub fn msp_version(&self) -> MspVersion {
        let levels = [
            (&["V3_0"][..], MspVersion::V3_0),
            (&["V2_0", "V1_4_3"], MspVersion::V1_4_3),
            (&["V1_4_2", "V1_3"], MspVersion::V1_3),
            (&["V1_1"], MspVersion::V1_1),
        ];
        levels
            .into_iter()
            .find(|(names, _)| any(&self.0, names))
            .map_or(MspVersion::V1_0, |(_, version)| version)
    }

    /// Orderer organisations may have endpoints of their own, and the consensus type may change.
    pub fn org_specific_orderer_endpoints(&self) -> bool {
        any(&self.0, &["V1_4_2", "V1_4_3", "V2_0", "V3_0"])
    }

    /// Block signatures may name a consenter by number; no global orderer addresses.
    pub fn consensus_type_bft(&self) -> bool {
        any(&self.0, &["V3_0"])
    }
}

impl ApplicationCapabilities {
    /// Access control lists and private data collections.
    pub fn acls(&self) -> bool {
        any(&self.0, &["V1_2", "V1_3", "V1_4_2", "V2_0", "V2_5"])
    }

    /// Of two transactions with one ID in a block the second is invalid.
    pub fn forbid_duplicate_tx_id_in_block(&self) -> bool {
        self.v1_1_validation()
    }

    /// Private data collections.
    pub fn private_channel_data(&self) -> bool {
        self.has("V1_1_PVTDATA_EXPERIMENTAL") || self.v1_2_validation()
    }

    /// An upgrade by `lscc` may change collections.
    pub fn collection_upgrade(&self) -> bool {
        self.v1_2_validation()
    }

    /// Upgrades by `lscc` are judged by the new instantiation policy as well.
    pub fn v1_1_validation(&self) -> bool {
        self.has("V1_1") || self.v1_2_validation()
    }

    /// The invoked chaincode is judged even where it wrote nothing; collections are validated.
    pub fn v1_2_validation(&self) -> bool {
        any(&self.0, &["V1_2", "V1_3", "V1_4_2", "V2_0", "V2_5"])
    }

    /// Policies of single keys.
    pub fn key_level_endorsement(&self) -> bool {
        any(&self.0, &["V1_3", "V1_4_2", "V2_0", "V2_5"])
    }

    /// Private data of invalid transactions is stored.
    pub fn store_private_data_of_invalid_tx(&self) -> bool {
        any(&self.0, &["V1_4_2", "V2_0", "V2_5"])
    }

    /// The `_lifecycle` chaincode and the v20 validation.
    pub fn lifecycle_v20(&self) -> bool {
        any(&self.0, &["V2_0", "V2_5"])
    }

    /// `PurgePrivateData`.
    pub fn purge_private_data(&self) -> bool {
        any(&self.0, &["V2_5"])
    }
}

fn any(set: &BTreeSet<String>, names: &[&str]) -> bool {
    names.iter().any(|name| set.contains(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        let channel = |name: &str| ChannelCapabilities::new([name.to_owned()]);
        assert_eq!(channel("V3_0").msp_version(), MspVersion::V3_0);
        assert_eq!(channel("V2_0").msp_version(), MspVersion::V1_4_3);
        assert_eq!(channel("V1_4_2").msp_version(), MspVersion::V1_3);
        assert_eq!(
            ChannelCapabilities::default().msp_version(),
            MspVersion::V1_0
        );
        assert!(!channel("V2_0").consensus_type_bft());
        let application = |name: &str| ApplicationCapabilities::new([name.to_owned()]);
        let v1_1 = application("V1_1");
        assert!(v1_1.forbid_duplicate_tx_id_in_block() && v1_1.v1_1_validation());
        assert!(!v1_1.private_channel_data() && !v1_1.collection_upgrade());
        let experimental = application("V1_1_PVTDATA_EXPERIMENTAL");
        assert!(experimental.private_channel_data() && !experimental.v1_1_validation());
        let v1_4 = application("V1_4_2");
        assert!(v1_4.private_channel_data() && v1_4.key_level_endorsement());
        assert!(!v1_4.lifecycle_v20());
        let error = ApplicationCapabilities::new(["V3_0".into()])
            .check_supported()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "Application capability V3_0 is required but not supported"
        );
    }
}
