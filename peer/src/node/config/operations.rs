//! `operations` and `metrics` of `core.yaml`. Fabric: internal/peer/node/start.go newOperationsSystem.

use super::{NodeConfigError, read};
use crate::cli::CoreConfig;
use crate::operations::{OperationsTls, StatsdNetwork, StatsdOptions};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the keys say about the operations endpoint.
#[derive(Clone, Debug)]
pub struct RawOperations {
    pub listen_address: String,
    pub tls: Option<RawOperationsTls>,
    /// Whether `/metrics` is served.
    pub metrics: bool,
    /// Whether `/page/` is served. Our own key.
    pub page: bool,
}

/// Files of `operations.tls`.
#[derive(Clone, Debug)]
pub struct RawOperationsTls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub client_auth_required: bool,
    pub client_roots: Vec<PathBuf>,
}

/// An operations endpoint that can be served.
#[derive(Clone, Debug)]
pub struct OperationsListener {
    pub address: String,
    pub tls: Option<OperationsTls>,
    pub metrics: bool,
}

impl RawOperations {
    /// Nothing where `operations.listenAddress` is not set: Fabric's default is in its `core.yaml`, not in its code.
    pub(super) fn read(core: &CoreConfig) -> Result<Option<Self>, NodeConfigError> {
        let page = core.flag("operations.page.enabled")?;
        let Some(listen_address) = core.text("operations.listenAddress") else {
            return match page {
                true => Err(NodeConfigError::PageWithoutListener),
                false => Ok(None),
            };
        };
        let tls = if core.flag("operations.tls.enabled")? {
            let file = |key| core.path(key).unwrap_or_default();
            let roots = core.list("operations.tls.clientRootCAs.files");
            let roots = roots.iter().map(|path| core.resolve(Path::new(path)));
            Some(RawOperationsTls {
                certificate: file("operations.tls.cert.file"),
                key: file("operations.tls.key.file"),
                client_auth_required: core.flag("operations.tls.clientAuthRequired")?,
                client_roots: roots.collect(),
            })
        } else {
            None
        };
        Ok(Some(Self {
            listen_address,
            tls,
            metrics: metrics(&core.text("metrics.provider").unwrap_or_default()),
            page,
        }))
    }

    pub(super) fn settle(self) -> Result<OperationsListener, NodeConfigError> {
        if self.page && self.tls.is_none() && !is_loopback(&self.listen_address) {
            return Err(NodeConfigError::PageForEverybody(self.listen_address));
        }
        let tls = self.tls.map(|tls| {
            let mut client_roots = Vec::new();
            for path in &tls.client_roots {
                client_roots.extend(read("operations.tls.clientRootCAs.files", path)?);
                client_roots.push(b'\n');
            }
            Ok::<_, NodeConfigError>(OperationsTls {
                certificate: read("operations.tls.cert.file", &tls.certificate)?,
                key: read("operations.tls.key.file", &tls.key)?,
                client_roots,
                client_required: tls.client_auth_required,
            })
        });
        Ok(OperationsListener {
            address: self.listen_address,
            tls: tls.transpose()?,
            metrics: self.metrics,
        })
    }
}

/// Where `metrics.provider: statsd` sends. Fabric's defaults are in its `core.yaml`; here they are in the program.
pub(super) fn statsd(core: &CoreConfig) -> Result<Option<StatsdOptions>, NodeConfigError> {
    if core.text("metrics.provider").as_deref() != Some("statsd") {
        return Ok(None);
    }
    let text = |key, default: &str| core.text(key).unwrap_or_else(|| default.to_owned());
    let network = match text("metrics.statsd.network", "udp").as_str() {
        "udp" => StatsdNetwork::Udp,
        "tcp" => StatsdNetwork::Tcp,
        other => {
            let problem = format!("'{other}' is neither udp nor tcp");
            return Err(core.wrong("metrics.statsd.network", problem).into());
        }
    };
    let interval = core.duration("metrics.statsd.writeInterval")?;
    let interval = interval.unwrap_or(Duration::from_secs(10));
    if interval.is_zero() {
        let problem = "an interval must be longer than nothing".to_owned();
        return Err(core.wrong("metrics.statsd.writeInterval", problem).into());
    }
    Ok(Some(StatsdOptions {
        network,
        address: text("metrics.statsd.address", "127.0.0.1:8125"),
        interval,
        prefix: text("metrics.statsd.prefix", ""),
    }))
}

