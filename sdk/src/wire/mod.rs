//! How values cross the wire: contract-api's conventions in their strict reading.
//!
//! Strings and bytes travel raw, numbers and booleans as text, everything else as JSON in the spelling of Go's encoder.
//! Node, Java and Go disagree on empty numbers, surplus arguments and odd booleans; here each of these is an error, unless
//! the contract chose one of their dialects.

mod arg;
mod dialect;
mod json;
mod object;
mod read;
mod reply;
mod schema;
mod time;

pub use arg::{Arg, ArgList, ToArg};
pub use json::{from_json, to_json};
pub use read::JsonError;
pub use reply::{Outcome, Reply};
pub use schema::{Components, Element, Fields, Json, Schema};
pub use time::Time;

pub(crate) use json::excerpt;
pub(crate) use object::{Members, Object, list, texts};
