//! Fabric's ranges are half-open.
use selvedge_sdk::prelude::*;

const NAMES: Records<String, String> = Records::plain();

fn some(view: &View) -> Result<usize, SdkError> {
    Ok(NAMES.range(view, "a".to_owned()..="b".to_owned())?.count())
}

fn main() {

}
