//! External builders: programs of the operator's that recognise, build, release and run packages. Fabric:
//! core/container/externalbuilder.
//!
//! A builder is a folder with `bin/detect`, `bin/build`, and, if it likes, `bin/release` and `bin/run`. What a build makes
//! is kept below a directory of the peer's, one folder for each package, and found again after a restart.

mod command;
mod copy;
mod detector;
mod go_error;
mod instance;
mod release;
mod session;
mod settings;
mod store;
mod untar;
mod workspace;

pub use detector::ExternalBuilders;
pub use settings::{ExternalBuilder, ExternalError, ExternalSettings};
