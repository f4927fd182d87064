use super::{NodeConfigError, read};
use crate::cli::{ConfigError, CoreConfig};
use crate::node::{BftPolicy, OrdererOverride, PullOptions};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// `peer.deliveryclient` and what goes with it.
#[derive(Clone, Debug)]
pub struct RawPull {
    pub connect_timeout: Duration,
    pub longest_pause: Duration,
    pub first_pause: Duration,
    pub give_up: Option<Duration>,
    pub censorship_timeout: Duration,
    pub policy: BftPolicy,
    pub overrides: Vec<RawOverride>,
    pub keep_alive_interval: Duration,
    pub keep_alive_timeout: Duration,
}

/// An element of `peer.deliveryclient.addressOverrides`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawOverride {
    pub from: String,
    pub to: String,
    pub ca_certs_file: Option<PathBuf>,
}

const OVERRIDES: &str = "peer.deliveryclient.addressOverrides";
const POLICY: &str = "peer.deliveryclient.policy";

impl RawPull {
    pub(super) fn read(core: &CoreConfig) -> Result<Self, NodeConfigError> {
        let seconds = Duration::from_secs;
        let duration = |key: &str, default| {
            Ok::<_, ConfigError>(
                core.duration(key)?
                    .filter(|given| !given.is_zero())
                    .unwrap_or(default),
            )
        };
        let total = duration(
            "peer.deliveryclient.reconnectTotalTimeThreshold",
            seconds(3600),
        )?;
        Ok(Self {
            connect_timeout: duration("peer.deliveryclient.connTimeout", seconds(3))?,
            longest_pause: duration(
                "peer.deliveryclient.reConnectBackoffThreshold",
                seconds(3600),
            )?,
            first_pause: duration(
                "peer.deliveryclient.minimalReconnectInterval",
                Duration::from_millis(100),
            )?,
            give_up: (!is_static_leader(core)?).then_some(total),
            censorship_timeout: duration(
                "peer.deliveryclient.blockCensorshipTimeoutKey",
                seconds(30),
            )?,
            policy: policy(core),
            overrides: overrides(core)?,
            keep_alive_interval: duration("peer.keepalive.deliveryClient.interval", seconds(60))?,
            keep_alive_timeout: duration("peer.keepalive.deliveryClient.timeout", seconds(20))?,
        })
    }

    /// Reads the certificates that overrides name.
    pub(super) fn settle(
        self,
        tls: bool,
        client: Option<(Vec<u8>, Vec<u8>)>,
    ) -> Result<PullOptions, NodeConfigError> {
        let mut overrides = BTreeMap::new();
        for raw in self.overrides {
            let mut tls_roots = Vec::new();
            if let Some(path) = &raw.ca_certs_file {
                tls_roots.push(Bytes::from(read(OVERRIDES, path)?));
            }
            let address = raw.to;
            overrides.insert(raw.from, OrdererOverride { address, tls_roots });
        }
        Ok(PullOptions {
            tls,
            connect_timeout: self.connect_timeout,
            longest_pause: self.longest_pause,
            first_pause: self.first_pause,
            give_up: self.give_up,
            censorship_timeout: self.censorship_timeout,
            bft: self.policy,
            overrides,
            client,
            keep_alive_interval: self.keep_alive_interval,
            keep_alive_timeout: self.keep_alive_timeout,
        })
    }
}

/// Whether nobody takes this peer's place when it gives up. Without a word about it, it is so, as in Fabric's sample
/// configuration.
fn is_static_leader(core: &CoreConfig) -> Result<bool, ConfigError> {
    let elected = core.flag("peer.gossip.useLeaderElection")?;
    let leads =
        core.text("peer.gossip.orgLeader").is_none() || core.flag("peer.gossip.orgLeader")?;
    Ok(leads && !elected)
}

