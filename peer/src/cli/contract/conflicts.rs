//! `selvedge conflicts`: which transactions of a contract get in each other's way.

use std::path::Path;

use anyhow::{Context, Result, bail};
use selvedge_testkit::{ConflictMatrix, Request, Verdict};
use selvedge_tools::{Interface, help};
use serde_json::{Value, json};

use super::super::files::write_atomically;
use super::args::ConflictsArgs;
use super::calls::{Calls, Example};
use super::source;
use super::stage::{Stage, refused};

/// The matrix, and the error of one that must not be.
pub(in crate::cli) fn conflicts(args: &ConflictsArgs) -> Result<(String, Option<String>)> {
    if args.bless && args.expect.is_none() {
        bail!("--bless writes the file that --expect names");
    }
    let calls = Calls::find(args.calls.as_deref(), &args.path)?
        .unwrap_or_default()
        .and(&args.setup, &args.call)?;
    let found = source::find(&args.path)?;
    let interface = source::told(&found.component)?;
    if calls.calls.is_empty() {
        bail!("{}", which(interface.as_ref()));
    }
    let stage = Stage::set(&found, interface.as_ref(), &calls)?;
    let requests = simulated(&stage, &calls.calls)?;
    let matrix = stage.network.conflict_matrix(&requests);
    let missing = without_example(interface.as_ref(), &calls.calls);
    let failed = judge(args, &matrix)?;
    let text = match args.json {
        true => format!("{}\n", as_json(&matrix, &missing)),
        false => readable(&matrix, &missing),
    };
    Ok((text, failed))
}

/// The requests, each of which a peer endorses.
fn simulated(stage: &Stage, calls: &[Example]) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    let mut refusals = Vec::new();
    for example in calls {
        let request = stage.request(example)?;
        if let Err(error) = refused(&request.simulate()) {
            refusals.push(format!("\n  {} {error}", request.label()));
        }
        requests.push(request);
    }
    if !refusals.is_empty() {
        bail!(
            "what is refused cannot conflict; add set-up calls that make way for it:{}",
            refusals.concat()
        );
    }
    Ok(requests)
}

fn judge(args: &ConflictsArgs, matrix: &ConflictMatrix) -> Result<Option<String>> {
    if let Some(file) = &args.expect {
        let found = matrix.to_string();
        if args.bless {
            write_atomically(file, found.as_bytes())?;
            return Ok(None);
        }
        return expected(file, &found);
    }
    let many = matrix.conflicts().count();
    Ok((args.deny && many > 0).then(|| format!("{many} conflicts, and --deny allows none")))
}

/// Compares with the file, line by line.
fn expected(file: &Path, found: &str) -> Result<Option<String>> {
    let wanted = std::fs::read_to_string(file)
        .with_context(|| format!("reading {}; --bless writes it", file.display()))?;
    if wanted == found {
        return Ok(None);
    }
    let only = |sign: char, these: &str, those: &str| {
        let lines = these
            .lines()
            .filter(|line| !those.lines().any(|other| other == *line));
        lines
            .map(|line| format!("\n  {sign} {line}"))
            .collect::<String>()
    };
    Ok(Some(format!(
        "the conflicts are not those of {}; --bless writes them anew if that is meant:{}{}",
        file.display(),
        only('-', &wanted, found),
        only('+', found, &wanted)
    )))
}

/// What may be submitted and is in no example.
fn without_example(interface: Option<&Interface>, calls: &[Example]) -> Vec<String> {
    let Some(interface) = interface else {
        return Vec::new();
    };
    let called: Vec<_> = calls
        .iter()
        .filter_map(|example| interface.transaction(&example.function()))
        .collect();
    let mut missing = Vec::new();
    for contract in &interface.contracts {
        for transaction in contract.transactions.iter().filter(|known| known.submit) {
            let is_called = called
                .iter()
                .any(|(of, known)| of.name == contract.name && known.name == transaction.name);
            if !is_called {
                missing.push(contract.call_name(transaction));
            }
        }
    }
    missing
}

fn readable(matrix: &ConflictMatrix, missing: &[String]) -> String {
    let mut text = matrix.to_string();
    if matrix.conflicts().next().is_none() {
        text.push_str("\nno two of them conflict\n");
    }
    if !missing.is_empty() {
        text.push_str(&format!("\nwithout an example: {}\n", missing.join(", ")));
    }
    text
}

fn as_json(matrix: &ConflictMatrix, missing: &[String]) -> Value {
    let numbers = 0..matrix.labels().len();
    let pairs = numbers
        .clone()
        .flat_map(|first| numbers.clone().map(move |second| (first, second)));
    let pairs = pairs.map(|(first, second)| {
        let verdict = matrix.verdict(first, second);
        json!({
            "first": first,
            "second": second,
            "code": verdict.name(),
            "conflict": kind(verdict),
            "at": matrix.place(first, second),
        })
    });
    json!({
        "calls": matrix.labels(),
        "pairs": pairs.collect::<Vec<_>>(),
        "without_example": missing,
    })
}

fn kind(verdict: &Verdict) -> Option<&'static str> {
    match verdict.name() {
        "VALID" => None,
        "MVCC_READ_CONFLICT" => Some("mvcc"),
        "PHANTOM_READ_CONFLICT" => Some("phantom"),
        _ => Some("other"),
    }
}

/// How to say which calls, with what there is to call.
fn which(interface: Option<&Interface>) -> String {
    let mut text = "which calls? Write them into selvedge-calls.json beside Cargo.toml: \
        {\"setup\": [[\"Function\", \"argument\"]], \"calls\": [[\"Function\", \"argument\"]]}, \
        or give --setup 'Function argument' and --call 'Function argument'"
        .to_owned();
    let contracts = interface.iter().flat_map(|interface| &interface.contracts);
    for contract in contracts {
        for transaction in contract.transactions.iter().filter(|known| known.submit) {
            text.push_str(&format!("\n  {}", help(transaction)));
        }
    }
    text
}
