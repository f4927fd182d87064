use bollard::errors::Error as Engine;
use std::error::Error as _;
use std::io;
use thiserror::Error;

/// What an engine answered, or that it did not. The texts of a missing engine are those of Docker's own client.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum EngineError {
    #[error(
        "failed to connect to the docker API at {endpoint}; check if the path is correct and if the daemon is running: dial unix {path}: connect: no such file or directory"
    )]
    NoSocket { endpoint: String, path: String },
    #[error("permission denied while trying to connect to the docker API at {0}")]
    Denied(String),
    #[error("Cannot connect to the Docker daemon at {0}. Is the docker daemon running?")]
    Unreachable(String),
    #[error("Error response from daemon: {message}")]
    Refused { status: u16, message: String },
    #[error("{0}")]
    Other(String),
}

impl EngineError {
    pub(super) fn of(endpoint: &str, error: Engine) -> Self {
        match error {
            Engine::DockerResponseServerError {
                status_code,
                message,
            } => Self::Refused {
                status: status_code,
                message,
            },
            Engine::SocketNotFoundError(path) => Self::NoSocket {
                endpoint: endpoint.to_owned(),
                path,
            },
            Engine::DockerStreamError { error } => Self::Other(error),
            error => match cause(&error) {
                Some(io::ErrorKind::PermissionDenied) => Self::Denied(endpoint.to_owned()),
                Some(
                    io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::NotFound
                    | io::ErrorKind::TimedOut
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable,
                ) => Self::Unreachable(endpoint.to_owned()),
                _ => Self::Other(chain(&error)),
            },
        }
    }

    /// The thing that was asked for is not there.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// It is there, and somebody else is at it.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. })
    }
}

fn cause(error: &Engine) -> Option<io::ErrorKind> {
    let mut next = error.source();
    if let Engine::IOError { err } = error {
        return Some(err.kind());
    }
    if let Engine::HyperLegacyError { err } = error {
        next = err.source();
    }
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        next = error.source();
    }
    None
}

fn chain(error: &Engine) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        next = error.source();
    }
    text
}
