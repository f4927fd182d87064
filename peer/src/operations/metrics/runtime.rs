use super::families::{Families, raise};
use prometheus::{HistogramVec, IntCounter, IntGauge, IntGaugeVec};
use selvedge_runtime::EngineWork;
use std::time::Duration;

/// What Fabric has nothing like: contracts as WebAssembly inside the peer.
#[derive(Clone, Debug)]
pub struct RuntimeMetrics {
    engine: IntGaugeVec,
    build: HistogramVec,
    live: IntGauge,
    invocations: IntCounter,
    fuel: IntCounter,
    compilations: IntCounter,
    cache_hits: IntCounter,
    reloads: IntCounter,
    ready: IntGauge,
    ready_code: IntGauge,
}

impl RuntimeMetrics {
    pub(super) fn new(families: &Families<'_>) -> Self {
        Self {
            engine: families.gauges(
                "wasm_engine_info",
                "The engine that runs contracts; peers with one fingerprint run the same machine code.",
                &["fingerprint"],
            ),
            build: families.durations(
                "wasm_build_duration",
                "The time to check, compile or load, and link a contract in seconds.",
                &["success"],
            ),
            live: families.gauge("wasm_instances", "Contract instances alive."),
            invocations: families.counter(
                "wasm_invocations",
                "The number of calls that contracts were instantiated for.",
            ),
            fuel: families.counter("wasm_fuel_consumed", "Instructions that contracts executed."),
            compilations: families.counter(
                "wasm_compilations",
                "The number of contracts that were compiled.",
            ),
            cache_hits: families.counter(
                "wasm_cache_hits",
                "The number of contracts whose machine code was in the cache.",
            ),
            reloads: families.counter(
                "wasm_reloads",
                "The number of times that machine code given up for want of use was mapped again.",
            ),
            ready: families.gauge("wasm_ready", "Contracts whose machine code is mapped."),
            ready_code: families.gauge(
                "wasm_ready_code_bytes",
                "The machine code that is mapped, in bytes.",
            ),
        }
    }

    /// Names the engine.
    pub(crate) fn engine(&self, fingerprint: &str) {
        self.engine.with_label_values(&[fingerprint]).set(1);
    }

    /// A package was built, or could not be.
    pub(crate) fn built(&self, success: bool, after: Duration) {
        let success = if success { "true" } else { "false" };
        let build = self.build.with_label_values(&[success]);
        build.observe(after.as_secs_f64());
    }

    /// What the engine has done until now.
    pub(crate) fn refresh(&self, work: &EngineWork) {
        self.live.set(i64::from(work.live));
        raise(&self.invocations, work.invocations);
        raise(&self.fuel, work.fuel);
        raise(&self.compilations, work.compilations);
        raise(&self.cache_hits, work.cache_hits);
        raise(&self.reloads, work.reloads);
        self.ready.set(gauge(work.ready));
        self.ready_code.set(gauge(work.ready_code));
    }
}

fn gauge(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
