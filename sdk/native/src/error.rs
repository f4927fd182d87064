use crate::ConfigError;
use thiserror::Error;

/// Why the program ends without being told to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NativeError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("starting the threads that carry messages: {0}")]
    Threads(std::io::Error),
    #[error("waiting for signals: {0}")]
    Signals(std::io::Error),
    #[error("the TLS certificates cannot be used: {0}")]
    Tls(String),
    #[error("'{address}' is not an address to dial: {cause}")]
    Address { address: String, cause: String },
    #[error("could not connect to the peer at {address}: {cause}")]
    Connect { address: String, cause: String },
    #[error("the peer at {address} refused the chat: {cause}")]
    Refused { address: String, cause: String },
    #[error("the chat with the peer at {address} is over: {source}")]
    Chat { address: String, source: ChatError },
    #[error("could not listen on {address}: {cause}")]
    Listen { address: String, cause: String },
    #[error("serving {address}: {cause}")]
    Serve { address: String, cause: String },
}

/// Why a chat with a peer ended. The texts are those of Fabric's Go shim (shim/shim.go, shim/handler.go).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChatError {
    #[error("received EOF, ending chaincode stream")]
    Ended,
    #[error("receive failed: {0}")]
    Receive(String),
    #[error("error sending chaincode REGISTER: the stream is closed")]
    Register,
    #[error(
        "error handling message: [{tx_id}] Chaincode h cannot handle message ({kind}) while in state: {state}"
    )]
    Unexpected {
        tx_id: String,
        kind: String,
        state: &'static str,
    },
    #[error("error handling message: [{0}] responseChannel does not exist")]
    Unasked(String),
}
