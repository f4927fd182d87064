//! Blocks that cannot be contracts, and attributes that say what cannot be.
use selvedge_sdk::prelude::*;

trait Named {}

struct Plain;

#[contract]
impl Named for Plain {}

#[contract]
impl<T> Vec<T> {}

#[contract(title = "assets")]
impl Plain {}

#[contract("assets")]
impl Plain {}

#[contract(name = "")]
impl Plain {
    #[transaction]
    fn create(&self, _: &Tx) {}
}

#[contract(name = "a:b", dialect = "node")]
impl Plain {
    #[transaction]
    fn create(&self, _: &Tx) {}
}

#[contract]
impl [Plain; 2] {
    #[transaction]
    fn create(&self, _: &Tx) {}
}

#[contract(name = "a", name = "b")]
impl Plain {}

#[contract(dialect = "rust")]
impl Plain {}

#[contract(errors = "xml")]
impl Plain {}

#[contract(allow())]
impl Plain {}

#[contract(allow(msp))]
impl Plain {}

#[contract(allow(role("admin")))]
impl Plain {}

#[contract(allow(msp()))]
impl Plain {}

#[contract(allow(unit(admin)))]
impl Plain {}

#[contract(allow(attr()))]
impl Plain {}

#[contract(allow(attr(role = "admin")))]
impl Plain {}

impl Plain {
    #[transaction]
    fn create(&self, _: &Tx) {}

    #[before]
    fn check(&self, _: &View, _: &Call) {}
}

fn main() {}
