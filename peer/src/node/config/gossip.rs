use super::{NodeConfigError, RawTls, client_pair, number, read};
use crate::cli::{ConfigError, CoreConfig};
use crate::node::{GossipOptions, PrivateDataOptions};
use bytes::Bytes;
use selvedge_gossip::Settings;
use std::path::PathBuf;
use std::time::Duration;

/// `peer.gossip` and what goes with it.
#[derive(Clone, Debug)]
pub struct RawGossip {
    pub settings: Settings,
    pub private_data: PrivateDataOptions,
    /// `peer.tls.rootcert.file`.
    pub tls_root: Option<PathBuf>,
}

impl RawGossip {
    /// `address`: `peer.address`, which is what others are told unless `peer.gossip.endpoint` says otherwise.
    pub(super) fn read(core: &CoreConfig, address: &str) -> Result<Self, NodeConfigError> {
        let both = core.flag("peer.gossip.useLeaderElection")? && is_leader(core)?;
        if both {
            return Err(NodeConfigError::Leaders);
        }
        Ok(Self {
            settings: settings(core, address)?,
            private_data: private_data(core)?,
            tls_root: core.path("peer.tls.rootcert.file"),
        })
    }

    pub(super) fn settle(self, tls: Option<&RawTls>) -> Result<GossipOptions, NodeConfigError> {
        let mut tls_roots = Vec::new();
        if let Some(root) = tls.and(self.tls_root) {
            tls_roots.push(Bytes::from(read("peer.tls.rootcert.file", &root)?));
        }
        Ok(GossipOptions {
            settings: self.settings,
            client: tls.map(client_pair).transpose()?,
            tls_roots,
            private_data: self.private_data,
        })
    }
}

/// Every peer takes its blocks from the orderers, which is Fabric's default since v2.4.
fn is_leader(core: &CoreConfig) -> Result<bool, ConfigError> {
    if core.text("peer.gossip.orgLeader").is_none() {
        return Ok(true);
    }
    core.flag("peer.gossip.orgLeader")
}

/// Zero counts as not set, as in Fabric.
fn duration(core: &CoreConfig, key: &str, default: Duration) -> Result<Duration, ConfigError> {
    let given = core.duration(key)?.filter(|given| !given.is_zero());
    Ok(given.unwrap_or(default))
}

/// Zero counts as not set, as in Fabric.
fn iterations(core: &CoreConfig, default: usize) -> Result<usize, NodeConfigError> {
    Ok(
        match number(core, "peer.gossip.propagateIterations", default)? {
            0 => default,
            given => given,
        },
    )
}

fn settings(core: &CoreConfig, address: &str) -> Result<Settings, NodeConfigError> {
    let default = Settings::default();
    let time = |key: &str, default| duration(core, &format!("peer.gossip.{key}"), default);
    let alive_interval = time("aliveTimeInterval", default.alive_interval)?;
    let alive_expiration = time("aliveExpirationTimeout", alive_interval * 5)?;
    let attempts = number(core, "peer.gossip.maxConnectionAttempts", 120)?;
    let factor = number(core, "peer.gossip.msgExpirationFactor", 20)?;
    let text = |key: &str| core.text(key).unwrap_or_default();
    let mut bootstrap = core.list("peer.gossip.bootstrap");
    // One address need not be a list.
    if bootstrap.is_empty() {
        bootstrap.extend(core.text("peer.gossip.bootstrap"));
    }
    Ok(Settings {
        endpoint: core
            .text("peer.gossip.endpoint")
            .unwrap_or_else(|| address.to_owned()),
        external_endpoint: text("peer.gossip.externalEndpoint"),
        bootstrap,
        alive_interval,
        alive_expiration,
        reconnect_interval: time("reconnectInterval", alive_expiration)?,
        max_connection_attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        expiration_factor: u32::try_from(factor).unwrap_or(u32::MAX),
        pull_interval: time("pullInterval", default.pull_interval)?,
        pull_peers: number(core, "peer.gossip.pullPeerNum", default.pull_peers)?,
        digest_wait: time("digestWaitTime", default.digest_wait)?,
        request_wait: time("requestWaitTime", default.request_wait)?,
        response_wait: time("responseWaitTime", default.response_wait)?,
        propagate_peers: number(
            core,
            "peer.gossip.propagatePeerNum",
            default.propagate_peers,
        )?,
        propagate_iterations: iterations(core, default.propagate_iterations)?,
        membership_tracker_interval: time(
            "membershipTrackerInterval",
            default.membership_tracker_interval,
        )?,
        publish_state_info_interval: time(
            "publishStateInfoInterval",
            default.publish_state_info_interval,
        )?,
        request_state_info_interval: time(
            "requestStateInfoInterval",
            default.request_state_info_interval,
        )?,
        publish_cert_period: time("publishCertPeriod", default.publish_cert_period)?,
        dial_timeout: time("dialTimeout", default.dial_timeout)?,
        connection_timeout: time("connTimeout", default.connection_timeout)?,
        keep_alive_interval: duration(
            core,
            "peer.keepalive.client.interval",
            default.keep_alive_interval,
        )?,
        keep_alive_timeout: duration(
            core,
            "peer.keepalive.client.timeout",
            default.keep_alive_timeout,
        )?,
        send_buffer: number(core, "peer.gossip.sendBuffSize", default.send_buffer)?,
        ..default
    })
}

