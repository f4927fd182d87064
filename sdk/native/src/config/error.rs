use thiserror::Error;

/// What is wrong with the command line or the environment.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    #[error(
        "'{0}' is not understood; the one argument is -peer.address=<host>:<port>, everything else comes from the environment"
    )]
    Argument(String),
    #[error("-peer.address needs an address: <host>:<port>")]
    NoAddress,
    #[error(
        "flag 'peer.address' must be set to dial a peer, or CHAINCODE_SERVER_ADDRESS to be dialled by one"
    )]
    NoMode,
    #[error("'{0}' must be set")]
    Missing(&'static str),
    #[error("'{name}' must be set to 'true' or 'false', not to '{value}'")]
    NoBoolean { name: &'static str, value: String },
    #[error("failed to read {what} file '{path}' (named by {name}): {cause}")]
    Read {
        what: &'static str,
        name: &'static str,
        path: String,
        cause: std::io::Error,
    },
    #[error("failed to decode {what} file '{path}' (named by {name}): it must hold base64 of PEM")]
    Decode {
        what: &'static str,
        name: &'static str,
        path: String,
    },
    #[error("the {what} file '{path}' (named by {name}) must hold a PEM block of type {block}")]
    NoBlock {
        what: &'static str,
        name: &'static str,
        path: String,
        block: &'static str,
    },
}
