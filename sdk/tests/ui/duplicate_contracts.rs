//! Two contracts with one name.
use selvedge_sdk::prelude::*;

#[derive(Default)]
struct One;

#[contract(name = "assets")]
impl One {
    #[transaction]
    fn create(&self, tx: &Tx) {
        let _ = tx;
    }
}

#[derive(Default)]
struct Two;

#[contract(name = "assets")]
impl Two {
    #[transaction]
    fn create(&self, tx: &Tx) {
        let _ = tx;
    }
}

chaincode!(One, Two);

fn main() {}
