//! Types without a wire form.
use selvedge_sdk::prelude::*;
use std::collections::HashMap;
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

    #[transaction]
    fn count(&self, tx: &Tx, votes: HashMap<String, u32>) -> Result<(), SdkError> {
        let _ = (tx, votes);
        Ok(())
    }

    #[transaction]
    fn size(&self, tx: &Tx, size: usize) -> Result<(), SdkError> {
        let _ = (tx, size);
        Ok(())
    }
}

fn main() {}
