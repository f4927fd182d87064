//! Instructions of the hot paths, counted by callgrind and kept in `benches/counts.json`: times on a shared machine cannot be
//! checked, these can. `counts` compares and fails where a path has become longer; UPDATE_COUNTS=1 writes the file anew.
//!
//! Valgrind shows every program the same processor, so that libraries choose the same code on any machine with AVX2. What
//! is left of chance (hash maps, skip lists, the system's C library) is below the tolerance.

#[path = "counts/callgrind.rs"]
mod callgrind;
#[path = "counts/paths.rs"]
mod paths;

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Set for the process that valgrind runs.
const CHILD: &str = "SELVEDGE_COUNTS_CHILD";
/// How much longer than recorded a path may be.
const TOLERANCE: f64 = 0.03;

type Counts = BTreeMap<String, u64>;

fn main() -> Result<ExitCode> {
    if std::env::var_os(CHILD).is_some() {
        paths::run()?;
        return Ok(ExitCode::SUCCESS);
    }
    if !callgrind::is_there() {
        eprintln!(
            "\n*** SKIPPED: NO VALGRIND: instructions are not counted (as root: scripts/valgrind)\n"
        );
        return Ok(ExitCode::SUCCESS);
    }
    let counted = callgrind::count(CHILD)?;
    ensure!(
        counted.len() == paths::PATHS.len(),
        "{} paths of {} were counted",
        counted.len(),
        paths::PATHS.len()
    );
    let paths = paths::PATHS.iter().zip(counted);
    let counts: Counts = paths
        .map(|((name, times), count)| ((*name).to_owned(), count / times))
        .collect();
    if std::env::var_os("UPDATE_COUNTS").is_some() {
        let text = serde_json::to_string_pretty(&counts)? + "\n";
        std::fs::write(file(), text).context("writing benches/counts.json")?;
        println!("benches/counts.json is written");
        return Ok(ExitCode::SUCCESS);
    }
    let text = std::fs::read_to_string(file()).context("reading benches/counts.json")?;
    let recorded: Counts = serde_json::from_str(&text).context("benches/counts.json")?;
    Ok(match compare(&recorded, &counts) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.json")
}

/// Whether no path is longer than it may be. One that is much shorter is worth recording, so that it stays.
fn compare(recorded: &Counts, counts: &Counts) -> bool {
    let mut good = true;
    for name in recorded.keys().filter(|name| !counts.contains_key(*name)) {
        println!("{name}: recorded, but not a path any more: run with UPDATE_COUNTS=1");
        good = false;
    }
    for (name, count) in counts {
        let Some(before) = recorded.get(name) else {
            println!("{name}: {count} instructions, not recorded yet: run with UPDATE_COUNTS=1");
            good = false;
            continue;
        };
        let change = *count as f64 / *before as f64 - 1.0;
        let verdict = match change {
            more if more > TOLERANCE => {
                good = false;
                "LONGER; if that has to be, record it with UPDATE_COUNTS=1"
            }
            less if less < -TOLERANCE => "shorter; record it with UPDATE_COUNTS=1",
            _ => "as recorded",
        };
        println!(
            "{name}: {count} instructions, {:+.1} %: {verdict}",
            change * 100.0
        );
    }
    good
}
