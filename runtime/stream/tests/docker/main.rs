//! The Docker launcher against a real engine: one of its own, started and stopped by these tests. Skipped with a loud line
//! where none can be had.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod absent;
mod images;
mod life;
mod platforms;
mod registry;
mod support;
mod tls;
