use super::arguments::peer_address;
use super::{ClientConfig, ConfigError, Mode, ServerConfig, tls};

/// Looks a variable up.
pub(super) type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

impl Mode {
    /// A service where `CHAINCODE_SERVER_ADDRESS` is set, a client otherwise. Variables that are empty count as unset.
    ///
    /// # Errors
    /// What is missing or wrong, by its name.
    pub fn read(
        arguments: impl IntoIterator<Item = String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let environment = |name: &str| environment(name).filter(|value| !value.is_empty());
        let peer = peer_address(arguments)?;
        match environment("CHAINCODE_SERVER_ADDRESS") {
            Some(address) => server(address, &environment).map(Self::Server),
            None => client(peer, &environment).map(Self::Client),
        }
    }
}

fn server(address: String, environment: Environment<'_>) -> Result<ServerConfig, ConfigError> {
    let chaincode_id = environment("CHAINCODE_ID")
        // What the Java and Node shims read.
        .or_else(|| environment("CORE_CHAINCODE_ID_NAME"))
        .ok_or(ConfigError::Missing("CHAINCODE_ID"))?;
    Ok(ServerConfig {
        chaincode_id,
        address,
        tls: tls::server(environment)?,
    })
}

fn client(peer: Option<String>, environment: Environment<'_>) -> Result<ClientConfig, ConfigError> {
    let peer = peer
        // What the Node shim reads.
        .or_else(|| environment("CORE_PEER_ADDRESS"))
        .ok_or(ConfigError::NoMode)?;
    let chaincode_id = environment("CORE_CHAINCODE_ID_NAME")
        .ok_or(ConfigError::Missing("CORE_CHAINCODE_ID_NAME"))?;
    Ok(ClientConfig {
        chaincode_id,
        peer,
        tls: tls::client(environment)?,
    })
}

/// What Go's `strconv.ParseBool` takes.
pub(super) fn boolean(
    name: &'static str,
    environment: Environment<'_>,
    default: bool,
) -> Result<bool, ConfigError> {
    let Some(value) = environment(name) else {
        return Ok(default);
    };
    match value.as_str() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(ConfigError::NoBoolean { name, value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Mode, ConfigError> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        Mode::read(arguments, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_client_has_a_peer_and_a_name() {
        let variables = [
            ("CORE_CHAINCODE_ID_NAME", "cc:1"),
            ("CORE_PEER_TLS_ENABLED", "false"),
            ("CHAINCODE_SERVER_ADDRESS", ""),
        ];
        let Mode::Client(config) = read(&["-peer.address", "h:7052"], &variables).unwrap() else {
            panic!("not a client");
        };
        assert_eq!(
            (config.peer.as_str(), config.chaincode_id.as_str()),
            ("h:7052", "cc:1")
        );
        assert!(config.tls.is_none());
    }

    #[test]
    fn a_server_has_an_address_and_an_id() {
        let variables = [
            ("CHAINCODE_SERVER_ADDRESS", ":9999"),
            ("CHAINCODE_ID", "cc:ab"),
        ];
        let Mode::Server(config) = read(&[], &variables).unwrap() else {
            panic!("not a server");
        };
        assert_eq!(
            (config.address.as_str(), config.chaincode_id.as_str()),
            (":9999", "cc:ab")
        );
        assert!(
            config.tls.is_none(),
            "Go's samples switch TLS on with CHAINCODE_TLS_DISABLED=false"
        );
    }

    #[test]
    fn what_is_missing_or_wrong_has_its_name_in_the_error() {
        let refused = |arguments: &[&str], variables: &[(&str, &str)]| {
            read(arguments, variables).unwrap_err().to_string()
        };
        let peer = &["-peer.address=h:1"][..];
        assert!(refused(&[], &[]).starts_with("flag 'peer.address' must be set"));
        assert_eq!(refused(peer, &[]), "'CORE_CHAINCODE_ID_NAME' must be set");
        assert_eq!(
            refused(&[], &[("CHAINCODE_SERVER_ADDRESS", ":1")]),
            "'CHAINCODE_ID' must be set"
        );
        let named = ("CORE_CHAINCODE_ID_NAME", "cc");
        assert_eq!(
            refused(peer, &[named, ("CORE_PEER_TLS_ENABLED", "yes")]),
            "'CORE_PEER_TLS_ENABLED' must be set to 'true' or 'false', not to 'yes'"
        );
        assert_eq!(
            refused(peer, &[named, ("CORE_PEER_TLS_ENABLED", "true")]),
            "'CORE_TLS_CLIENT_KEY_FILE' must be set"
        );
        let key = ("CORE_TLS_CLIENT_KEY_FILE", "/nowhere/key");
        let text = refused(peer, &[named, ("CORE_PEER_TLS_ENABLED", "true"), key]);
        assert!(
            text.starts_with(
                "failed to read private key file '/nowhere/key' (named by CORE_TLS_CLIENT_KEY_FILE): "
            ),
            "{text}"
        );
    }
}
