use super::read::{Environment, boolean};
use super::{ConfigError, pem};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A client's TLS files, as PEM.
#[derive(Clone)]
pub struct ClientTls {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
    /// Authorities of the peer's certificate.
    pub roots: Vec<u8>,
}

/// A service's TLS files, as PEM.
#[derive(Clone)]
pub struct ServerTls {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
    /// Present: peers must show a certificate of one of these authorities.
    pub client_roots: Option<Vec<u8>>,
}

/// Keys stay out of logs.
impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls").finish_non_exhaustive()
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verified = self.client_roots.is_some();
        f.debug_struct("ServerTls")
            .field("verifies_clients", &verified)
            .finish_non_exhaustive()
    }
}

/// The names that Fabric's peer sets for the chaincode it starts. Of each pair the `_FILE` holds PEM and the `_PATH`
/// base64 of PEM; the first wins. Fabric: shim/internal/config.go.
pub(super) fn client(environment: Environment<'_>) -> Result<Option<ClientTls>, ConfigError> {
    // Go insists on the variable; without it there is no TLS here.
    if !boolean("CORE_PEER_TLS_ENABLED", environment, false)? {
        return Ok(None);
    }
    let key = either(
        environment,
        "private key",
        "CORE_TLS_CLIENT_KEY_FILE",
        "CORE_TLS_CLIENT_KEY_PATH",
    )?;
    let certificate = either(
        environment,
        "public key",
        "CORE_TLS_CLIENT_CERT_FILE",
        "CORE_TLS_CLIENT_CERT_PATH",
    )?;
    let (_, roots) = file(environment, "root cert", "CORE_PEER_TLS_ROOTCERT_FILE")?
        .ok_or(ConfigError::Missing("CORE_PEER_TLS_ROOTCERT_FILE"))?;
    Ok(Some(ClientTls {
        certificate,
        key: pem::honest_key(&key),
        roots,
    }))
}

/// The names of Fabric's Go sample of an external chaincode; TLS is off unless `CHAINCODE_TLS_DISABLED` is `false`.
pub(super) fn server(environment: Environment<'_>) -> Result<Option<ServerTls>, ConfigError> {
    if boolean("CHAINCODE_TLS_DISABLED", environment, true)? {
        return Ok(None);
    }
    let needed = |what, name, block| {
        holding(environment, what, name, block)?.ok_or(ConfigError::Missing(name))
    };
    let key = needed("private key", "CHAINCODE_TLS_KEY", KEY)?;
    Ok(Some(ServerTls {
        certificate: needed("certificate", "CHAINCODE_TLS_CERT", CERTIFICATE)?,
        key: pem::honest_key(&key),
        client_roots: holding(
            environment,
            "client root cert",
            "CHAINCODE_CLIENT_CA_CERT",
            CERTIFICATE,
        )?,
    }))
}

/// Ends of the first lines of PEM blocks.
const CERTIFICATE: &str = "CERTIFICATE-----";
const KEY: &str = "PRIVATE KEY-----";

/// The content of a file that must hold a block of this kind: what TLS says of one that does not names no file.
fn holding(
    environment: Environment<'_>,
    what: &'static str,
    name: &'static str,
    block: &'static str,
) -> Result<Option<Vec<u8>>, ConfigError> {
    let Some((path, content)) = file(environment, what, name)? else {
        return Ok(None);
    };
    let found = content
        .windows(block.len())
        .any(|window| window == block.as_bytes());
    match found {
        true => Ok(Some(content)),
        false => Err(ConfigError::NoBlock {
            what,
            name,
            path,
            block: block.trim_end_matches('-'),
        }),
    }
}

fn either(
    environment: Environment<'_>,
    what: &'static str,
    plain: &'static str,
    encoded: &'static str,
) -> Result<Vec<u8>, ConfigError> {
    if let Some((_, content)) = file(environment, what, plain)? {
        return Ok(content);
    }
    let (path, content) = file(environment, what, encoded)?.ok_or(ConfigError::Missing(plain))?;
    // A file may end in a line break.
    let content: Vec<u8> = content
        .into_iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    STANDARD.decode(content).map_err(|_| ConfigError::Decode {
        what,
        name: encoded,
        path,
    })
}

/// Path and content of the file that a variable names.
fn file(
    environment: Environment<'_>,
    what: &'static str,
    name: &'static str,
) -> Result<Option<(String, Vec<u8>)>, ConfigError> {
    let Some(path) = environment(name) else {
        return Ok(None);
    };
    match std::fs::read(&path) {
        Ok(content) => Ok(Some((path, content))),
        Err(cause) => Err(ConfigError::Read {
            what,
            name,
            path,
            cause,
        }),
    }
}
