//! The first parameter is something else than a context, or a hook takes another one.
use selvedge_sdk::prelude::*;

#[derive(Default)]
struct Assets;

#[contract]
impl Assets {
    #[transaction]
    fn create(&self, id: &String) {
        let _ = id;
    }
}

#[derive(Default)]
struct Hooked;

#[contract]
impl Hooked {
    #[before]
    fn check(&self, tx: &Tx, call: &Call) -> Result<(), SdkError> {
        let _ = (tx, call);
        Ok(())
    }

    #[transaction]
    fn create(&self, _: &Tx) {}
}

fn main() {}
