//! External builders, as shell scripts.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod building;
mod fabric;
mod running;
mod support;
