//! Access control lists of a channel (rule l:C49).

use std::collections::BTreeMap;

use selvedge_protos::protos::AcLs;

const APPLICATION: &str = "/Channel/Application/";

/// Resource to absolute policy path. A relative reference is one of the application group; an empty one leaves the
/// default.
///
/// Fabric: common/channelconfig/api.go.
pub(super) fn overrides(acls: AcLs) -> BTreeMap<String, String> {
    acls.acls
        .into_iter()
        .filter(|(_, resource)| !resource.policy_ref.is_empty())
        .map(|(name, resource)| {
            let reference = resource.policy_ref;
            let path = match reference.starts_with('/') {
                true => reference,
                false => format!("{APPLICATION}{reference}"),
            };
            (name, path)
        })
        .collect()
}
