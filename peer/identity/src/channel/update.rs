//! Changing a configuration: who may, and what comes out (rules l:C14 to l:C19).
//!
//! Fabric: common/configtx/update.go, validator.go. Where Go walks a map in random order and reports the
//! first error, the order of the keys decides here.

use std::sync::Arc;

use prost::Message;
use selvedge_protos::common::{
    Config, ConfigEnvelope, ConfigGroup, ConfigUpdate, ConfigUpdateEnvelope, Envelope, Payload,
    SignatureHeader,
};

use super::{
    ChannelConfig, ConfigError,
    config_map::{Entry, Map, assemble, map_of},
    validate_config_id,
};
use crate::{Identity, SignedData, policy::valid_identities};

impl ChannelConfig {
    /// Checks a config transaction against this configuration and makes the new one. This is what a peer does with a
    /// config block, and an orderer before it writes one.
    pub fn validate_update(&self, envelope: &ConfigEnvelope) -> Result<Self, ConfigError> {
        let config = envelope
            .config
            .as_ref()
            .ok_or_else(|| ConfigError::refused("config envelope has nil config"))?;
        if config.sequence != self.sequence().wrapping_add(1) {
            return Err(ConfigError::refused(format!(
                "config currently at sequence {}, cannot validate config at sequence {}",
                self.sequence(),
                config.sequence
            )));
        }
        let update = config_update_of(envelope.last_update.as_ref())?;
        let result = self.authorize(&update)?;
        if config.channel_group.as_ref() != Some(&result) {
            return Err(ConfigError::refused(
                "ConfigEnvelope LastUpdate did not produce the supplied config result",
            ));
        }
        self.successor(config)
    }

    /// The configuration that an envelope of type CONFIG_UPDATE leads to, if its signatures allow it: the payload of
    /// the config transaction that the ordering service writes.
    pub fn propose_update(&self, update: &Envelope) -> Result<ConfigEnvelope, ConfigError> {
        let parsed = config_update_of(Some(update))
            .map_err(|error| error.within("error converting envelope to config update"))?;
        let group = self
            .authorize(&parsed)
            .map_err(|error| error.within("error authorizing update"))?;
        let config = Config {
            sequence: self.sequence().wrapping_add(1),
            channel_group: Some(group),
        };
        self.successor(&config)?;
        Ok(ConfigEnvelope {
            config: Some(config),
            last_update: Some(update.clone()),
        })
    }

    fn successor(&self, config: &Config) -> Result<Self, ConfigError> {
        let new = Self::build(&self.channel_id, config, Some(&self.msps))?;
        self.check_successor(&new)?;
        Ok(new)
    }

    /// The channel group that the update leads to.
    fn authorize(&self, envelope: &ConfigUpdateEnvelope) -> Result<ConfigGroup, ConfigError> {
        let update = ConfigUpdate::decode(envelope.config_update.clone())
            .map_err(ConfigError::unmarshal("ConfigUpdate"))?;
        if update.channel_id != self.channel_id {
            return Err(ConfigError::refused(format!(
                "ConfigUpdate for channel '{}' but envelope for channel '{}'",
                update.channel_id, self.channel_id
            )));
        }
        let current = map_of(self.config.channel_group.as_ref())?;
        let read_set =
            map_of(update.read_set.as_ref()).map_err(|e| e.within("error mapping ReadSet"))?;
        check_read_set(&current, &read_set).map_err(|e| e.within("error validating ReadSet"))?;
        let write_set =
            map_of(update.write_set.as_ref()).map_err(|e| e.within("error mapping WriteSet"))?;
        let delta = write_set.iter().filter(|(key, entry)| {
            read_set
                .get(*key)
                .is_none_or(|read| read.version() != entry.version())
        });
        let delta: Map<'_> = delta
            .map(|(key, entry)| (key.clone(), entry.clone()))
            .collect();
        let signatures = signatures_of(envelope)?;
        self.check_delta(&current, &delta, &signatures)
            .map_err(|e| e.within("error validating DeltaSet"))?;
        let mut result = current;
        result.extend(delta);
        if let Some(key) = write_set.keys().find(|key| !result.contains_key(*key)) {
            return Err(ConfigError::refused(format!(
                "writeset contained key {key} which did not appear in proposed config"
            ))
            .within("full config did not verify"));
        }
        assemble(&result)
            .map_err(|error| error.within("could not turn configMap back to channelGroup"))
    }