fn is_loopback(address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn metrics(provider: &str) -> bool {
    match provider {
        "prometheus" => return true,
        "disabled" | "statsd" | "" => {}
        // Fabric's text.
        other => tracing::warn!("Unknown provider type: {other}; metrics disabled"),
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(operations: &str) -> Result<bool, String> {
        let yaml = format!("peer: {{localMspId: A}}\noperations: {operations}\n");
        let (_dir, core) = CoreConfig::of(&yaml, &[]);
        let raw = RawOperations::read(&core).map_err(|error| error.to_string())?;
        let page = raw.as_ref().is_some_and(|raw| raw.page);
        let settled = raw.map(RawOperations::settle).transpose();
        settled.map(|_| page).map_err(|error| error.to_string())
    }

    #[test]
    fn statsd_is_where_it_is_said_to_be() {
        let read = |metrics: &str| {
            let (_dir, core) = CoreConfig::of(&format!("metrics: {{{metrics}}}\n"), &[]);
            statsd(&core).map_err(|error| error.to_string())
        };
        let default = StatsdOptions {
            network: StatsdNetwork::Udp,
            address: "127.0.0.1:8125".into(),
            interval: Duration::from_secs(10),
            prefix: String::new(),
        };
        assert_eq!(read("provider: statsd"), Ok(Some(default)));
        assert_eq!(read("provider: prometheus, statsd: {prefix: p}"), Ok(None));
        let given = "network: tcp, address: 'metrics:1', writeInterval: 1m, prefix: peer0";
        let given = read(&format!("provider: statsd, statsd: {{{given}}}"));
        let expected = StatsdOptions {
            network: StatsdNetwork::Tcp,
            address: "metrics:1".into(),
            interval: Duration::from_secs(60),
            prefix: "peer0".into(),
        };
        assert_eq!(given, Ok(Some(expected)));
        for (key, value, problem) in [
            ("network", "unix", "'unix' is neither udp nor tcp"),
            (
                "writeInterval",
                "0s",
                "an interval must be longer than nothing",
            ),
        ] {
            let refused = read(&format!("provider: statsd, statsd: {{{key}: {value}}}"));
            let refused = refused.unwrap_err();
            assert!(refused.ends_with(problem), "{refused}");
        }
    }

    #[test]
    fn the_page_is_off_unless_asked_for() {
        assert_eq!(settled("{listenAddress: '0.0.0.0:9443'}"), Ok(false));
        for host in ["127.0.0.1:9443", "localhost:9443", "[::1]:9443"] {
            let yaml = format!("{{listenAddress: '{host}', page: {{enabled: true}}}}");
            assert_eq!(settled(&yaml), Ok(true), "{host}");
        }
    }

    #[test]
    fn the_page_is_not_for_everybody() {
        for host in [
            "0.0.0.0:9443",
            ":9443",
            "10.0.0.1:9443",
            "peer.example.com:9443",
        ] {
            let yaml = format!("{{listenAddress: '{host}', page: {{enabled: true}}}}");
            let refused = format!(
                "operations.page.enabled is true and whoever reaches operations.listenAddress ({host}) could read every channel; \
                 listen on 127.0.0.1, or set operations.tls"
            );
            assert_eq!(settled(&yaml), Err(refused));
        }
        assert_eq!(
            settled("{page: {enabled: true}}"),
            Err("operations.page.enabled is true and operations.listenAddress is not set".into())
        );
    }
}
