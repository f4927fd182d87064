use bytes::Bytes;
use selvedge_protos::common::{Config, ConfigGroup, ConfigUpdate};

use super::ConfigError;

/// What a `ConfigSignature` signs: its header, then the update (rule l:C4).
pub fn config_signature_bytes(signature_header: &[u8], config_update: &[u8]) -> Bytes {
    [signature_header, config_update].concat().into()
}

/// The update that turns one configuration into another, versions raised where something changed.
///
/// The versions inside `updated` do not matter; contents and mod policies do. Nothing changed is an error.
///
/// Fabric: internal/configtxlator/update/update.go `Compute`.
pub fn compute_config_update(
    channel_id: &str,
    original: &Config,
    updated: &Config,
) -> Result<ConfigUpdate, ConfigError> {
    let missing =
        |which: &str| ConfigError::refused(format!("no channel group included for {which} config"));
    let original = original
        .channel_group
        .as_ref()
        .ok_or_else(|| missing("original"))?;
    let updated = updated
        .channel_group
        .as_ref()
        .ok_or_else(|| missing("updated"))?;
    let change = group_change(original, updated).ok_or_else(|| {
        ConfigError::refused("no differences detected between original and updated config")
    })?;
    Ok(ConfigUpdate {
        channel_id: channel_id.to_owned(),
        read_set: Some(change.read),
        write_set: Some(change.write),
        ..ConfigUpdate::default()
    })
}

struct Change {
    read: ConfigGroup,
    write: ConfigGroup,
}

/// What has to be read and written of one group; `None` when nothing below it changed.
fn group_change(original: &ConfigGroup, updated: &ConfigGroup) -> Option<Change> {
    let mut read = ConfigGroup {
        version: original.version,
        ..ConfigGroup::default()
    };
    let mut write = read.clone();
    // Unchanged members, by their version only: they are listed when the membership of the group changes.
    let mut same = ConfigGroup::default();
    let mut members_changed = original.mod_policy != updated.mod_policy;

    members_changed |= original.policies.keys().ne(updated.policies.keys())
        || original.values.keys().ne(updated.values.keys())
        || original.groups.keys().ne(updated.groups.keys());
    for (key, new) in &updated.policies {
        let Some(old) = original.policies.get(key) else {
            let mut fresh = new.clone();
            fresh.version = 0;
            write.policies.insert(key.clone(), fresh);
            continue;
        };
        if old.policy == new.policy && old.mod_policy == new.mod_policy {
            let mut bare = old.clone();
            (bare.policy, bare.mod_policy) = (None, String::new());
            same.policies.insert(key.clone(), bare);
        } else {
            let mut next = new.clone();
            next.version = old.version + 1;
            write.policies.insert(key.clone(), next);
        }
    }
    for (key, new) in &updated.values {
        let Some(old) = original.values.get(key) else {
            let mut fresh = new.clone();
            fresh.version = 0;
            write.values.insert(key.clone(), fresh);
            continue;
        };
        if old.value == new.value && old.mod_policy == new.mod_policy {
            let mut bare = old.clone();
            (bare.value, bare.mod_policy) = (Bytes::new(), String::new());
            same.values.insert(key.clone(), bare);
        } else {
            let mut next = new.clone();
            next.version = old.version + 1;
            write.values.insert(key.clone(), next);
        }
    }
    for (key, new) in &updated.groups {
        let Some(old) = original.groups.get(key) else {
            write.groups.insert(key.clone(), fresh_group(new));
            continue;
        };
        match group_change(old, new) {
            Some(change) => {
                read.groups.insert(key.clone(), change.read);
                write.groups.insert(key.clone(), change.write);
            }
            None => {
                let bare = ConfigGroup {
                    version: old.version,
                    ..ConfigGroup::default()
                };
                same.groups.insert(key.clone(), bare);
            }
        }
    }
    let wrote = !(write.groups.is_empty() && write.values.is_empty() && write.policies.is_empty());
    if !members_changed {
        return wrote.then_some(Change { read, write });
    }
    for side in [&mut read, &mut write] {
        side.groups.extend(same.groups.clone());
        side.values.extend(same.values.clone());
        side.policies.extend(same.policies.clone());
    }
    write.version = original.version + 1;
    write.mod_policy = updated.mod_policy.clone();
    Some(Change { read, write })
}

/// A new group with every version 0.
fn fresh_group(group: &ConfigGroup) -> ConfigGroup {
    let mut out = group.clone();
    out.version = 0;
    out.values.values_mut().for_each(|value| value.version = 0);
    out.policies
        .values_mut()
        .for_each(|policy| policy.version = 0);
    out.groups
        .values_mut()
        .for_each(|group| *group = fresh_group(group));
    out
}
