//! A configuration tree as a map from kind and path to element, and back (rules l:C18, l:C19).
//!
//! Fabric: common/configtx/configmap.go.

use std::collections::BTreeMap;

use selvedge_protos::common::{ConfigGroup, ConfigPolicy, ConfigValue};

use super::{ConfigError, validate_config_id};

const ROOT: &str = "Channel";
const ORDERER_CAPABILITIES: &str = "[Value]  /Channel/Orderer/Capabilities";
const DEFAULT_MOD_POLICY: &str = "Admins";

/// A group, value or policy of a configuration, without what is below it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Element<'a> {
    Group(&'a ConfigGroup),
    Value(&'a ConfigValue),
    Policy(&'a ConfigPolicy),
}

/// An element and where it is.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) element: Element<'a>,
    /// Groups above it, below the channel group.
    pub(super) path: Vec<String>,
}

pub(super) type Map<'a> = BTreeMap<String, Entry<'a>>;

impl<'a> Entry<'a> {
    pub(super) fn version(&self) -> u64 {
        match self.element {
            Element::Group(group) => group.version,
            Element::Value(value) => value.version,
            Element::Policy(policy) => policy.version,
        }
    }

    pub(super) fn mod_policy(&self) -> &'a str {
        match self.element {
            Element::Group(group) => &group.mod_policy,
            Element::Value(value) => &value.mod_policy,
            Element::Policy(policy) => &policy.mod_policy,
        }
    }
}

/// Checks every key of a configuration.
pub(super) fn check_names(root: &ConfigGroup) -> Result<(), ConfigError> {
    map_of(Some(root))
        .map(|_| ())
        .map_err(|error| error.within("error converting config to map"))
}

/// All elements by kind and path.
pub(super) fn map_of(root: Option<&ConfigGroup>) -> Result<Map<'_>, ConfigError> {
    let mut map = Map::new();
    if let Some(root) = root {
        add_group(&mut map, &format!("/{ROOT}"), &[], root)?;
    }
    Ok(map)
}

/// `path` are the groups below the channel group that lead to this one, itself included.
fn add_group<'a>(
    map: &mut Map<'a>,
    id: &str,
    path: &[String],
    group: &'a ConfigGroup,
) -> Result<(), ConfigError> {
    let check = |kind: &str, key: &str| {
        validate_config_id(key)
            .map_err(|error| error.within(format!("illegal characters in key: {kind}")))
    };
    let here = Entry {
        element: Element::Group(group),
        path: path.to_vec(),
    };
    map.insert(format!("[Group]  {id}"), here);
    for (key, group) in &group.groups {
        check("[Group]  ", key)?;
        let below: Vec<String> = path.iter().chain([key]).cloned().collect();
        add_group(map, &format!("{id}/{key}"), &below, group)?;
    }
    for (key, value) in &group.values {
        check("[Value]  ", key)?;
        let entry = Entry {
            element: Element::Value(value),
            path: path.to_vec(),
        };
        map.insert(format!("[Value]  {id}/{key}"), entry);
    }
    for (key, policy) in &group.policies {
        check("[Policy] ", key)?;
        let entry = Entry {
            element: Element::Policy(policy),
            path: path.to_vec(),
        };
        map.insert(format!("[Policy] {id}/{key}"), entry);
    }
    Ok(())
}

/// Puts the elements together again. A group has the members it lists and no others. With orderer capabilities, an
/// absent `mod_policy` becomes `Admins`: old tools forgot to set it.
pub(super) fn assemble(map: &Map<'_>) -> Result<ConfigGroup, ConfigError> {
    let assembly = Assembly {
        map,
        fill: map.contains_key(ORDERER_CAPABILITIES),
    };
    assembly.group(&format!("/{ROOT}"))
}

struct Assembly<'a, 'b> {
    map: &'a Map<'b>,
    fill: bool,
}

fn missing(kind: &str, id: &str) -> ConfigError {
    ConfigError::refused(format!("missing {kind} at path: {id}"))
}

impl Assembly<'_, '_> {
    fn group(&self, path: &str) -> Result<ConfigGroup, ConfigError> {
        let id = format!("[Group]  {path}");
        let Some(Element::Group(group)) = self.map.get(&id).map(|entry| entry.element) else {
            return Err(missing("group", &id));
        };
        let mut out = ConfigGroup {
            version: group.version,
            mod_policy: self.mod_policy(&group.mod_policy),
            ..ConfigGroup::default()
        };
        for key in group.groups.keys() {
            out.groups
                .insert(key.clone(), self.group(&format!("{path}/{key}"))?);
        }
        for key in group.values.keys() {
            out.values
                .insert(key.clone(), self.value(&format!("[Value]  {path}/{key}"))?);
        }
        for key in group.policies.keys() {
            out.policies
                .insert(key.clone(), self.policy(&format!("[Policy] {path}/{key}"))?);
        }
        Ok(out)
    }

    fn value(&self, id: &str) -> Result<ConfigValue, ConfigError> {
        match self.map.get(id).map(|entry| entry.element) {
            Some(Element::Value(value)) => Ok(ConfigValue {
                mod_policy: self.mod_policy(&value.mod_policy),
                ..value.clone()
            }),
            _ => Err(missing("value", id)),
        }
    }

    fn policy(&self, id: &str) -> Result<ConfigPolicy, ConfigError> {
        match self.map.get(id).map(|entry| entry.element) {
            Some(Element::Policy(policy)) => Ok(ConfigPolicy {
                mod_policy: self.mod_policy(&policy.mod_policy),
                ..policy.clone()
            }),
            _ => Err(missing("policy", id)),
        }
    }

    fn mod_policy(&self, policy: &str) -> String {
        match policy.is_empty() && self.fill {
            true => DEFAULT_MOD_POLICY.to_owned(),
            false => policy.to_owned(),
        }
    }
}
