//! The contract of the benchmarks. It does as little of its own as possible, so that what is measured is the way to the
//! peer and back: the same operations on the same keys as the baseline figures for Go were taken with.
//!
//! `benches/node/bench.js` does the same on Fabric's shim for Node; whoever changes one changes the other.

mod assets;
mod compute;
mod reading;

use selvedge_sdk::raw::{Program, Stub};
use selvedge_sdk::{HostError, Response};

/// Argument 0 is the operation; the others are its own.
#[derive(Debug)]
pub struct Bench;

/// What an operation answers; `None`: there is no such operation.
type Answer = Result<Option<String>, HostError>;

impl Program for Bench {
    fn invoke(stub: &Stub) -> Response {
        let words = Words(stub);
        let operation = words.text(0);
        let asked = [reading::perform, compute::perform, assets::perform];
        for perform in asked {
            match perform(stub, operation, &words) {
                Ok(Some(answer)) => return Response::ok(answer),
                Ok(None) => {}
                Err(error) => return Response::error(error.as_str()),
            }
        }
        Response::error(format!("unknown operation '{operation}'"))
    }
}

/// The arguments. One that is missing, or no number, counts as nothing.
struct Words<'s>(&'s Stub);

impl Words<'_> {
    fn text(&self, index: usize) -> &str {
        let argument = self.0.args().get(index);
        argument
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    fn number(&self, index: usize) -> u32 {
        self.text(index).parse().unwrap_or(0)
    }
}

/// A key of its own for every number, in the order of the numbers.
fn key(number: u32) -> String {
    format!("key{number:06}")
}

selvedge_sdk::raw_chaincode!(Bench);
