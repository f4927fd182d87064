//! What a new configuration may not change, whoever signs it (rule l:C11).
//!
//! Fabric: common/channelconfig/bundle.go `ValidateNew`.

use super::{Application, ChannelConfig, ConfigError, Orderer};

impl ChannelConfig {
    /// Fails when `new` may not follow this configuration.
    pub fn check_successor(&self, new: &Self) -> Result<(), ConfigError> {
        if let Some(orderer) = &self.orderer {
            let next = new.orderer.as_ref().ok_or_else(|| {
                ConfigError::refused("current config has orderer section, but new config does not")
            })?;
            self.check_orderer(orderer, next, new)?;
        }
        if let Some(application) = &self.application {
            let next = new.application.as_ref().ok_or_else(|| {
                ConfigError::refused(
                    "current config has application section, but new config does not",
                )
            })?;
            check_application(application, next)?;
        }
        match (self.has_consortiums, new.has_consortiums) {
            (true, false) => Err(ConfigError::refused(
                "current config has consortiums section, but new config does not",
            )),
            (false, true) => Err(ConfigError::refused(
                "current config has no consortiums section, but new config does",
            )),
            _ => Ok(()),
        }
    }

    fn check_orderer(&self, old: &Orderer, next: &Orderer, new: &Self) -> Result<(), ConfigError> {
        let migration = self.capabilities.org_specific_orderer_endpoints();
        if !migration && old.consensus_type != next.consensus_type {
            return Err(ConfigError::refused(format!(
                "attempted to change consensus type from {} to {}",
                old.consensus_type, next.consensus_type
            )));
        }
        if !self.capabilities.consensus_type_bft() && new.capabilities.consensus_type_bft() {
            let bare = next
                .organisations
                .values()
                .find(|organisation| organisation.endpoints.is_empty());
            if let Some(organisation) = bare {
                return Err(ConfigError::refused(format!(
                    "illegal orderer config update detected: endpoints of org {} are missing",
                    organisation.name
                )));
            }
        }
        for (name, organisation) in &old.organisations {
            let next = next.organisations.get(name).map(|next| &next.msp_id);
            check_msp_id("orderer", name, &organisation.msp_id, next)?;
        }
        Ok(())
    }
}

fn check_application(old: &Application, next: &Application) -> Result<(), ConfigError> {
    old.organisations
        .iter()
        .try_for_each(|(name, organisation)| {
            let next = next.organisations.get(name).map(|next| &next.msp_id);
            check_msp_id("application", name, &organisation.msp_id, next)
        })
}

fn check_msp_id(
    kind: &str,
    name: &str,
    old: &str,
    next: Option<&String>,
) -> Result<(), ConfigError> {
    match next {
        Some(next) if next != old => Err(ConfigError::refused(format!(
            "{kind} org {name} attempted to change MSP ID from {old} to {next}"
        ))),
        _ => Ok(()),
    }
}