    fn check_delta(
        &self,
        current: &Map<'_>,
        delta: &Map<'_>,
        signatures: &[SignedData],
    ) -> Result<(), ConfigError> {
        if delta.is_empty() {
            return Err(ConfigError::refused(
                "delta set was empty -- update would have no effect",
            ));
        }
        let identities = valid_identities(signatures, &self.msps);
        delta.iter().try_for_each(|(key, entry)| {
            self.check_change(current.get(key), key, entry, &identities)
        })
    }

    /// One element of the delta: its version, and the policy of the element it replaces.
    fn check_change(
        &self,
        existing: Option<&Entry<'_>>,
        key: &str,
        entry: &Entry<'_>,
        identities: &[Arc<Identity>],
    ) -> Result<(), ConfigError> {
        check_mod_policy(entry.mod_policy())
            .map_err(|error| error.within(format!("invalid mod_policy for element {key}")))?;
        let version = entry.version();
        let Some(existing) = existing else {
            if version == 0 {
                return Ok(());
            }
            return Err(ConfigError::refused(format!(
                "attempted to set key {key} to version {version}, but key does not exist"
            )));
        };
        if Some(version) != existing.version().checked_add(1) {
            return Err(ConfigError::refused(format!(
                "attempt to set key {key} to version {version}, but key is at version {}",
                existing.version()
            )));
        }
        let policy = existing.mod_policy();
        let policy = self
            .policies
            .relative(&existing.path, policy)
            .ok_or_else(|| {
                ConfigError::refused(format!("unexpected missing policy {policy} for item {key}"))
            })?;
        policy.evaluate_identities(identities).map_err(|error| {
            ConfigError::from(error).within(format!("policy for {key} not satisfied"))
        })
    }
}

fn check_read_set(current: &Map<'_>, read_set: &Map<'_>) -> Result<(), ConfigError> {
    for (key, entry) in read_set {
        let existing = current.get(key).ok_or_else(|| {
            ConfigError::refused(format!(
                "existing config does not contain element for {key} but was in the read set"
            ))
        })?;
        if existing.version() != entry.version() {
            return Err(ConfigError::refused(format!(
                "proposed update requires that key {key} be at version {}, but it is currently at version {}",
                entry.version(),
                existing.version()
            )));
        }
    }
    Ok(())
}

fn check_mod_policy(policy: &str) -> Result<(), ConfigError> {
    if policy.is_empty() {
        return Err(ConfigError::refused("mod_policy not set"));
    }
    let path = policy.strip_prefix('/').unwrap_or(policy);
    for (index, element) in path.split('/').enumerate() {
        validate_config_id(element)
            .map_err(|error| error.within(format!("path element at {index} is invalid")))?;
    }
    Ok(())
}

fn config_update_of(envelope: Option<&Envelope>) -> Result<ConfigUpdateEnvelope, ConfigError> {
    let envelope = envelope.ok_or_else(|| ConfigError::refused("envelope must have a Header"))?;
    let payload =
        Payload::decode(envelope.payload.clone()).map_err(ConfigError::unmarshal("payload"))?;
    ConfigUpdateEnvelope::decode(payload.data)
        .map_err(ConfigError::unmarshal("ConfigUpdateEnvelope"))
}

/// Each signature covers its header and the update (rule l:C4).
fn signatures_of(envelope: &ConfigUpdateEnvelope) -> Result<Vec<SignedData>, ConfigError> {
    let mut out = Vec::with_capacity(envelope.signatures.len());
    for signature in &envelope.signatures {
        let header = SignatureHeader::decode(signature.signature_header.clone())
            .map_err(ConfigError::unmarshal("SignatureHeader"))?;
        out.push(SignedData {
            data: super::config_signature_bytes(
                &signature.signature_header,
                &envelope.config_update,
            ),
            identity: header.creator,
            signature: signature.signature.clone(),
        });
    }
    Ok(out)
}
