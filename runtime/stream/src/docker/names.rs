//! What containers and images are called. Fabric: core/container/dockercontroller/dockercontroller.go GetVMName,
//! GetVMNameForDocker.

use sha2::{Digest, Sha256};

/// Who the names are for: `peer.networkId` and `peer.id`. Peers that share an engine must differ in one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    pub network_id: String,
    pub peer_id: String,
}

impl Owner {
    /// Of every name.
    pub(super) fn prefix(&self) -> String {
        let parts = [self.network_id.as_str(), self.peer_id.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("-")
    }

    pub(super) fn container(&self, chaincode_id: &str) -> String {
        plain(&self.base(chaincode_id))
    }

    /// # Errors
    /// When the name has two separators in a row, or one at an end; an engine takes no such repository.
    pub(super) fn image(&self, chaincode_id: &str) -> Result<String, String> {
        let base = self.base(chaincode_id).replace(':', "-");
        let hash = hex::encode(Sha256::digest(base.as_bytes()));
        let name = format!("{}-{hash}", plain(&base)).to_lowercase();
        match is_repository(&name) {
            true => Ok(name),
            false => Err(format!(
                "Error constructing Docker VM Name. '{name}' breaks Docker's repository naming rules"
            )),
        }
    }

    fn base(&self, chaincode_id: &str) -> String {
        match self.prefix() {
            prefix if prefix.is_empty() => chaincode_id.to_owned(),
            prefix => format!("{prefix}-{chaincode_id}"),
        }
    }
}

/// Every character that a container's name cannot have becomes a dash. One for every character, as in Go, where a byte
/// that is no character counts as one.
fn plain(name: &str) -> String {
    let keeps = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.chars()
        .map(|c| if keeps(c) { c } else { '-' })
        .collect()
}

/// Lower-case letters and digits in groups, with one of `.`, `_` and `-` between two groups.
fn is_repository(name: &str) -> bool {
    let group = |group: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !group.is_empty() && group.chars().all(plain)
    };
    name.split(['.', '_', '-']).all(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(network_id: &str, peer_id: &str) -> Owner {
        Owner {
            network_id: network_id.to_owned(),
            peer_id: peer_id.to_owned(),
        }
    }

    #[test]
    fn containers_are_named_as_fabric_names_them() {
        let id = "mycc_1.0:abc";
        let name = |network, peer| owner(network, peer).container(id);
        assert_eq!(name("dev", "peer0.org1"), "dev-peer0.org1-mycc_1.0-abc");
        assert_eq!(name("", "peer0"), "peer0-mycc_1.0-abc");
        assert_eq!(name("dev", ""), "dev-mycc_1.0-abc");
        assert_eq!(name("", ""), "mycc_1.0-abc");
        assert_eq!(owner("d/e", "p@p").container("a*b:c"), "d-e-p-p-a-b-c");
    }

    /// The hash is that of the name before it is made plain and lower case.
    #[test]
    fn images_have_a_hash_and_lower_case() {
        let name = owner("Dev", "Peer0").image("MyCC:1.0").unwrap();
        let hash = hex::encode(Sha256::digest(b"Dev-Peer0-MyCC-1.0"));
        assert_eq!(name, format!("dev-peer0-mycc-1.0-{hash}"));
    }

    #[test]
    fn two_separators_in_a_row_are_no_image() {
        let error = owner("dev", "peer").image("a--b:1").unwrap_err();
        assert!(
            error.starts_with("Error constructing Docker VM Name. 'dev-peer-a--b-1-"),
            "{error}"
        );
        assert!(error.ends_with("' breaks Docker's repository naming rules"));
        assert!(owner("-dev", "peer").image("a:1").is_err());
    }
}
