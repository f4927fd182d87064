use anyhow::{Context, Result};
use selvedge_runtime::{Code, EngineConfig, MAX_COMPONENT_SIZE, WasmEngine, check_component};
use selvedge_tools::{Finding, inspect, read_section};
use serde_json::json;
use std::num::NonZeroUsize;

use super::args::CheckArgs;
use super::source;

/// `selvedge check`: what a peer would refuse is the error, what an author may want to know is the result.
pub(in crate::cli) fn check(args: &CheckArgs) -> Result<String> {
    let component = source::component(&args.path)?;
    let refused = || format!("a peer would refuse {}", args.path.display());
    check_component(&component).with_context(refused)?;
    let engine = WasmEngine::new(&EngineConfig {
        workers: NonZeroUsize::MIN,
        code: Code::Quick,
        ..EngineConfig::default()
    })?;
    engine.load(&component).with_context(refused)?;
    let findings = inspect(&component)?;
    let described = read_section(&component)?.is_some();
    if args.json {
        let findings: Vec<_> = findings.iter().map(Finding::to_string).collect();
        let report = json!({
            "component_bytes": component.len(),
            "limit_bytes": MAX_COMPONENT_SIZE,
            "metadata": described,
            "findings": findings,
        });
        return Ok(format!("{report}\n"));
    }
    let mut text = format!(
        "A peer takes it: {} KiB of at most {} MiB, nothing imported but fabric:chaincode\n",
        component.len().div_ceil(1024),
        MAX_COMPONENT_SIZE >> 20
    );
    if !described {
        text.push_str("note: it carries no metadata; invoke, diff and bindings have to run it to learn its interface\n");
    }
    for finding in findings {
        text.push_str(&format!("note: {finding}\n"));
    }
    Ok(text)
}
