use super::{ClientPair, Service, ServiceTls};
use serde::{Deserialize, Deserializer, de};
use std::time::Duration;
use thiserror::Error;

/// Why `connection.json` names no service. Fabric: core/container/externalbuilder/instance.go.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// To be put behind `malformed chaincode info at '<path>': `.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    #[error("chaincode address not provided")]
    NoAddress,
    #[error("chaincode tls key not provided")]
    NoKey,
    #[error("chaincode tls cert not provided")]
    NoCertificate,
    #[error("chaincode tls root cert not provided")]
    NoRoot,
}

/// `connection.json` as Fabric has it. Unknown members are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Connection {
    address: String,
    domain: String,
    #[serde(deserialize_with = "duration")]
    dial_timeout: Duration,
    tls_required: bool,
    client_auth_required: bool,
    client_key: String,
    client_cert: String,
    root_cert: String,
}

/// Reads `connection.json`. Its certificates are PEM text and not paths. `domain` counts only with client
/// authentication, as in Fabric.
///
/// # Errors
/// When it is no such JSON, or something that it says is required is missing.
pub fn service_from_json(json: &[u8]) -> Result<Service, ServiceError> {
    let connection: Connection = serde_json::from_slice(json)?;
    if connection.address.is_empty() {
        return Err(ServiceError::NoAddress);
    }
    let dial_timeout = match connection.dial_timeout {
        Duration::ZERO => Service::DEFAULT_DIAL_TIMEOUT,
        given => given,
    };
    Ok(Service {
        dial_timeout,
        tls: connection
            .tls_required
            .then(|| connection.tls())
            .transpose()?,
        address: connection.address,
    })
}

impl Connection {
    fn tls(&self) -> Result<ServiceTls, ServiceError> {
        let authenticate = self.client_auth_required;
        if authenticate && self.client_key.is_empty() {
            return Err(ServiceError::NoKey);
        }
        if authenticate && self.client_cert.is_empty() {
            return Err(ServiceError::NoCertificate);
        }
        if self.root_cert.is_empty() {
            return Err(ServiceError::NoRoot);
        }
        let domain = Some(self.domain.clone()).filter(|name| authenticate && !name.is_empty());
        Ok(ServiceTls {
            roots: self.root_cert.clone(),
            client: authenticate.then(|| ClientPair {
                certificate: self.client_cert.clone(),
                key: self.client_key.clone(),
            }),
            server_name: domain,
        })
    }
}

/// A Go duration as text, or a number of nanoseconds. Less than nothing is nothing.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => {
            let parsed = selvedge_protos::parse_go_timeout(&text);
            parsed
                .map(Option::unwrap_or_default)
                .map_err(de::Error::custom)
        }
        serde_json::Value::Number(nanos) => Ok(Duration::from_nanos(
            nanos.as_f64().map_or(0, |nanos| nanos.max(0.0) as u64),
        )),
        _ => Err(de::Error::custom("invalid duration")),
    }
}
