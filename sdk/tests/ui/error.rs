//! Errors that say nothing, or what must not be.
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
enum NoList {
    #[status = 404]
    NotFound,
}

#[derive(Debug, ContractError)]
enum Unsaid {
    NotFound,
}

#[derive(Debug, ContractError)]
enum Both {
    #[status(404, "not found")]
    #[transparent]
    NotFound(SdkError),
}

#[derive(Debug, ContractError)]
enum PassesNothingOn {
    #[transparent]
    NotFound,
}

#[derive(Debug, ContractError)]
enum FromOneOfTwo {
    #[status(404, "{0} {1}")]
    NotFound(#[from] SdkError, String),
}

#[derive(ContractError)]
union Either {
    a: u32,
    b: i32,
}

fn main() {}
