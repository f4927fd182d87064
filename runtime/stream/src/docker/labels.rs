use super::DockerSettings;
use std::collections::HashMap;

/// Labels on containers, by which a peer finds again what it left behind when it was killed.
#[derive(Clone, Debug)]
pub(super) struct Labels {
    owner: String,
}

const PEER: &str = "org.selvedge.peer";
const CHAINCODE: &str = "org.selvedge.chaincode";
const ROLE: &str = "org.selvedge.role";

impl Labels {
    pub(super) fn new(settings: &DockerSettings) -> Self {
        let (names, home) = (settings.owner.prefix(), settings.home.display());
        Self {
            owner: format!("{names}@{home}"),
        }
    }

    /// A filter that every container of this peer passes.
    pub(super) fn mine(&self) -> String {
        format!("{PEER}={}", self.owner)
    }

    pub(super) fn builder(&self) -> HashMap<String, String> {
        self.with([(ROLE, "build")])
    }

    pub(super) fn chaincode(&self, id: &str) -> HashMap<String, String> {
        self.with([(ROLE, "chaincode"), (CHAINCODE, id)])
    }

    fn with<const N: usize>(&self, more: [(&str, &str); N]) -> HashMap<String, String> {
        let owner = (PEER, self.owner.as_str());
        let all = std::iter::once(owner).chain(more);
        all.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}
