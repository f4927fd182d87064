use super::bindings::Contract;
use super::config::{Compiler, EngineConfig, Limits, pooled_config, thread_stack};
use super::guest::Guest;
use super::loader::Loader;
use super::memory::MemoryPool;
use super::slots::Slots;
use super::watchdog::Watchdog;
use super::work::{Counters, EngineWork};
use super::workers::Workers;
use super::{fingerprint, hot};
use crate::compile::{Artifacts, Cache, CompileError, CompilerHandle};
use crate::package::code_files;
use crate::{BuildError, Builder, Chaincode, CheckError, Package};
use std::sync::Arc;
use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

/// `type` in `metadata.json`.
const KIND: &str = "wasm";

#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EngineError {
    #[error("cannot configure the Wasm engine: {0}")]
    Configure(String),
    #[error("cannot open the cache of compiled chaincode: {0}")]
    Cache(std::io::Error),
    #[error("cannot start the watchdog: {0}")]
    Watchdog(std::io::Error),
}

/// Why bytes are not a chaincode that can run.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error("the component cannot be compiled: {0}")]
    Compile(#[from] CompileError),
    #[error("the component does not fit the world fabric:chaincode/contract@0.1.0: {0}")]
    Link(String),
}

/// What all chaincode of one engine shares.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) limits: Limits,
    pub(crate) workers: Workers,
    pub(crate) slots: Slots,
    /// Clients' calls that run at once, wherever: the slots have room for so many to nest.
    pub(crate) entries: Slots,
    pub(crate) memory: Arc<MemoryPool>,
    pub(crate) watchdog: Watchdog,
    pub(crate) counters: Counters,
}

/// Runs Wasm components, each call in a fresh instance.
pub struct WasmEngine {
    loader: Arc<Loader>,
    fingerprint: String,
}

impl WasmEngine {
    pub fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        let limits = config.limits;
        let workers = u32::try_from(config.workers.get()).unwrap_or(u32::MAX);
        // Enough for every worker to nest as deep as it may.
        let slots = workers.saturating_mul(limits.depth.max(1)).min(MAX_SLOTS);
        let engine = Engine::new(&pooled_config(limits, config.code, slots)).map_err(configure)?;
        let fingerprint = fingerprint::of(&engine);
        let cache = match &config.cache {
            Some(cache) => Some(Cache::open(cache, &fingerprint).map_err(EngineError::Cache)?),
            None => None,
        };
        let compiler = match &config.compiler {
            Compiler::Child(child) => CompilerHandle::Child(child.clone()),
            Compiler::InProcess => CompilerHandle::InProcess,
        };
        let shared = Shared {
            watchdog: Watchdog::start(engine.clone()).map_err(EngineError::Watchdog)?,
            workers: Workers::new(config.workers, thread_stack(limits.depth)),
            slots: Slots::new(slots),
            entries: Slots::new(workers),
            memory: MemoryPool::new(config.total_memory),
            counters: Counters::default(),
            limits,
            engine,
        };
        let linker = linker(&shared.engine).map_err(configure)?;
        let artifacts = Artifacts::new(compiler, config.code, cache);
        let loader = Loader::new(Arc::new(shared), linker, artifacts, config.ready_code);
        Ok(Self {
            loader: Arc::new(loader),
            fingerprint,
        })
    }

    /// Names this engine: version, target and every setting that changes code. Peers whose fingerprints differ may
    /// disagree about limits that depend on machine code.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The threads chaincode runs on. A transaction that is simulated on one of them spares itself a hand-over.
    pub fn workers(&self) -> &Workers {
        &self.loader.shared.workers
    }

    /// What it has done until now.
    pub fn work(&self) -> EngineWork {
        let shared = &self.loader.shared;
        let (invocations, fuel) = shared.counters.read();
        let (compilations, cache_hits, reloads) = self.loader.made();
        let (ready, ready_code) = self.loader.ready();
        EngineWork {
            live: shared.slots.taken(),
            invocations,
            fuel,
            compilations,
            cache_hits,
            reloads,
            ready,
            ready_code,
        }
    }

    /// Checks, compiles and links a component. The cache is asked first.
    pub fn load(&self, component: &[u8]) -> Result<Arc<dyn Chaincode>, LoadError> {
        Ok(Arc::new(self.loader.load(component)?))
    }
}

/// More would not fit the address space at 4 GiB each.
const MAX_SLOTS: u32 = 4096;

fn configure(error: wasmtime::Error) -> EngineError {
    EngineError::Configure(format!("{error:#}"))
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    Contract::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |guest| guest)?;
    hot::add_to_linker(&mut linker)?;
    Ok(linker)
}

impl Builder for WasmEngine {
    fn kind(&self) -> &str {
        KIND
    }

    fn workers(&self) -> Option<&Workers> {
        Some(&self.loader.shared.workers)
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        let rejected = |cause: String| BuildError::Rejected { kind: KIND, cause };
        let component = component_of(package).map_err(rejected)?;
        self.load(&component).map_err(|e| rejected(e.to_string()))
    }
}

/// The one component of a package of type `wasm`.
fn component_of(package: &Package) -> Result<Vec<u8>, String> {
    const MAX_ENTRIES: usize = 1_000;
    let mut files = code_files(package.build_code(), crate::MAX_COMPONENT_SIZE, MAX_ENTRIES)?;
    if let Some(other) = files.iter().find(|f| !f.name.ends_with(".wasm")) {
        return Err(format!(
            "code.tar.gz holds {}; it must hold one *.wasm file and META-INF only",
            other.name
        ));
    }
    match (files.pop(), files.len()) {
        (Some(file), 0) => Ok(file.content),
        (None, _) => Err("code.tar.gz holds no *.wasm file".to_owned()),
        (Some(_), more) => Err(format!(
            "code.tar.gz holds {} *.wasm files; it must hold one",
            more + 1
        )),
    }
}
