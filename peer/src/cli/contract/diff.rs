use anyhow::Result;
use selvedge_tools::{Difference, Weight, compare};
use serde_json::json;

use super::args::DiffArgs;
use super::source;

/// `selvedge diff`: the differences, and the error of a version that breaks its clients or its records.
pub(in crate::cli) fn diff(args: &DiffArgs) -> Result<(String, Option<String>)> {
    let old = source::interface(&args.old)?;
    let new = source::interface(&args.new)?;
    let differences = compare(&old, &new);
    let text = match (args.json, differences.is_empty()) {
        (true, _) => differences.iter().map(as_json).collect(),
        (false, true) => "the interfaces are the same\n".to_owned(),
        (false, false) => differences.iter().map(|one| format!("{one}\n")).collect(),
    };
    let broken = differences
        .iter()
        .filter(|one| one.weight == Weight::Breaking)
        .count();
    let failed = match broken {
        0 => None,
        1 => Some("1 breaking change".to_owned()),
        many => Some(format!("{many} breaking changes")),
    };
    Ok((text, failed))
}

fn as_json(difference: &Difference) -> String {
    let weight = match difference.weight {
        Weight::Addition => "addition",
        Weight::Notable => "notable",
        Weight::Breaking => "breaking",
    };
    let line =
        json!({"weight": weight, "subject": difference.subject, "change": difference.change});
    format!("{line}\n")
}
