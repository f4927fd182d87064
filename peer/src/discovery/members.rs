//! Who may have the private data of a call.

use super::chaincode::Defined;
use super::error::SelectError;
use crate::lifecycle;
use selvedge_identity::{Identity, member_of};
use selvedge_protos::common::MspPrincipal;
use selvedge_protos::protos::{
    ChaincodeCall, StaticCollectionConfig, collection_config, collection_policy_config,
};

/// A peer must satisfy one principal of each list.
#[derive(Debug, Default)]
pub(super) struct Eligible(Vec<Vec<MspPrincipal>>);

impl Eligible {
    /// Adds what a call asks for: its peers are members of the collections it names, unless it reads none of them.
    ///
    /// Fabric: discovery/endorsement/endorsement.go, loadMetadataAndFilters, and collection.go.
    pub(super) fn demand(
        &mut self,
        call: &ChaincodeCall,
        defined: &Defined,
    ) -> Result<(), SelectError> {
        if call.collection_names.is_empty() || call.no_private_reads {
            return Ok(());
        }
        check_all(defined)?;
        for name in &call.collection_names {
            let implicit = lifecycle::implicit_organisation_of(name)
                .filter(|_| defined.has_implicit_collections());
            let principals = match (implicit, defined.static_collection(name)) {
                (Some(msp_id), _) => member_of(msp_id).identities,
                (None, Some(found)) => principals(found)?,
                (None, None) => {
                    return Err(SelectError::NoCollection {
                        collection: name.clone(),
                        chaincode: call.name.clone(),
                    });
                }
            };
            self.0.push(principals);
        }
        Ok(())
    }

    pub(super) fn includes(&self, identity: &Identity) -> bool {
        let any = |list: &Vec<MspPrincipal>| list.iter().any(|one| identity.satisfies(one).is_ok());
        self.0.iter().all(any)
    }

    pub(super) fn is_everybody(&self) -> bool {
        self.0.is_empty()
    }
}

/// One collection that makes no sense spoils them all.
fn check_all(defined: &Defined) -> Result<(), SelectError> {
    let entries = defined.collections.iter().flat_map(|all| &all.config);
    for entry in entries {
        match &entry.payload {
            Some(collection_config::Payload::StaticCollectionConfig(found)) => {
                principals(found)?;
            }
            None => return Err(SelectError::CollectionKind(String::new())),
        }
    }
    Ok(())
}

fn principals(collection: &StaticCollectionConfig) -> Result<Vec<MspPrincipal>, SelectError> {
    let name = || collection.name.clone();
    let policy = collection.member_orgs_policy.as_ref();
    let policy = policy.ok_or_else(|| SelectError::NoMembers(name()))?;
    match &policy.payload {
        Some(collection_policy_config::Payload::SignaturePolicy(policy)) => {
            Ok(policy.identities.clone())
        }
        None => Err(SelectError::NoMemberPolicy(name())),
    }
}
