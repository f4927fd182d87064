//! `selvedge bench`: one contract as Wasm, as a program, a service and a container, and on Node, measured side by side.
//!
//! Nothing here is simplified: identities, definitions, blocks, TLS and the gateway are what `selvedge node` has, and the
//! packages go through the lifecycle. The criterion benchmarks in `benches` draw on [`Live`], [`Load`] and
//! [`side_by_side`]. docs/benchmarks.md says how to read the figures.

mod application;
mod args;
mod artifacts;
mod cold;
mod committed;
mod deploy;
mod group;
mod live;
mod load;
mod machine;
mod measure;
mod memory;
mod node_contract;
mod operations;
mod outside;
mod pace;
mod parts;
mod processes;
mod progress;
mod record;
mod report;
mod run;
mod scenario;
mod setting;
mod warm;
mod way;

pub use crate::scratch::Scratch;
pub use args::{BenchArgs, BenchCommand};
pub use artifacts::{Artifacts, Packaged, Skipped};
pub use deploy::COLLECTION;
pub use group::Group;
pub use live::{Live, LivePlan};
pub use load::{Cost, Load};
pub use machine::Machine;
pub use measure::{Case, Meter, Timing, median, percentile, side_by_side};
pub use progress::Progress;
pub use record::{Figure, LeftOut, Record};
pub(crate) use run::run;
pub use scenario::RoundResult;
pub use way::Way;
