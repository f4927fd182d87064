//! Two tables under one name.
use selvedge_sdk::prelude::*;

const ASSETS: Records<String, String> = Records::new("asset");
const BY_OWNER: Index<(String, String)> = Index::new("asset");

#[derive(Default)]
struct Assets;

#[contract(state(ASSETS, BY_OWNER))]
impl Assets {
    #[transaction]
    fn create(&self, _: &Tx) {}
}

fn main() {}