fn policy(core: &CoreConfig) -> BftPolicy {
    match core.text(POLICY).as_deref() {
        None | Some("cluster") => BftPolicy::Cluster,
        Some("simple") => BftPolicy::Simple,
        Some(other) => {
            tracing::warn!(
                "{POLICY} is set to \"{other}\" which is not valid policy, defaulting to \"cluster\""
            );
            BftPolicy::Cluster
        }
    }
}

fn overrides(core: &CoreConfig) -> Result<Vec<RawOverride>, NodeConfigError> {
    let mut found = Vec::new();
    for fields in core.records(OVERRIDES)? {
        let field = |name: &str| {
            let field = fields.get(&name.to_lowercase()).cloned();
            field.filter(|text| !text.is_empty())
        };
        let address = |name: &'static str| {
            field(name).ok_or(NodeConfigError::Override {
                key: OVERRIDES,
                name,
            })
        };
        found.push(RawOverride {
            from: address("from")?,
            to: address("to")?,
            ca_certs_file: field("caCertsFile").map(|path| core.resolve(path.as_ref())),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fabrics_defaults() {
        let (_dir, core) = CoreConfig::of("peer: {}\n", &[]);
        let raw = RawPull::read(&core).unwrap();
        assert_eq!(raw.connect_timeout, Duration::from_secs(3));
        assert_eq!(raw.longest_pause, Duration::from_secs(3600));
        assert_eq!(raw.first_pause, Duration::from_millis(100));
        assert_eq!(raw.censorship_timeout, Duration::from_secs(30));
        assert_eq!(raw.policy, BftPolicy::Cluster);
        assert_eq!(raw.give_up, None, "a static leader never gives up");
        assert_eq!(raw.overrides, []);
    }

    #[test]
    fn an_elected_leader_gives_up() {
        let yaml = "peer:\n  gossip: {useLeaderElection: true}\n  deliveryclient: {reconnectTotalTimeThreshold: 90s, policy: simple, blockCensorshipTimeoutKey: 5s}\n";
        let (_dir, core) = CoreConfig::of(yaml, &[]);
        let raw = RawPull::read(&core).unwrap();
        assert_eq!(raw.give_up, Some(Duration::from_secs(90)));
        assert_eq!(raw.policy, BftPolicy::Simple);
        assert_eq!(raw.censorship_timeout, Duration::from_secs(5));
    }

    #[test]
    fn overrides_from_the_file_and_from_the_environment() {
        let yaml = "peer:\n  deliveryclient:\n    addressOverrides:\n      - from: a:1\n        to: b:2\n        caCertsFile: ca.pem\n      - from: c:3\n        to: d:4\n        caCertsFile:\n";
        let (dir, file) = CoreConfig::of(yaml, &[]);
        std::fs::write(dir.path().join("ca.pem"), "PEM").unwrap();
        let options = RawPull::read(&file).unwrap().settle(true, None).unwrap();
        let found = |from: &str| options.overrides.get(from).unwrap().clone();
        assert_eq!(found("a:1").address, "b:2");
        assert_eq!(found("a:1").tls_roots, [Bytes::from_static(b"PEM")]);
        assert_eq!(found("c:3").tls_roots, [] as [Bytes; 0]);
        let variable = (
            "CORE_PEER_DELIVERYCLIENT_ADDRESSOVERRIDES",
            "[{from: x:1, to: y:2, caCertsFile: missing.pem}]",
        );
        let (_dir, both) = CoreConfig::of(yaml, &[variable]);
        let raw = RawPull::read(&both).unwrap();
        assert_eq!(raw.overrides.len(), 1);
        assert_eq!(raw.overrides[0].from, "x:1");
        let error = raw.settle(true, None).unwrap_err().to_string();
        assert!(error.contains("missing.pem"), "{error}");
    }

    #[test]
    fn an_override_needs_both_addresses() {
        let yaml = "peer:\n  deliveryclient:\n    addressOverrides: [{from: a:1}]\n";
        let (_dir, core) = CoreConfig::of(yaml, &[]);
        assert_eq!(
            RawPull::read(&core).unwrap_err().to_string(),
            "an element of peer.deliveryclient.addressOverrides has no 'to'"
        );
    }
}
