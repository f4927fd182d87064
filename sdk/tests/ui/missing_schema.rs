//! A struct that is JSON but has no schema.
use selvedge_sdk::prelude::*;

#[derive(Serialize, Deserialize)]
struct Asset {
    id: String,
}

#[derive(Default)]
struct Assets;

#[contract]
impl Assets {
    #[transaction]
    fn create(&self, tx: &Tx, asset: Asset) -> Result<(), SdkError> {
        let _ = (tx, asset.id);
        Ok(())
    }
}

fn main() {}
