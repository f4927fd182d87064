//! Chaincode in containers, through the API of a Docker engine.
//!
//! An image is built at install, or at start for a package that was installed before, and kept: its name has the package's
//! hash in it. A container is made when the chaincode is first called and removed when the chaincode or the peer stops.
//! What a killed peer leaves behind has its label and is removed by the next one.

mod builder;
mod container;
mod context;
mod direct;
mod elf;
mod engine;
mod environment;
mod error;
mod host;
mod image;
mod labels;
mod leftovers;
mod names;
mod output;
mod platform;
mod settings;
mod tls;
mod workshop;

pub use builder::DockerBuilder;
pub use direct::check_package;
pub use host::{HostSettings, LogSettings};
pub use names::Owner;
pub use settings::{DockerSettings, Images};
pub use tls::EngineTls;

use labels::Labels;
