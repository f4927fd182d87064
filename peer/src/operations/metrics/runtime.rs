use super::families::Families;
use prometheus::IntGaugeVec;

/// What Fabric has nothing like: contracts as WebAssembly inside the peer.
#[derive(Clone, Debug)]
pub struct RuntimeMetrics {
    engine: IntGaugeVec,
}

impl RuntimeMetrics {
    pub(super) fn new(families: &Families<'_>) -> Self {
        Self {
            engine: families.gauges(
                "wasm_engine_info",
                "The engine that runs contracts; peers with one fingerprint run the same machine code.",
                &["fingerprint"],
            ),
        }
    }

    /// Names the engine.
    pub(crate) fn engine(&self, fingerprint: &str) {
        self.engine.with_label_values(&[fingerprint]).set(1);
    }
}
