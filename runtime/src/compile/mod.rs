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
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::Engine;
use wasmtime::component::Component;

pub(crate) enum CompilerHandle {
    Child(ChildCompiler),
    InProcess,
}

/// Compiled components, from the cache where it has them. Each keeps one file descriptor open.
pub(crate) struct Artifacts {
    compiler: CompilerHandle,
    code: Code,
    cache: Option<Cache>,
    /// One compilation at a time, which uses all processors; several would add up their memory.
    compiling: Mutex<()>,
    compilations: AtomicU64,
    cache_hits: AtomicU64,
}

/// A component, and whether [`Artifacts::cached`] would find it as well.
pub(crate) struct Made {
    pub(crate) component: Component,
    pub(crate) is_cached: bool,
}

impl Artifacts {
    pub(crate) fn new(compiler: CompilerHandle, code: Code, cache: Option<Cache>) -> Self {
        Self {
            compiler,
            code,
            cache,
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
    ) -> Result<Made, CompileError> {
        if let Some(component) = self.cached(engine, key) {
            self.cache_hits.fetch_add(1, Ordering::Relaxed);
            let is_cached = true;
            return Ok(Made {
                component,
                is_cached,
            });
        }
        let artifact = self.compile(engine, component)?;
        let stored = self.cache.as_ref().map(|cache| cache.store(key, &artifact));
        let component = match &stored {
            Some(Ok(path)) => load::file(engine, path)?,
            Some(Err(error)) => {
                tracing::warn!(%error, "compiled code cannot be cached");
                load::bytes(engine, &artifact)?
            }
            None => load::bytes(engine, &artifact)?,
        };
        let is_cached = matches!(stored, Some(Ok(_)));
        Ok(Made {
            component,
            is_cached,
        })
    }

    /// The component whose SHA-256 is `key`, if the cache has its code.
    pub(crate) fn cached(&self, engine: &Engine, key: &str) -> Option<Component> {
        let path = self.cache.as_ref()?.find(key)?;
        match load::file(engine, &path) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cached code cannot be loaded");
                None
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
