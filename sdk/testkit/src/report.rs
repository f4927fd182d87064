//! What tests cost, for whoever runs them: one line of JSON for each simulation, in the file that `SELVEDGE_COSTS` names.
//! `selvedge test` reads it.

use crate::environment::{self, COSTS};
use crate::must::must;
use crate::{Cost, Request};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::OnceLock;

/// One simulation on one peer.
pub(crate) fn simulated(request: &Request, cost: Cost) {
    let Some(file) = file() else {
        return;
    };
    let runtime = match (request.is_native(), cost.fuel) {
        (true, _) => "native",
        (false, 0) => "stream",
        (false, _) => "wasm",
    };
    let line = json!({
        "simulated": request.function(),
        "chaincode": request.chaincode(),
        "test": test(),
        "runtime": runtime,
        "cost": numbers(cost.entries()),
    });
    write(file, &line);
}

/// What a cost lock compared, with what its file said before.
pub(crate) fn locked(
    function: &str,
    measured: impl IntoIterator<Item = (&'static str, u64)>,
    known: Option<&BTreeMap<String, u64>>,
) {
    let Some(file) = file() else {
        return;
    };
    let line = json!({
        "locked": function,
        "test": test(),
        "cost": numbers(measured),
        "was": known,
    });
    write(file, &line);
}

fn numbers(entries: impl IntoIterator<Item = (&'static str, u64)>) -> Map<String, Value> {
    let entries = entries.into_iter();
    entries
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

/// The harness calls threads after their tests.
fn test() -> String {
    let thread = std::thread::current();
    thread.name().unwrap_or_default().to_owned()
}

fn write(file: &Mutex<File>, line: &Value) {
    // In one piece: test binaries share the file.
    let line = format!("{line}\n");
    must(
        "writing what the tests cost",
        file.lock().write_all(line.as_bytes()),
    );
}

fn file() -> Option<&'static Mutex<File>> {
    static FILE: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    let open = || {
        let path = environment::text(COSTS)?;
        let opened = OpenOptions::new().append(true).create(true).open(&path);
        Some(Mutex::new(must(&format!("opening {path}"), opened)))
    };
    FILE.get_or_init(open).as_ref()
}
