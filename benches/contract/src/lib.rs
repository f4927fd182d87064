//! The contract of the benchmarks. It does as little of its own as possible, so that what is measured is the way to the
//! peer and back: the same operations on the same keys as the baseline figures for Go were taken with.

use selvedge_sdk::raw::{Program, Stub};
use selvedge_sdk::{HostError, Response};

/// Argument 0 is the operation, argument 1 a number.
#[derive(Debug)]
pub struct Bench;

impl Program for Bench {
    fn invoke(stub: &Stub) -> Response {
        let text = |index: usize| {
            let argument = stub.args().get(index);
            argument.and_then(|bytes| std::str::from_utf8(bytes).ok())
        };
        let number = text(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        match perform(stub, text(0).unwrap_or_default(), number) {
            Ok(Some(read)) => Response::ok(read.to_string()),
            Ok(None) => Response::error("unknown operation"),
            Err(error) => Response::error(error.as_str()),
        }
    }
}

/// How many bytes were read; `None` for an operation that does not exist.
fn perform(stub: &Stub, operation: &str, number: u32) -> Result<Option<usize>, HostError> {
    let mut read = 0;
    match operation {
        "empty" => {}
        // Reads the key, and writes a value of 100 bytes to it.
        "get-put" => {
            let key = key(number);
            read = length(stub.get_state(&key)?.as_deref());
            stub.put_state(&key, vec![b'w'; 100])?;
        }
        // Writes `number` keys.
        "fill" => {
            for number in 0..number {
                stub.put_state(&key(number), vec![b'v'; 100])?;
            }
        }
        // Reads as many keys, one call each.
        "gets" => {
            for number in 0..number {
                read += length(stub.get_state(&key(number))?.as_deref());
            }
        }
        // Reads as many rows of one range, which holds no more.
        "range" => {
            for row in stub.get_state_by_range(&key(0), &key(number))? {
                read += row?.value.len();
            }
        }
        _ => return Ok(None),
    }
    Ok(Some(read))
}

fn length(value: Option<&[u8]>) -> usize {
    value.map_or(0, <[u8]>::len)
}

fn key(number: u32) -> String {
    format!("key{number:06}")
}

selvedge_sdk::raw_chaincode!(Bench);
