//! `ledger verify`: an auditor's tool, which Fabric has none of.

mod args;
mod table;
mod verify;

pub(super) use args::Ledger;

use super::{FAILURE, SUCCESS};

/// The chain is as it should be: 0. It is not: 1. Nobody can say: 2.
pub(super) fn run(command: Ledger) -> u8 {
    let Ledger::Verify(args) = command;
    match verify::run(&args) {
        Ok(0) => SUCCESS,
        Ok(_) => FAILURE,
        Err(error) => {
            eprintln!("Error: {error:#}");
            2
        }
    }
}
