//! JSON into Rust, in the words of `serde_json` and at the positions it names, in a third of its code.
//!
//! Everything in a component counts: `serde_json` brings the reading and the writing of floats into every contract that
//! reads an integer, since it looks at numbers before it asks what they are for. Here floats come in with the first type
//! that has one.

mod access;
mod deserializer;
mod error;
mod ignore;
mod key;
mod number;
mod reader;
mod text;

pub use error::JsonError;

use reader::Reader;
use serde::de::DeserializeOwned;

/// Reads one value, with nothing but white space around it.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, JsonError> {
    let mut reader = Reader::new(json);
    let value = T::deserialize(&mut reader)?;
    match reader.skip_space() {
        None => Ok(value),
        Some(_) => Err(reader.at_next("trailing characters")),
    }
}

#[cfg(test)]
mod tests;