fn private_data(core: &CoreConfig) -> Result<PrivateDataOptions, NodeConfigError> {
    let default = PrivateDataOptions::default();
    let key = |name: &str| format!("peer.gossip.pvtData.{name}");
    let time = |name: &str, default| duration(core, &key(name), default);
    let count = |name: &'static str, default: u64| {
        let default = usize::try_from(default).unwrap_or(usize::MAX);
        let found = number(core, name, default);
        found.map(|found| u64::try_from(found).unwrap_or(u64::MAX))
    };
    let reconciliation = match core.text(&key("reconciliationEnabled")) {
        None => default.reconciliation,
        Some(_) => core.flag(&key("reconciliationEnabled"))?,
    };
    let (required, maximum) = implicit(core, &default)?;
    Ok(PrivateDataOptions {
        pull_retry_threshold: time("pullRetryThreshold", default.pull_retry_threshold)?,
        transient_retention: count(
            "peer.gossip.pvtData.transientstoreMaxBlockRetention",
            default.transient_retention,
        )?,
        push_ack_timeout: time("pushAckTimeout", default.push_ack_timeout)?,
        btl_pull_margin: count("peer.gossip.pvtData.btlPullMargin", default.btl_pull_margin)?,
        reconcile_batch_size: number(
            core,
            "peer.gossip.pvtData.reconcileBatchSize",
            default.reconcile_batch_size,
        )?,
        reconcile_interval: time("reconcileSleepInterval", default.reconcile_interval)?,
        reconciliation,
        skip_pulling_invalid: core.flag(&key("skipPullingInvalidTransactionsDuringCommit"))?,
        implicit_required: required,
        implicit_maximum: maximum,
        deprioritized_interval: duration(
            core,
            "ledger.pvtdataStore.deprioritizedDataReconcilerInterval",
            default.deprioritized_interval,
        )?,
        eligible_batch: number(core, BATCH, default.eligible_batch)?,
        eligible_pause: milliseconds(core, default.eligible_pause)?,
    })
}

const BATCH: &str = "ledger.pvtdataStore.collElgProcMaxDbBatchSize";
const PAUSE: &str = "ledger.pvtdataStore.collElgProcDbBatchesInterval";

/// A number without a unit, as in Fabric.
fn milliseconds(core: &CoreConfig, default: Duration) -> Result<Duration, NodeConfigError> {
    let default = usize::try_from(default.as_millis()).unwrap_or(usize::MAX);
    let given = number(core, PAUSE, default)?;
    Ok(Duration::from_millis(
        u64::try_from(given).unwrap_or(u64::MAX),
    ))
}

const REQUIRED: &str =
    "peer.gossip.pvtData.implicitCollectionDisseminationPolicy.requiredPeerCount";
const MAXIMUM: &str = "peer.gossip.pvtData.implicitCollectionDisseminationPolicy.maxPeerCount";

