use std::collections::BTreeMap;

use bytes::Bytes;
use selvedge_protos::common::{Config, ConfigGroup, ConfigPolicy, ConfigUpdate, ConfigValue};

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
    (write.policies, same.policies) = leaf_changes(&original.policies, &updated.policies);
    (write.values, same.values) = leaf_changes(&original.values, &updated.values);
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
    if same_members(original, updated) {
        let wrote =
            !(write.groups.is_empty() && write.values.is_empty() && write.policies.is_empty());
        return wrote.then_some(Change { read, write });
    }
    for side in [&mut read, &mut write] {
        side.groups.extend(same.groups.clone());
        side.values.extend(same.values.clone());
        side.policies.extend(same.policies.clone());
    }
    write.version = original.version.wrapping_add(1);
    write.mod_policy = updated.mod_policy.clone();
    Some(Change { read, write })
}

/// Whether two groups list the same keys and are changed by the same policy.
fn same_members(a: &ConfigGroup, b: &ConfigGroup) -> bool {
    a.mod_policy == b.mod_policy
        && a.policies.keys().eq(b.policies.keys())
        && a.values.keys().eq(b.values.keys())
        && a.groups.keys().eq(b.groups.keys())
}

/// A value or a policy.
trait Leaf: Clone {
    fn version(&mut self) -> &mut u64;
    /// Equal but for the version.
    fn same_content(&self, other: &Self) -> bool;
    /// The version alone.
    fn bare(&self) -> Self;
}

impl Leaf for ConfigValue {
    fn version(&mut self) -> &mut u64 {
        &mut self.version
    }

    fn same_content(&self, other: &Self) -> bool {
        self.value == other.value && self.mod_policy == other.mod_policy
    }

    fn bare(&self) -> Self {
        Self {
            version: self.version,
            ..Self::default()
        }
    }
}

impl Leaf for ConfigPolicy {
    fn version(&mut self) -> &mut u64 {
        &mut self.version
    }

    fn same_content(&self, other: &Self) -> bool {
        self.policy == other.policy && self.mod_policy == other.mod_policy
    }

    fn bare(&self) -> Self {
        Self {
            version: self.version,
            ..Self::default()
        }
    }
}

type Leaves<T> = BTreeMap<String, T>;

/// Leaves to write, and the unchanged ones by their version.
fn leaf_changes<T: Leaf>(original: &Leaves<T>, updated: &Leaves<T>) -> (Leaves<T>, Leaves<T>) {
    let (mut write, mut same) = (Leaves::new(), Leaves::new());
    for (key, new) in updated {
        let mut next = new.clone();
        match original.get(key) {
            Some(old) if old.same_content(new) => {
                same.insert(key.clone(), old.bare());
                continue;
            }
            Some(old) => *next.version() = old.clone().version().wrapping_add(1),
            None => *next.version() = 0,
        }
        write.insert(key.clone(), next);
    }
    (write, same)
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
