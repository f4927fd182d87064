//! Several nodes in one process, each with its listener on 127.0.0.1.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod hostile;
mod membership;
mod private;
mod town;
