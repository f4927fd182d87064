//! Simple keys have one part, and so have the keys of private records.
use selvedge_sdk::prelude::*;

const PAIRS: Records<(String, u64), String> = Records::plain();
const SECRETS: Private<(String, u64), String> = Private::new("secrets");
const NAMELESS: Private<String, String> = Private::new("");

fn main() {
    let _ = (&PAIRS, &SECRETS, &NAMELESS);
}
