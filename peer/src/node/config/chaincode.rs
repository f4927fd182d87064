//! `chaincode` of `core.yaml`, and where chaincode dials. Fabric: core/chaincode/config.go,
//! internal/peer/node/start.go computeChaincodeEndpoint.

use super::{NodeConfigError, number};
use crate::cli::CoreConfig;
use crate::node::ChaincodeOptions;
use selvedge_stream::Batching;
use selvedge_stream::launch::Logging;
use serde_json::{Map, Value};
use std::net::IpAddr;
use std::time::Duration;

/// What the keys say about chaincode outside this process.
#[derive(Clone, Debug)]
pub struct RawChaincode {
    /// `peer.chaincodeListenAddress`.
    pub listen_address: Option<String>,
    /// `peer.chaincodeAddress`.
    pub address: Option<String>,
    /// `chaincode.mode` is `dev`.
    pub dev_mode: bool,
    pub startup_timeout: Duration,
    pub keepalive: Option<Duration>,
    pub batching: Batching,
    pub logging: Logging,
    /// CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG.
    pub service_values: Map<String, Value>,
}

/// Where this peer listens for chaincode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChaincodeListener {
    pub address: String,
    /// Set by the operator, and not only Fabric's default: then the peer does not start without it.
    pub required: bool,
}

const DEFAULT_PORT: u16 = 7052;
/// Fabric: core/chaincode/config.go minimumStartupTimeout.
const MIN_STARTUP_TIMEOUT: Duration = Duration::from_secs(5);

impl RawChaincode {
    pub(super) fn read(core: &CoreConfig) -> Result<Self, NodeConfigError> {
        let startup = core.duration("chaincode.startuptimeout")?;
        // Whatever is no whole number of seconds is no time, as Fabric has it.
        let keepalive = core.text("chaincode.keepalive");
        let keepalive = keepalive.and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Self {
            listen_address: core.text("peer.chaincodeListenAddress"),
            address: core.text("peer.chaincodeAddress"),
            dev_mode: core.text("chaincode.mode").as_deref() == Some("dev"),
            startup_timeout: startup
                .unwrap_or(Duration::from_secs(300))
                .max(MIN_STARTUP_TIMEOUT),
            keepalive: Some(Duration::from_secs(keepalive)).filter(|period| !period.is_zero()),
            batching: batching(core)?,
            logging: logging(core),
            service_values: service_values(core)?,
        })
    }

    /// The options, and where to listen. `peer_address` is what other peers are told.
    pub(super) fn settle(
        self,
        peer_address: &str,
        tls: bool,
    ) -> Result<(ChaincodeOptions, Option<ChaincodeListener>), NodeConfigError> {
        let host = host_of("peer.address", peer_address)?;
        let required = self.listen_address.is_some() || self.address.is_some() || self.dev_mode;
        let listener = ChaincodeListener {
            address: self
                .listen_address
                .clone()
                .unwrap_or_else(|| format!("{host}:{DEFAULT_PORT}")),
            required,
        };
        let (endpoint, listener) = match self.endpoint(host) {
            Ok(endpoint) => (Some(endpoint), Some(listener)),
            Err(_) if self.dev_mode => (Some(format!("0.0.0.0:{DEFAULT_PORT}")), Some(listener)),
            Err(error) if required => return Err(error),
            // A peer that was told nothing of chaincode, nor its own name, runs what needs neither.
            Err(_) => (None, None),
        };
        let options = ChaincodeOptions {
            listener: None,
            endpoint,
            tls,
            startup_timeout: self.startup_timeout,
            keepalive: self.keepalive,
            batching: self.batching,
            dev_mode: self.dev_mode,
            logging: self.logging,
            service_values: self.service_values,
            ..ChaincodeOptions::default()
        };
        Ok((options, listener))
    }

    /// What chaincode is told to dial.
    fn endpoint(&self, peer_host: &str) -> Result<String, NodeConfigError> {
        if let Some(address) = &self.address {
            let host = host_of("peer.chaincodeAddress", address)?;
            return match is_unspecified(host) {
                true => Err(NodeConfigError::ChaincodeEndpoint),
                false => Ok(address.clone()),
            };
        }
        let Some(listen) = &self.listen_address else {
            return named(peer_host, DEFAULT_PORT);
        };
        let host = host_of("peer.chaincodeListenAddress", listen)?;
        let port = listen.rsplit_once(':').map_or("", |(_, port)| port);
        match is_unspecified(host) {
            true => named(peer_host, port),
            false => Ok(listen.clone()),
        }
    }
}

fn named(host: &str, port: impl std::fmt::Display) -> Result<String, NodeConfigError> {
    match is_unspecified(host) {
        true => Err(NodeConfigError::ChaincodeEndpoint),
        false => Ok(format!("{host}:{port}")),
    }
}

fn is_unspecified(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.is_empty() || bare.parse().is_ok_and(|ip: IpAddr| ip.is_unspecified())
}

