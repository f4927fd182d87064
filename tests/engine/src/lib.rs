//! A Docker engine of one's own, for tests.
//!
//! [`Engine::start`] runs `dockerd` on a socket and over files of its own, without a bridge and without touching iptables;
//! containers use the host's network. It needs root and a `dockerd` on the PATH. Where there is none the test says so,
//! past the capture of the test harness, and is skipped; with SELVEDGE_REQUIRE_ENGINE set it fails instead.
//!
//! The engine ends with the process that started it, however that ends: a shell that waits for the end of a pipe stops it
//! and removes its files.

mod engine;
mod images;
mod leftovers;

pub use engine::{Engine, TlsFiles, shared};
pub use images::{libraries_of, static_program};
pub use leftovers::Leftovers;
