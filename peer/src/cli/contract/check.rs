use anyhow::{Context, Result};
use selvedge_runtime::{MAX_COMPONENT_SIZE, check_component};
use selvedge_testkit::{HostCall, Simulated};
use selvedge_tools::{Advice, Interface, inspect, read_section, review};
use serde_json::json;

use super::super::engine;
use super::args::CheckArgs;
use super::calls::Calls;
use super::source::{self, Found};
use super::stage::{Stage, refused};

/// `selvedge check`: what a peer would refuse is the error, what an author may want to know is the result.
pub(in crate::cli) fn check(args: &CheckArgs) -> Result<(String, Option<String>)> {
    let found = source::find(&args.path)?;
    let component = &found.component;
    let refused = || format!("a peer would refuse {}", args.path.display());
    check_component(component).with_context(refused)?;
    engine()?.load(component).with_context(refused)?;
    let interface = source::told(component)?;
    let mut advice = inspected(&found)?;
    advice.extend(interface.as_ref().map(review).unwrap_or_default());
    let calls = Calls::find(args.calls.as_deref(), &args.path)?;
    let simulated = calls.as_ref().map_or(0, |calls| calls.calls.len());
    if let Some(calls) = &calls {
        advice.extend(tried(&found, interface.as_ref(), calls)?);
    }
    let many = advice.len();
    let failed =
        (args.deny && many > 0).then(|| format!("{many} findings, and --deny allows none"));
    let described = read_section(component)?.is_some();
    if args.json {
        let report = json!({
            "component_bytes": component.len(),
            "limit_bytes": MAX_COMPONENT_SIZE,
            "metadata": described,
            "simulated": simulated,
            "findings": advice,
        });
        return Ok((format!("{report}\n"), failed));
    }
    let mut text = format!(
        "A peer takes it: {} KiB of at most {} MiB, nothing imported but fabric:chaincode\n",
        component.len().div_ceil(1024),
        MAX_COMPONENT_SIZE >> 20
    );
    if !described {
        text.push_str("note: it carries no metadata; invoke, diff and bindings have to run it to learn its interface\n");
    }
    for advice in advice {
        text.push_str(&format!("note: {advice}\n"));
    }
    if simulated == 0 {
        text.push_str("Nothing was simulated: example calls in selvedge-calls.json tell more\n");
    }
    Ok((text, failed))
}

/// What the code does, whoever calls it.
fn inspected(found: &Found) -> Result<Vec<Advice>> {
    let findings = inspect(&found.component)?;
    let about = |finding: selvedge_tools::Finding| Advice {
        about: found.name.clone(),
        finding: finding.to_string(),
        mend: finding.mend().to_owned(),
    };
    Ok(findings.into_iter().map(about).collect())
}

/// What the example calls step into, each on the state after the set-up.
fn tried(found: &Found, interface: Option<&Interface>, calls: &Calls) -> Result<Vec<Advice>> {
    let stage = Stage::set(found, interface, calls)?;
    let mut advice = Vec::new();
    for example in &calls.calls {
        let simulated = stage.request(example)?.simulate();
        let about = simulated.request().label();
        if let Err(error) = refused(&simulated) {
            advice.push(Advice {
                about,
                finding: error.to_string(),
                mend: "add a set-up call that makes way for it".to_owned(),
            });
            continue;
        }
        for trap in simulated.traps() {
            let (fabric, mend) = trap.kind().advice();
            advice.push(Advice {
                about: about.clone(),
                finding: format!("{}: {}: {fabric}", trap.kind().name(), trap.subject()),
                mend: mend.to_owned(),
            });
        }
        let scans = simulated.calls().iter().filter(|call| is_scan(call));
        advice.extend(scans.map(|scan| scanned(&about, scan, &simulated)));
    }
    Ok(advice)
}

/// A query that is read until nothing is left.
fn is_scan(call: &HostCall) -> bool {
    let queries = ["GET_STATE_BY_RANGE", "GET_QUERY_RESULT"];
    queries.contains(&call.operation) && !call.page && call.error.is_none()
}

fn scanned(about: &str, scan: &HostCall, simulated: &Simulated) -> Advice {
    let writes = !simulated.results().written.is_empty();
    let (consequence, mend) = match writes {
        true => (
            "its cost grows with the state, and whatever appears in the range meanwhile is a phantom that invalidates it",
            "keep a sum or an index for what the range is read for, or give it ends that the state cannot grow between",
        ),
        false => (
            "its cost grows with the state",
            "read pages, or give the range ends that the state cannot grow between",
        ),
    };
    Advice {
        about: about.to_owned(),
        finding: format!("reads {} without a page: {consequence}", scan.subject),
        mend: mend.to_owned(),
    }
}
