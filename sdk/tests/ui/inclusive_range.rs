//! Fabric's ranges are half-open, and simple keys have one part.
use selvedge_sdk::prelude::*;

const NAMES: Records<String, String> = Records::plain();
const PAIRS: Records<(String, u64), String> = Records::plain();

fn some(view: &View) -> Result<usize, SdkError> {
    Ok(NAMES.range(view, "a".to_owned()..="b".to_owned())?.count())
}

fn main() {
    let _ = &PAIRS;
}