/// Fabric: gossip/privdata/config.go, which panics where this is an error.
fn implicit(
    core: &CoreConfig,
    default: &PrivateDataOptions,
) -> Result<(i32, i32), NodeConfigError> {
    let read = |key: &'static str, default: i32| -> Result<i32, NodeConfigError> {
        let default = usize::try_from(default).unwrap_or_default();
        let found = number(core, key, default)?;
        i32::try_from(found).map_err(|_| NodeConfigError::Number {
            key,
            value: found.to_string(),
        })
    };
    let required = read(REQUIRED, default.implicit_required)?;
    let maximum = read(MAXIMUM, default.implicit_maximum)?;
    if required > maximum {
        return Err(NodeConfigError::Dissemination { required, maximum });
    }
    Ok((required, maximum))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(gossip: &str, variables: &[(&str, &str)]) -> CoreConfig {
        let yaml = format!("peer:\n  localMspId: A\n  gossip: {gossip}\n");
        CoreConfig::of(&yaml, variables).1
    }

    #[test]
    fn fabrics_keys_and_defaults() {
        let raw = RawGossip::read(&core("{}", &[]), "peer0:7051").unwrap();
        assert_eq!(raw.settings.endpoint, "peer0:7051");
        assert_eq!(raw.settings.external_endpoint, "");
        assert_eq!(raw.settings.alive_expiration, Duration::from_secs(25));
        assert_eq!(raw.private_data.reconcile_interval, Duration::from_secs(60));
        assert!(raw.private_data.reconciliation);
        let gossip = "{endpoint: 'inside:1', externalEndpoint: 'outside:2', bootstrap: ['b:1', 'c:2'], aliveTimeInterval: 2s, pvtData: {reconciliationEnabled: false, pushAckTimeout: 0s, reconcileBatchSize: 3}}";
        let raw = RawGossip::read(&core(gossip, &[]), "peer0:7051").unwrap();
        let settings = &raw.settings;
        assert_eq!(
            (
                settings.endpoint.as_str(),
                settings.external_endpoint.as_str()
            ),
            ("inside:1", "outside:2")
        );
        assert_eq!(settings.bootstrap, ["b:1", "c:2"]);
        assert_eq!(settings.alive_expiration, Duration::from_secs(10));
        assert_eq!(settings.reconnect_interval, Duration::from_secs(10));
        assert!(!raw.private_data.reconciliation);
        assert_eq!(raw.private_data.push_ack_timeout, Duration::from_secs(3));
        assert_eq!(raw.private_data.reconcile_batch_size, 3);
    }

    #[test]
    fn the_tunings_of_the_exchange_of_identities_and_of_the_log() {
        let read = |gossip: &str| RawGossip::read(&core(gossip, &[]), "peer0:7051").unwrap();
        let milliseconds = Duration::from_millis;
        let tunings = |raw: &RawGossip| {
            let settings = &raw.settings;
            (
                [
                    settings.digest_wait,
                    settings.request_wait,
                    settings.response_wait,
                    settings.membership_tracker_interval,
                ],
                settings.propagate_iterations,
            )
        };
        let fabrics = [1000, 1500, 2000, 5000].map(milliseconds);
        assert_eq!(tunings(&read("{}")), (fabrics, 1));
        assert_eq!(tunings(&read("{propagateIterations: 0}")), (fabrics, 1));
        let given = "{digestWaitTime: 2s, requestWaitTime: 3s, responseWaitTime: 4s, membershipTrackerInterval: 1m, propagateIterations: 2}";
        let expected = [2000, 3000, 4000, 60_000].map(milliseconds);
        assert_eq!(tunings(&read(given)), (expected, 2));
    }

    #[test]
    fn how_fast_what_became_eligible_is_marked() {
        let read = |variables: &[(&str, &str)]| {
            let raw = RawGossip::read(&core("{}", variables), "peer0:7051");
            let options = raw.map(|raw| raw.private_data);
            options.map(|options| (options.eligible_batch, options.eligible_pause))
        };
        assert_eq!(read(&[]).unwrap(), (5000, Duration::from_secs(1)));
        let batch = ("CORE_LEDGER_PVTDATASTORE_COLLELGPROCMAXDBBATCHSIZE", "7");
        let pause = "CORE_LEDGER_PVTDATASTORE_COLLELGPROCDBBATCHESINTERVAL";
        let given = read(&[batch, (pause, "30")]).unwrap();
        assert_eq!(given, (7, Duration::from_millis(30)));
        let refused = read(&[(pause, "1s")]).unwrap_err().to_string();
        assert!(
            refused.contains(PAUSE) && refused.contains("1s"),
            "{refused}"
        );
    }

    #[test]
    fn one_bootstrap_peer_is_no_list_and_variables_win() {
        let read = |variables: &[(&str, &str)]| {
            let core = core("{bootstrap: 'b:1'}", variables);
            RawGossip::read(&core, "peer0:7051")
                .unwrap()
                .settings
                .bootstrap
        };
        assert_eq!(read(&[]), ["b:1"]);
        assert_eq!(
            read(&[("CORE_PEER_GOSSIP_BOOTSTRAP", "x:1 y:2")]),
            ["x:1", "y:2"]
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let refused = |gossip: &str| {
            let refused = RawGossip::read(&core(gossip, &[]), "peer0:7051").unwrap_err();
            refused.to_string()
        };
        assert_eq!(
            refused("{useLeaderElection: true, orgLeader: true}"),
            "Setting both orgLeader and useLeaderElection to true isn't supported, aborting execution"
        );
        let policy = "{pvtData: {implicitCollectionDisseminationPolicy: {requiredPeerCount: 3, maxPeerCount: 2}}}";
        assert_eq!(
            refused(policy),
            "peer.gossip.pvtData.implicitCollectionDisseminationPolicy.maxPeerCount (2) cannot be less than requiredPeerCount (3)"
        );
    }
}
