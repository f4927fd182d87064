//! What a test run is told from outside.

use std::env;

/// Runtimes to test on, separated by commas: `native`, `wasm`, `stream`.
pub(crate) const RUNTIMES: &str = "SELVEDGE_TEST";
/// Set to 1, lets cost locks be written instead of checked.
pub(crate) const BLESS: &str = "SELVEDGE_BLESS";
/// A file to which tests add what they cost.
pub(crate) const COSTS: &str = "SELVEDGE_COSTS";
/// A number from which schedules are drawn.
pub(crate) const SEED: &str = "SELVEDGE_SEED";
/// How many schedules are tried.
pub(crate) const CASES: &str = "SELVEDGE_CASES";

pub(crate) fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// # Panics
/// For what is no number.
pub(crate) fn number(name: &str) -> Option<u64> {
    text(name).map(|value| match value.parse() {
        Ok(number) => number,
        Err(_) => panic!("{name} is {value:?}, which is no whole number"),
    })
}
