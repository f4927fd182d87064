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
        let error = ApplicationCapabilities::new(["V3_0".into()])
            .check_supported()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "Application capability V3_0 is required but not supported"
        );
    }
}
