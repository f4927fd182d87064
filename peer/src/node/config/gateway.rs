//! `peer.gateway`, `peer.discovery` and the limit of the gateway's requests.

use super::{NodeConfigError, number};
use crate::cli::CoreConfig;
use crate::discovery::DiscoveryOptions;
use crate::gateway::GatewayOptions;

/// Fabric: internal/pkg/gateway/config/options.go; a key that is missing has that program's default, not the longer one
/// of the sample configuration.
pub(super) fn gateway(core: &CoreConfig) -> Result<GatewayOptions, NodeConfigError> {
    let default = GatewayOptions::default();
    let duration = |key: &str, default| -> Result<_, NodeConfigError> {
        Ok(core.duration(key)?.unwrap_or(default))
    };
    Ok(GatewayOptions {
        enabled: switch(core, "peer.gateway.enabled", default.enabled)?,
        endorsement_timeout: duration(
            "peer.gateway.endorsementTimeout",
            default.endorsement_timeout,
        )?,
        broadcast_timeout: duration("peer.gateway.broadcastTimeout", default.broadcast_timeout)?,
        dial_timeout: duration("peer.gateway.dialTimeout", default.dial_timeout)?,
        keep_alive_interval: duration(
            "peer.keepalive.client.interval",
            default.keep_alive_interval,
        )?,
        keep_alive_timeout: duration("peer.keepalive.client.timeout", default.keep_alive_timeout)?,
        limit: number(
            core,
            "peer.limits.concurrency.gatewayService",
            default.limit,
        )?,
        event_delay: default.event_delay,
    })
}

/// On unless it is switched off, as in Fabric's sample configuration.
pub(super) fn discovery(core: &CoreConfig) -> Result<DiscoveryOptions, NodeConfigError> {
    let default = DiscoveryOptions::default();
    let remembers = switch(core, "peer.discovery.authCacheEnabled", true)?;
    let remembered = number(core, "peer.discovery.authCacheMaxSize", default.remembered)?;
    Ok(DiscoveryOptions {
        enabled: switch(core, "peer.discovery.enabled", default.enabled)?,
        members_allowed: core.flag("peer.discovery.orgMembersAllowedAccess")?,
        remembered: if remembers { remembered } else { 0 },
        dropped: dropped(core, remembered)?,
    })
}

const RETENTION: &str = "peer.discovery.authCachePurgeRetentionRatio";

/// Fabric: discovery/authcache.go, which takes any number.
fn dropped(core: &CoreConfig, remembered: usize) -> Result<usize, NodeConfigError> {
    let text = core.text(RETENTION).unwrap_or_else(|| "0.75".to_owned());
    let ratio = text.parse::<f64>().ok();
    let ratio = ratio.filter(|ratio| (0.0..=1.0).contains(ratio));
    let ratio =
        ratio.ok_or_else(|| core.wrong(RETENTION, format!("'{text}' is no number from 0 to 1")))?;
    // Whole numbers of entries; what a float rounds is less than one.
    Ok(remembered - (remembered as f64 * ratio) as usize)
}

fn switch(core: &CoreConfig, key: &'static str, default: bool) -> Result<bool, NodeConfigError> {
    match core.text(key) {
        None => Ok(default),
        Some(_) => Ok(core.flag(key)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_missing_has_fabrics_defaults() {
        let (_dir, core) = CoreConfig::of("peer:\n  localMspId: A\n", &[]);
        assert_eq!(gateway(&core).unwrap(), GatewayOptions::default());
        assert_eq!(discovery(&core).unwrap(), DiscoveryOptions::default());
    }

    #[test]
    fn every_key_is_read() {
        let yaml = "peer:\n  keepalive: {client: {interval: 4s, timeout: 5s}}\n  limits: {concurrency: {gatewayService: 3}}\n  gateway: {enabled: false, endorsementTimeout: 1s, broadcastTimeout: 2s, dialTimeout: 3m}\n  \
                    discovery: {enabled: false, orgMembersAllowedAccess: true, authCacheEnabled: true, authCacheMaxSize: 7, authCachePurgeRetentionRatio: 0.5}\n";
        let (_dir, file) = CoreConfig::of(yaml, &[]);
        let seconds = Duration::from_secs;
        let expected = GatewayOptions {
            enabled: false,
            endorsement_timeout: seconds(1),
            broadcast_timeout: seconds(2),
            dial_timeout: seconds(180),
            keep_alive_interval: seconds(4),
            keep_alive_timeout: seconds(5),
            limit: 3,
            ..GatewayOptions::default()
        };
        assert_eq!(gateway(&file).unwrap(), expected);
        let expected = DiscoveryOptions {
            enabled: false,
            members_allowed: true,
            remembered: 7,
            dropped: 4,
        };
        assert_eq!(discovery(&file).unwrap(), expected);
        let variables = [("CORE_PEER_DISCOVERY_AUTHCACHEENABLED", "false")];
        let (_dir, file) = CoreConfig::of(yaml, &variables);
        assert_eq!(discovery(&file).unwrap().remembered, 0);
    }

    #[test]
    fn what_is_no_proportion_is_refused_by_name() {
        for wrong in ["1.5", "-1", "NaN", "most"] {
            let (_dir, file) = CoreConfig::of(
                "{}",
                &[("CORE_PEER_DISCOVERY_AUTHCACHEPURGERETENTIONRATIO", wrong)],
            );
            let refused = discovery(&file).unwrap_err().to_string();
            assert!(
                refused.contains(RETENTION) && refused.contains(wrong),
                "{refused}"
            );
        }
    }
}
