//! The transaction that `channel create` sends when it is given none: made from `configtx.yaml`.
//!
//! Fabric: internal/peer/channel/create.go, createChannelFromDefaults; internal/configtxgen/encoder,
//! MakeChannelCreationTransaction. Of the profile only its consortium and its application section get into the transaction;
//! the certificates of its organisations are those that the ordering service has.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use prost::Message;
use selvedge_identity::{compute_config_update, implicit_meta_from_string, policy_from_string};
use selvedge_protos::common::policy::PolicyType;
use selvedge_protos::common::{
    Capabilities, Capability, ChannelHeader, Config, ConfigGroup, ConfigPolicy,
    ConfigUpdateEnvelope, ConfigValue, Consortium, Envelope, Header, HeaderType, Payload, Policy,
};
use selvedge_protos::protos::{AcLs, ApiResource};
use serde::Deserialize;
use serde_yaml_ng::Value;

/// The profile that Fabric takes.
const PROFILE: &str = "SampleSingleMSPChannel";

const ADMINS: &str = "Admins";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Profile {
    consortium: String,
    application: Option<Application>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Application {
    organizations: Option<Vec<Organization>>,
    capabilities: Option<BTreeMap<String, bool>>,
    policies: Option<BTreeMap<String, Rule>>,
    #[serde(rename = "ACLs")]
    acls: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Organization {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    r#type: String,
    rule: String,
}

/// An unsigned CONFIG_UPDATE that creates `channel`.
pub(super) fn creation(file: &Path, channel: &str) -> Result<Envelope> {
    let profile = profile(file)?;
    let application = profile
        .application
        .ok_or_else(|| anyhow!("channel template configs must contain an application section"))
        .context("could not generate default config template")?;
    if profile.consortium.is_empty() {
        bail!(
            "config update generation failure: cannot define a new channel with no Consortium value"
        );
    }
    let group = application_group(application)?;
    let template = ConfigGroup {
        values: BTreeMap::new(),
        policies: BTreeMap::new(),
        ..group.clone()
    };
    let mut update = compute_config_update(channel, &config(template), &config(group))
        .context("config update generation failure: could not compute update")?;
    let consortium = Consortium {
        name: profile.consortium,
    };
    let named = ConfigValue {
        value: consortium.encode_to_vec().into(),
        ..ConfigValue::default()
    };
    let key = || "Consortium".to_owned();
    let read = update.read_set.get_or_insert_default();
    read.values.insert(key(), ConfigValue::default());
    let written = update.write_set.get_or_insert_default();
    written.values.insert(key(), named);
    let update = ConfigUpdateEnvelope {
        config_update: update.encode_to_vec().into(),
        signatures: Vec::new(),
    };
    Ok(envelope(channel, &update))
}

fn profile(file: &Path) -> Result<Profile> {
    let failed = || format!("Error reading configuration: {}", file.display());
    let text = std::fs::read_to_string(file).with_context(failed)?;
    let mut yaml: Value = serde_yaml_ng::from_str(&text).with_context(failed)?;
    yaml.apply_merge().with_context(failed)?;
    let profile = yaml.get("Profiles").and_then(|all| all.get(PROFILE));
    let profile = profile.ok_or_else(|| anyhow!("Could not find profile: {PROFILE}"))?;
    serde_yaml_ng::from_value(profile.clone()).with_context(failed)
}

fn application_group(application: Application) -> Result<ConfigGroup> {
    let mut values = BTreeMap::new();
    let mut add = |key: &str, value: Vec<u8>| {
        let value = ConfigValue {
            value: value.into(),
            mod_policy: ADMINS.to_owned(),
            ..ConfigValue::default()
        };
        values.insert(key.to_owned(), value);
    };
    let acls = application.acls.unwrap_or_default();
    if !acls.is_empty() {
        let acls = acls.into_iter();
        let acls = acls.map(|(name, policy_ref)| (name, ApiResource { policy_ref }));
        let acls = AcLs {
            acls: acls.collect(),
        };
        add("ACLs", acls.encode_to_vec());
    }
    let capabilities = application.capabilities.unwrap_or_default();
    if !capabilities.is_empty() {
        let required = capabilities.into_iter().filter(|(_, required)| *required);
        let capabilities = Capabilities {
            capabilities: required
                .map(|(name, _)| (name, Capability::default()))
                .collect(),
        };
        add("Capabilities", capabilities.encode_to_vec());
    }
    let organizations = application.organizations.unwrap_or_default().into_iter();
    Ok(ConfigGroup {
        groups: organizations
            .map(|organization| (organization.name, ConfigGroup::default()))
            .collect(),
        values,
        policies: policies(application.policies)
            .context("error adding policies to application group")?,
        mod_policy: ADMINS.to_owned(),
        ..ConfigGroup::default()
    })
}

fn policies(rules: Option<BTreeMap<String, Rule>>) -> Result<BTreeMap<String, ConfigPolicy>> {
    let rules = rules.ok_or_else(|| anyhow!("no policies defined"))?;
    for name in [ADMINS, "Readers", "Writers"] {
        if !rules.contains_key(name) {
            bail!("no {name} policy defined");
        }
    }
    let policies = rules.into_iter().map(|(name, rule)| {
        let policy = ConfigPolicy {
            mod_policy: ADMINS.to_owned(),
            policy: Some(policy(&rule)?),
            ..ConfigPolicy::default()
        };
        Ok((name, policy))
    });
    policies.collect()
}

fn policy(Rule { r#type, rule }: &Rule) -> Result<Policy> {
    let (kind, value) = match r#type.as_str() {
        "ImplicitMeta" => {
            let policy = implicit_meta_from_string(rule);
            let policy =
                policy.with_context(|| format!("invalid implicit meta policy rule '{rule}'"))?;
            (PolicyType::ImplicitMeta, policy.encode_to_vec())
        }
        "Signature" => {
            let policy = policy_from_string(rule);
            let policy =
                policy.with_context(|| format!("invalid signature policy rule '{rule}'"))?;
            (PolicyType::Signature, policy.encode_to_vec())
        }
        other => bail!("unknown policy type: {other}"),
    };
    Ok(Policy {
        r#type: kind.into(),
        value: value.into(),
    })
}

fn config(application: ConfigGroup) -> Config {
    let group = ConfigGroup {
        groups: BTreeMap::from([("Application".to_owned(), application)]),
        mod_policy: ADMINS.to_owned(),
        ..ConfigGroup::default()
    };
    Config {
        channel_group: Some(group),
        ..Config::default()
    }
}

/// As `configtxgen` writes it to a file.
fn envelope(channel: &str, update: &ConfigUpdateEnvelope) -> Envelope {
    let channel_header = ChannelHeader {
        r#type: HeaderType::ConfigUpdate.into(),
        channel_id: channel.to_owned(),
        ..ChannelHeader::default()
    };
    let payload = Payload {
        header: Some(Header {
            channel_header: channel_header.encode_to_vec().into(),
            signature_header: Bytes::new(),
        }),
        data: update.encode_to_vec().into(),
    };
    Envelope {
        payload: payload.encode_to_vec().into(),
        signature: Bytes::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_protos::common::ConfigUpdate;

    /// What matters of Fabric's sample.
    const SAMPLE: &str = "
Organizations:
  - &SampleOrg {Name: SampleOrg, ID: SampleOrg, MSPDir: msp}
Capabilities:
  Application: &ApplicationCapabilities {V2_5: true, V1_1: false}
Application: &ApplicationDefaults
  ACLs: &ACLsDefault {event/Block: /Channel/Application/Readers}
  Organizations:
  Policies: &Policies
    LifecycleEndorsement: {Type: ImplicitMeta, Rule: MAJORITY Endorsement}
    Readers: {Type: ImplicitMeta, Rule: ANY Readers}
    Writers: {Type: ImplicitMeta, Rule: ANY Writers}
    Admins: {Type: Signature, Rule: OR('SampleOrg.admin')}
  Capabilities:
    <<: *ApplicationCapabilities
Channel: &ChannelDefaults
  Capabilities: {V3_0: true}
Profiles:
  SampleSingleMSPChannel:
    <<: *ChannelDefaults
    Consortium: SampleConsortium
    Application:
      <<: *ApplicationDefaults
      Organizations:
        - <<: *SampleOrg
";

    fn made(yaml: &str) -> Result<ConfigUpdate> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("configtx.yaml");
        std::fs::write(&file, yaml).unwrap();
        let envelope = creation(&file, "new")?;
        let payload = Payload::decode(envelope.payload).unwrap();
        let update = ConfigUpdateEnvelope::decode(payload.data).unwrap();
        Ok(ConfigUpdate::decode(update.config_update).unwrap())
    }

    #[test]
    fn the_application_section_is_what_is_written() {
        let update = made(SAMPLE).unwrap();
        assert_eq!(update.channel_id, "new");
        let (read, written) = (update.read_set.unwrap(), update.write_set.unwrap());
        assert_eq!(read.values["Consortium"], ConfigValue::default());
        let consortium = Consortium::decode(written.values["Consortium"].value.clone()).unwrap();
        assert_eq!(consortium.name, "SampleConsortium");
        let before = &read.groups["Application"];
        assert!(before.policies.is_empty() && before.values.is_empty());
        assert_eq!(Vec::from_iter(before.groups.keys()), ["SampleOrg"]);
        let application = &written.groups["Application"];
        assert_eq!((before.version, application.version), (0, 1));
        assert_eq!(application.mod_policy, "Admins");
        assert_eq!(Vec::from_iter(application.groups.keys()), ["SampleOrg"]);
        assert_eq!(application.groups["SampleOrg"], ConfigGroup::default());
        let capabilities = &application.values["Capabilities"];
        assert_eq!(capabilities.mod_policy, "Admins");
        let capabilities = Capabilities::decode(capabilities.value.clone()).unwrap();
        assert_eq!(Vec::from_iter(capabilities.capabilities.keys()), ["V2_5"]);
        let acls = AcLs::decode(application.values["ACLs"].value.clone()).unwrap();
        assert_eq!(
            acls.acls["event/Block"].policy_ref,
            "/Channel/Application/Readers"
        );
        let names = ["Admins", "LifecycleEndorsement", "Readers", "Writers"];
        assert_eq!(Vec::from_iter(application.policies.keys()), names);
        let kind = |name: &str| application.policies[name].policy.as_ref().unwrap().r#type;
        assert_eq!(kind("Admins"), i32::from(PolicyType::Signature));
        assert_eq!(kind("Readers"), i32::from(PolicyType::ImplicitMeta));
    }

    #[test]
    fn what_is_missing_is_named_in_fabrics_words() {
        let without = |line: &str| {
            assert!(SAMPLE.contains(line), "{line}");
            format!("{:#}", made(&SAMPLE.replace(line, "")).unwrap_err())
        };
        let found = without("    Consortium: SampleConsortium\n");
        let expected = "config update generation failure: cannot define a new channel with no Consortium value";
        assert_eq!(found, expected);
        let found = without("    Writers: {Type: ImplicitMeta, Rule: ANY Writers}\n");
        let expected = "error adding policies to application group: no Writers policy defined";
        assert_eq!(found, expected);
        let other = SAMPLE.replace("SampleSingleMSPChannel", "Another");
        let found = made(&other).unwrap_err().to_string();
        assert_eq!(found, "Could not find profile: SampleSingleMSPChannel");
        let odd = SAMPLE.replace("Type: Signature", "Type: Odd");
        let found = format!("{:#}", made(&odd).unwrap_err());
        let expected = "error adding policies to application group: unknown policy type: Odd";
        assert_eq!(found, expected);
    }
}
