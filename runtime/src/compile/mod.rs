//! From a component to machine code, bounded, and kept between runs.

mod cache;
mod child;
mod load;
mod mac;
mod worker;

pub(crate) use cache::Cache;
pub use child::CompileError;
pub use worker::{COMPILE_WORKER, compile_worker_main};

use crate::wasm::{ChildCompiler, Code};
use lru::LruCache;
use parking_lot::Mutex;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::Engine;
use wasmtime::component::Component;

pub(crate) enum CompilerHandle {
    Child(ChildCompiler),
    InProcess,
}

/// Components that were compiled last, so that two organisations in one process compile a package once.
const RECENT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(15);

/// A component that is there or on its way; whoever comes second waits.
type Slot = Arc<Mutex<Option<Component>>>;

/// Compiled components, from the cache where it has them. Each keeps one file descriptor open.
pub(crate) struct Artifacts {
    compiler: CompilerHandle,
    code: Code,
    cache: Option<Cache>,
    recent: Mutex<LruCache<String, Slot>>,
    /// One compilation at a time, which uses all processors; several would add up their memory.
    compiling: Mutex<()>,
    compilations: AtomicU64,
    cache_hits: AtomicU64,
}

impl Artifacts {
    pub(crate) fn new(compiler: CompilerHandle, code: Code, cache: Option<Cache>) -> Self {
        Self {
            compiler,
            code,
            cache,
            recent: Mutex::new(LruCache::new(RECENT)),
            compiling: Mutex::new(()),
            compilations: AtomicU64::new(0),
            cache_hits: AtomicU64::new(0),
        }
    }

    /// How many were compiled, and how many were in the cache.
    pub(crate) fn made(&self) -> (u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.compilations), read(&self.cache_hits))
    }

    /// `key` is the SHA-256 of `component` in hex. Whatever is wrong with the cache costs a compilation, not more.
    pub(crate) fn get(
        &self,
        engine: &Engine,
        key: &str,
        component: &[u8],
    ) -> Result<Component, CompileError> {
        let slot = Arc::clone(
            self.recent
                .lock()
                .get_or_insert(key.to_owned(), Slot::default),
        );
        let mut slot = slot.lock();
        if let Some(component) = slot.as_ref() {
            return Ok(component.clone());
        }
        let made = self.make(engine, key, component)?;
        Ok(slot.insert(made).clone())
    }

    fn make(
        &self,
        engine: &Engine,
        key: &str,
        component: &[u8],
    ) -> Result<Component, CompileError> {
        if let Some(path) = self.cache.as_ref().and_then(|cache| cache.find(key)) {
            match load::file(engine, &path) {
                Ok(component) => {
                    self.cache_hits.fetch_add(1, Ordering::Relaxed);
                    return Ok(component);
                }
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "cached code cannot be loaded")
                }
            }
        }
        let artifact = self.compile(engine, component)?;
        let Some(cache) = &self.cache else {
            return load::bytes(engine, &artifact);
        };
        match cache.store(key, &artifact) {
            Ok(path) => load::file(engine, &path),
            Err(error) => {
                tracing::warn!(%error, "compiled code cannot be cached");
                load::bytes(engine, &artifact)
            }
        }
    }

    fn compile(&self, engine: &Engine, component: &[u8]) -> Result<load::Artifact, CompileError> {
        let _one_at_a_time = self.compiling.lock();
        self.compilations.fetch_add(1, Ordering::Relaxed);
        let bytes = match &self.compiler {
            CompilerHandle::Child(settings) => child::compile(settings, self.code, component)?,
            CompilerHandle::InProcess => engine
                .precompile_component(component)
                .map_err(|e| CompileError::Refused(format!("{e:#}")))?,
        };
        Ok(load::Artifact::from_our_compiler(bytes))
    }
}
