//! A type without a wire form.
use selvedge_sdk::prelude::*;
use std::time::Duration;

#[derive(Default)]
struct Waits;

#[contract]
impl Waits {
    #[transaction]
    fn wait(&self, tx: &Tx, how_long: Duration) -> Result<(), SdkError> {
        let _ = (tx, how_long);
        Ok(())
    }
}

fn main() {}
