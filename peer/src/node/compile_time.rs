use crate::operations::Operations;
use selvedge_runtime::{BuildError, Builder, Chaincode, Package, WasmEngine, Workers};
use std::sync::Arc;
use std::time::Instant;

/// The Wasm engine, whose builds are timed and whose work is shown at every scrape.
pub(super) struct MeasuredEngine {
    engine: Arc<WasmEngine>,
    operations: Arc<Operations>,
}

impl MeasuredEngine {
    pub(super) fn new(engine: WasmEngine, operations: &Arc<Operations>) -> Self {
        let engine = Arc::new(engine);
        let metrics = operations.metrics();
        metrics.runtime.engine(engine.fingerprint());
        let watched = Arc::downgrade(&engine);
        metrics.before_scrape(move |metrics| {
            if let Some(engine) = watched.upgrade() {
                metrics.runtime.refresh(&engine.work());
            }
        });
        Self {
            engine,
            operations: Arc::clone(operations),
        }
    }
}

impl Builder for MeasuredEngine {
    fn kind(&self) -> &str {
        self.engine.kind()
    }

    fn workers(&self) -> Option<&Workers> {
        Some(self.engine.workers())
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        let began = Instant::now();
        let built = self.engine.build(package);
        let runtime = &self.operations.metrics().runtime;
        runtime.built(built.is_ok(), began.elapsed());
        built
    }
}
