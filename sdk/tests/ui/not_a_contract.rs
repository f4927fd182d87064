//! `chaincode!` with a type that has no `#[contract]`, and with Fabric's own name.
use selvedge_sdk::prelude::*;

#[derive(Default)]
struct Forgotten;

mod one {
    use super::*;
    chaincode!(Forgotten);
}

#[derive(Default)]
struct Usurper;

#[contract(name = "org.hyperledger.fabric")]
impl Usurper {
    #[transaction]
    fn create(&self, _: &Tx) {}
}

mod two {
    use super::*;
    chaincode!(Usurper);
}

fn main() {}
