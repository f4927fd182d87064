//! Two functions with one name on the wire.
use selvedge_sdk::prelude::*;

#[derive(Default)]
struct Assets;

#[contract]
impl Assets {
    #[transaction]
    fn create(&self, tx: &Tx) {
        let _ = tx;
    }

    #[transaction(name = "Create")]
    fn create_again(&self, tx: &Tx) {
        let _ = tx;
    }
}

fn main() {}
