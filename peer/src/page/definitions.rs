use super::error::PageError;
use super::watch::Page;
use crate::lifecycle;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a channel committed to, and who agreed.
#[derive(Debug, Serialize)]
pub(super) struct DefinitionView {
    name: String,
    version: String,
    sequence: i64,
    init_required: bool,
    collections: Vec<String>,
    /// Whether each organisation has approved what is committed.
    approvals: BTreeMap<String, bool>,
    /// The package that each organisation whose peer is shown here has chosen, as far as it is installed.
    packages: BTreeMap<String, String>,
}

pub(super) fn definitions(page: &Page, channel: &str) -> Result<Vec<DefinitionView>, PageError> {
    let first = page.channel(channel)?;
    let snapshot = first.ledger().snapshot();
    let names = lifecycle::committed_names(&snapshot)?;
    let mut found = Vec::new();
    for name in names {
        let Some(definition) = lifecycle::committed(&snapshot, &name)? else {
            continue;
        };
        let mut approvals = BTreeMap::new();
        for organisation in first.config().organisations() {
            let approval = lifecycle::approval(&snapshot, &organisation.msp_id, &name)?;
            let approved = approval.is_some_and(|approval| approval.approved);
            approvals.insert(organisation.msp_id.clone(), approved);
        }
        let collections = definition.parameters.collections.iter();
        let collections = collections.flat_map(|package| &package.config);
        let collections = collections.filter_map(|entry| entry.payload.as_ref());
        let name_of = |payload: &_| match payload {
            selvedge_protos::protos::collection_config::Payload::StaticCollectionConfig(one) => {
                one.name.clone()
            }
        };
        found.push(DefinitionView {
            collections: collections.map(name_of).collect(),
            version: definition.parameters.endorsement.version.clone(),
            sequence: definition.sequence,
            init_required: definition.parameters.endorsement.init_required,
            approvals,
            packages: page.packages(channel, &name)?,
            name,
        });
    }
    Ok(found)
}
