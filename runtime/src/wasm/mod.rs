//! The Wasm engine: a component in a fresh instance for every call.

mod bindings;
mod config;
mod context;
mod contract;
mod convert;
mod engine;
mod fingerprint;
mod guest;
mod guest_log;
mod hot;
mod limiter;
mod loader;
mod memory;
mod outcome;
mod private;
mod ready;
mod slots;
mod state;
mod watchdog;
mod work;
mod workers;

pub use config::{CacheConfig, ChildCompiler, Code, Compiler, EngineConfig, Limits};
pub use engine::{EngineError, LoadError, WasmEngine};
pub use work::EngineWork;
pub use workers::Workers;

pub(crate) use config::code_config;
use limiter::Limiter;
