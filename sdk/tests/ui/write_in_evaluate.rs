//! A transaction that takes a `Query` cannot write.
use selvedge_sdk::prelude::*;

const NAMES: Records<String, String> = Records::plain();

#[derive(Default)]
struct Names;

#[contract]
impl Names {
    #[transaction]
    fn rename(&self, query: &Query, id: String, name: String) -> Result<(), SdkError> {
        NAMES.put(query, &id, &name)
    }
}

fn main() {}
