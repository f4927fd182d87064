//! Reading and writing, and nothing else. Each answers how many bytes it read.

use super::{Answer, Words, key};
use selvedge_sdk::raw::Stub;

/// Where many contracts are measured, `peer/src/bench/artifacts.rs` writes another number into each copy's machine code:
/// equal code would be compiled and held in memory once.
const COPY: &str = "copy 0000000 of the contract that is measured";

pub(super) fn perform(stub: &Stub, operation: &str, words: &Words<'_>) -> Answer {
    let number = words.number(1);
    let mut read = 0;
    match operation {
        "empty" => {}
        // Which copy of the contract this is.
        "which" => return Ok(Some(COPY.to_owned())),
        // Reads the key, and writes a value of 100 bytes to it.
        "get-put" => {
            let key = key(number);
            read = length(stub.get_state(&key)?.as_deref());
            stub.put_state(&key, vec![b'w'; 100])?;
        }
        // The same, and tells of it.
        "announce" => {
            let key = key(number);
            read = length(stub.get_state(&key)?.as_deref());
            stub.put_state(&key, vec![b'w'; 100])?;
            stub.set_event("announced", key)?;
        }
        // Writes `number` keys, the first of which is argument 2.
        "fill" => {
            let first = words.number(2);
            for number in first..first.saturating_add(number) {
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
        // Writes one value of as many bytes.
        "put-value" => stub.put_state("value", vec![b'x'; number as usize])?,
        "get-value" => read = length(stub.get_state("value")?.as_deref()),
        _ => return Ok(None),
    }
    Ok(Some(read.to_string()))
}

fn length(value: Option<&[u8]>) -> usize {
    value.map_or(0, <[u8]>::len)
}
