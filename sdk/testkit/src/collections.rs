use parking_lot::RwLock;
use selvedge_ledger::{
    BlockToLive, CollectionNames, CollectionSource, Eligibility, SimulationError, Simulator,
    Snapshot,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What Fabric calls the collection that an organisation has for itself.
const IMPLICIT: &str = "_implicit_org_";

/// A private data collection, as a chaincode's definition has it.
///
/// ```
/// use selvedge_testkit::Collection;
///
/// let appraisals = Collection::new("appraisals")
///     .members(["Org1MSP", "Org2MSP"])
///     .member_only_read()
///     .block_to_live(3);
/// # let _ = appraisals;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    name: String,
    /// `None`: everybody.
    members: Option<BTreeSet<String>>,
    block_to_live: u64,
    member_only_read: bool,
    member_only_write: bool,
    endorsement_policy: Option<String>,
}

impl Collection {
    /// A collection of which every organisation is a member, that keeps its data for ever, and that any client may read
    /// and write through a member's peer.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            members: None,
            block_to_live: 0,
            member_only_read: false,
            member_only_write: false,
            endorsement_policy: None,
        }
    }

    /// The organisations that hold the data, by MSP ID. The peers of others have hashes only.
    pub fn members(mut self, msp_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.members = Some(msp_ids.into_iter().map(Into::into).collect());
        self
    }

    /// `blockToLive`: how many blocks the data is kept for; 0 is for ever.
    pub fn block_to_live(mut self, blocks: u64) -> Self {
        self.block_to_live = blocks;
        self
    }

    /// `memberOnlyRead`: clients of other organisations are refused when they read.
    pub fn member_only_read(mut self) -> Self {
        self.member_only_read = true;
        self
    }

    /// `memberOnlyWrite`: clients of other organisations are refused when they write.
    pub fn member_only_write(mut self) -> Self {
        self.member_only_write = true;
        self
    }

    /// Who must endorse writes to the collection, instead of the chaincode's policy: `OR('Org1MSP.peer')`, say.
    pub fn endorsement_policy(mut self, policy: impl Into<String>) -> Self {
        self.endorsement_policy = Some(policy.into());
        self
    }

    pub(crate) fn has_member(&self, msp_id: &str) -> bool {
        self.members
            .as_ref()
            .is_none_or(|members| members.contains(msp_id))
    }

    /// What a client of an organisation may do: read, write.
    pub(crate) fn access(&self, msp_id: &str) -> (bool, bool) {
        let member = self.has_member(msp_id);
        (
            member || !self.member_only_read,
            member || !self.member_only_write,
        )
    }

    pub(crate) fn policy(&self) -> Option<&str> {
        self.endorsement_policy.as_deref()
    }
}

/// The private data collections of each chaincode.
pub(crate) struct Collections {
    defined: RwLock<BTreeMap<String, BTreeMap<String, Collection>>>,
    /// Those with a collection for themselves.
    organisations: Vec<String>,
}

impl Collections {
    pub(crate) fn new(organisations: Vec<String>) -> Self {
        Self {
            defined: RwLock::default(),
            organisations,
        }
    }

    /// Makes the collections those of another network.
    pub(crate) fn take(&self, other: &Self) {
        self.defined.write().clone_from(&other.defined.read());
    }

    pub(crate) fn add(&self, chaincode: &str, collection: Collection) {
        self.defined
            .write()
            .entry(chaincode.to_owned())
            .or_default()
            .insert(collection.name.clone(), collection);
    }

    /// Explicit or implicit.
    pub(crate) fn find(&self, chaincode: &str, name: &str) -> Option<Collection> {
        if let Some(msp_id) = name.strip_prefix(IMPLICIT) {
            let known = self.organisations.iter().any(|known| known == msp_id);
            let collection = Collection::new(name)
                .members([msp_id])
                .endorsement_policy(format!("OR('{msp_id}.peer')"));
            return known.then_some(collection);
        }
        self.defined.read().get(chaincode)?.get(name).cloned()
    }

    /// Whether the peer of an organisation holds the data; the peer that stands for everybody does.
    pub(crate) fn holds(&self, msp_id: Option<&str>, chaincode: &str, name: &str) -> bool {
        let Some(msp_id) = msp_id else {
            return true;
        };
        self.find(chaincode, name)
            .is_some_and(|collection| collection.has_member(msp_id))
    }
}

impl CollectionSource for Collections {
    fn collections(
        &self,
        _: &mut Simulator,
        namespace: &str,
    ) -> Result<Option<CollectionNames>, SimulationError> {
        let defined = self.defined.read();
        let explicit = defined.get(namespace);
        if explicit.is_none() && self.organisations.is_empty() {
            return Ok(None);
        }
        let implicit = self.organisations.iter();
        let mut names: CollectionNames = implicit.map(|id| format!("{IMPLICIT}{id}")).collect();
        names.extend(explicit.into_iter().flat_map(BTreeMap::keys).cloned());
        Ok(Some(names))
    }
}

/// The collections as the ledger of one peer asks for them.
pub(crate) struct Membership {
    pub(crate) collections: Arc<Collections>,
    pub(crate) msp_id: Option<String>,
}

impl BlockToLive for Membership {
    fn block_to_live(&self, _: &Snapshot, namespace: &str, name: &str) -> Result<u64, String> {
        let found = self.collections.find(namespace, name);
        Ok(found.map_or(0, |collection| collection.block_to_live))
    }
}

impl Eligibility for Membership {
    fn is_eligible(&self, _: &Snapshot, namespace: &str, collection: &str) -> bool {
        self.collections
            .holds(self.msp_id.as_deref(), namespace, collection)
    }
}
