//! Fabric paginates only in transactions that write nothing.
use selvedge_sdk::prelude::*;

const NAMES: Records<String, String> = Records::plain();

fn first(tx: &Tx, page: Page) -> Result<PageOf<String>, SdkError> {
    NAMES.page(tx, .., &page)
}

fn main() {}