fn host_of<'a>(key: &'static str, address: &'a str) -> Result<&'a str, NodeConfigError> {
    let split = address
        .rsplit_once(':')
        .filter(|(_, port)| !port.is_empty());
    split
        .map(|(host, _)| host)
        .ok_or_else(|| NodeConfigError::Address {
            key,
            value: address.to_owned(),
        })
}

fn batching(core: &CoreConfig) -> Result<Batching, NodeConfigError> {
    let default = Batching::default();
    let flag = |key: &str, default| match core.text(key) {
        None => Ok(default),
        Some(_) => core.flag(key),
    };
    let size = |key: &'static str, default: u32| -> Result<u32, NodeConfigError> {
        let given = number(core, key, default as usize)?;
        Ok(u32::try_from(given)
            .ok()
            .filter(|size| *size > 0)
            .unwrap_or(default))
    };
    Ok(Batching {
        use_write_batch: flag(
            "chaincode.runtimeParams.useWriteBatch",
            default.use_write_batch,
        )?,
        max_size_write_batch: size(
            "chaincode.runtimeParams.maxSizeWriteBatch",
            default.max_size_write_batch,
        )?,
        use_get_multiple_keys: flag(
            "chaincode.runtimeParams.useGetMultipleKeys",
            default.use_get_multiple_keys,
        )?,
        max_size_get_multiple_keys: size(
            "chaincode.runtimeParams.maxSizeGetMultipleKeys",
            default.max_size_get_multiple_keys,
        )?,
    })
}

/// Levels under the names that shims know.
fn logging(core: &CoreConfig) -> Logging {
    let level = |key: &str, default: &str| {
        let given = core.text(key).unwrap_or_else(|| default.to_owned());
        match given.to_lowercase().as_str() {
            "warning" => "warn".to_owned(),
            "critical" => "error".to_owned(),
            "notice" => "info".to_owned(),
            other => other.to_owned(),
        }
    };
    Logging {
        level: level("chaincode.logging.level", "info"),
        shim: level("chaincode.logging.shim", "warning"),
        format: core.text("chaincode.logging.format").unwrap_or_default(),
    }
}

fn service_values(core: &CoreConfig) -> Result<Map<String, Value>, NodeConfigError> {
    const VARIABLE: &str = "CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG";
    match core.variable(VARIABLE).filter(|text| !text.is_empty()) {
        None => Ok(Map::new()),
        Some(text) => serde_json::from_str(text).map_err(|source| NodeConfigError::Json {
            variable: VARIABLE,
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(listen: Option<&str>, address: Option<&str>, dev_mode: bool) -> RawChaincode {
        RawChaincode {
            listen_address: listen.map(str::to_owned),
            address: address.map(str::to_owned),
            dev_mode,
            startup_timeout: Duration::from_secs(300),
            keepalive: None,
            batching: Batching::default(),
            logging: Logging::default(),
            service_values: Map::new(),
        }
    }

    /// (told to chaincode, listened on).
    fn settled(raw: RawChaincode, peer: &str) -> (Option<String>, Option<String>) {
        let (options, listener) = raw.settle(peer, false).unwrap();
        (options.endpoint, listener.map(|it| it.address))
    }

    fn some(endpoint: &str, listener: &str) -> (Option<String>, Option<String>) {
        (Some(endpoint.to_owned()), Some(listener.to_owned()))
    }

    #[test]
    fn where_chaincode_dials() {
        let of = |listen, address, peer| settled(raw(listen, address, false), peer);
        assert_eq!(
            of(None, None, "peer0:7051"),
            some("peer0:7052", "peer0:7052")
        );
        assert_eq!(
            of(Some("0.0.0.0:9052"), None, "peer0:7051"),
            some("peer0:9052", "0.0.0.0:9052")
        );
        assert_eq!(
            of(Some("10.0.0.1:9052"), None, "peer0:7051"),
            some("10.0.0.1:9052", "10.0.0.1:9052")
        );
        assert_eq!(
            of(Some("0.0.0.0:1"), Some("outside:2"), "peer0:7051"),
            some("outside:2", "0.0.0.0:1")
        );
        assert_eq!(of(None, None, "0.0.0.0:7051"), (None, None));
    }

    #[test]
    fn an_address_that_nobody_can_dial() {
        let error = |raw: RawChaincode, peer| raw.settle(peer, false).err().unwrap().to_string();
        let text = "invalid endpoint for chaincode to connect";
        assert_eq!(
            error(raw(Some("0.0.0.0:1"), None, false), "0.0.0.0:2"),
            text
        );
        assert_eq!(error(raw(None, Some("[::]:1"), false), "peer0:2"), text);
        assert_eq!(
            error(raw(None, Some("peer0"), false), "peer0:2"),
            "peer.chaincodeAddress is 'peer0', not of the form host:port"
        );
        assert_eq!(
            settled(raw(None, None, true), "0.0.0.0:2"),
            some("0.0.0.0:7052", "0.0.0.0:7052")
        );
    }
}
