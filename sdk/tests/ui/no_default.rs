//! A contract is made for every call.
use selvedge_sdk::prelude::*;

struct Assets(u32);

#[contract]
impl Assets {
    #[transaction]
    fn create(&self, _: &Tx) -> u32 {
        self.0
    }
}

fn main() {}
