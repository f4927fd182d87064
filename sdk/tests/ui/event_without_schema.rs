//! An event in the metadata whose payload nobody can describe.
use selvedge_sdk::prelude::*;

#[derive(Serialize, Event)]
struct Sold {
    id: String,
}

#[derive(Default)]
struct Shop;

#[contract(events(Sold))]
impl Shop {
    #[transaction]
    fn sell(&self, tx: &Tx, id: String) -> Result<(), SdkError> {
        tx.emit(&Sold { id })
    }
}

fn main() {}
