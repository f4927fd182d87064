//! An error without a status.
use selvedge_sdk::prelude::*;

#[derive(Debug)]
enum Refused {
    NotYours,
}

#[derive(Default)]
struct Assets;

#[contract]
impl Assets {
    #[transaction]
    fn take(&self, tx: &Tx) -> Result<(), Refused> {
        let _ = tx;
        Err(Refused::NotYours)
    }
}

fn main() {}
