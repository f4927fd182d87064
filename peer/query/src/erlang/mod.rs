//! Erlang terms, as texts in CouchDB's errors and as bytes in its bookmarks.

mod external;
mod term;
mod text;

pub(crate) use external::{decode, encode};
pub(crate) use term::Term;
pub(crate) use text::{shown, term};
