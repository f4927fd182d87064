//! A transaction that can fail and does not say so, and one that answers with what no client can read.
use selvedge_sdk::prelude::*;

const NAMES: Records<String, String> = Records::plain();

struct Unread;

#[derive(Default)]
struct Names;

#[contract]
impl Names {
    #[transaction]
    fn rename(&self, tx: &Tx, id: String, name: String) {
        NAMES.put(tx, &id, &name)?;
    }

    #[transaction]
    fn answer(&self, _: &View) -> Unread {
        Unread
    }

    #[transaction]
    fn answers(&self, _: &View) -> Result<Vec<Unread>, SdkError> {
        Ok(vec![Unread])
    }
}

fn main() {}
