//! A status that would be endorsed, one that is no number, one without a text, and a variant without any.
use selvedge_sdk::prelude::*;

#[derive(Debug, ContractError)]
enum Endorsed {
    #[status(200, "all is well")]
    Well,
}

#[derive(Debug, ContractError)]
enum Worded {
    #[status("not found")]
    NotFound,
}

#[derive(Debug, ContractError)]
enum Silent {
    #[status(404)]
    NotFound,
}

#[derive(Debug, ContractError)]
enum Unsaid {
    NotFound,
}

fn main() {}
