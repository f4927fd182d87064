use super::bindings::ContractPre;
use super::contract::{Linked, WasmChaincode};
use super::engine::{LoadError, Shared};
use super::guest::Guest;
use super::ready::{Key, Ready};
use crate::check_component;
use crate::compile::Artifacts;
use crate::component::code_of;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::component::{Component, Linker};

/// From a component to what can be instantiated. What was not called for long is given up, and mapped from the cache
/// again by its next call.
pub(crate) struct Loader {
    pub(crate) shared: Arc<Shared>,
    linker: Linker<Guest>,
    artifacts: Artifacts,
    ready: Ready<Linked>,
    reloads: AtomicU64,
}

impl Loader {
    /// Keeps up to `ready` bytes of machine code.
    pub(crate) fn new(
        shared: Arc<Shared>,
        linker: Linker<Guest>,
        artifacts: Artifacts,
        ready: usize,
    ) -> Self {
        Self {
            shared,
            linker,
            artifacts,
            ready: Ready::new(ready),
            reloads: AtomicU64::new(0),
        }
    }

    /// Compilations, components found in the cache when they were loaded first, and mapped again later.
    pub(crate) fn made(&self) -> (u64, u64, u64) {
        let (compilations, cache_hits) = self.artifacts.made();
        (
            compilations,
            cache_hits,
            self.reloads.load(Ordering::Relaxed),
        )
    }

    /// How many are ready, and the bytes of their code.
    pub(crate) fn ready(&self) -> (usize, usize) {
        self.ready.held()
    }

    /// Checks, compiles and links a component. The cache is asked first.
    pub(crate) fn load(self: &Arc<Self>, component: &[u8]) -> Result<WasmChaincode, LoadError> {
        check_component(component)?;
        let code = code_of(component);
        let key: Key = Sha256::digest(&code).into();
        let linked = self.ready.get(&key, || {
            let engine = &self.shared.engine;
            let made = self.artifacts.get(engine, &hex::encode(key), &code)?;
            self.link(&made.component, made.is_cached)
        })?;
        Ok(WasmChaincode {
            loader: Arc::clone(self),
            key,
            pinned: (!linked.is_cached).then_some(linked),
        })
    }

    /// What [`Loader::load`] made of the component; `None` if it is neither ready nor in the cache any more.
    pub(crate) fn again(&self, key: &Key) -> Option<Arc<Linked>> {
        let found = self.ready.get(key, || {
            let component = self
                .artifacts
                .cached(&self.shared.engine, &hex::encode(key));
            let linked = self.link(&component.ok_or(())?, true).map_err(|error| {
                tracing::warn!(%error, "cached code cannot be linked");
            })?;
            self.reloads.fetch_add(1, Ordering::Relaxed);
            Ok::<_, ()>(linked)
        });
        found.ok()
    }

    fn link(&self, component: &Component, is_cached: bool) -> Result<(Linked, usize), LoadError> {
        let pre = self
            .linker
            .instantiate_pre(component)
            .and_then(ContractPre::new);
        let pre = pre.map_err(|e| LoadError::Link(format!("{e:#}")))?;
        let image = component.image_range();
        let bytes = image.end.addr() - image.start.addr();
        let shared = Arc::clone(&self.shared);
        Ok((
            Linked {
                shared,
                pre,
                is_cached,
            },
            bytes,
        ))
    }
}
