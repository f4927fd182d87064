//! From a component to machine code, bounded, and kept between runs.

mod cache;
mod child;
mod load;
mod mac;
mod worker;

pub(crate) use cache::Cache;
pub use child::CompileError;
pub use worker::{COMPILE_WORKER, compile_worker_main};

use crate::wasm::ChildCompiler;
use wasmtime::Engine;
use wasmtime::component::Component;

pub(crate) enum CompilerHandle {
    Child(ChildCompiler),
    InProcess,
}

/// Compiled components, from the cache where it has them.
pub(crate) struct Artifacts {
    compiler: CompilerHandle,
    cache: Option<Cache>,
}

impl Artifacts {
    pub(crate) fn new(compiler: CompilerHandle, cache: Option<Cache>) -> Self {
        Self { compiler, cache }
    }

    /// `key` is the SHA-256 of `component` in hex. Whatever is wrong with the cache costs a compilation, not more.
    pub(crate) fn get(
        &self,
        engine: &Engine,
        key: &str,
        component: &[u8],
    ) -> Result<Component, CompileError> {
        if let Some(path) = self.cache.as_ref().and_then(|cache| cache.find(key)) {
            match load::file(engine, &path) {
                Ok(component) => return Ok(component),
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
        let bytes = match &self.compiler {
            CompilerHandle::Child(settings) => child::compile(settings, component)?,
            CompilerHandle::InProcess => engine
                .precompile_component(component)
                .map_err(|e| CompileError::Refused(format!("{e:#}")))?,
        };
        Ok(load::Artifact::from_our_compiler(bytes))
    }
}
