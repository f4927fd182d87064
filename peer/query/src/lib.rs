//! Rich queries: Mango selectors over JSON values, as CouchDB 3.4 answers them for a Fabric peer.
//!
//! Pure: no database, no clock. A store hands over documents and index rows in order; this crate says what a query
//! means ([`Query`]), which index serves it ([`Query::plan`]), whether a document matches
//! ([`Query::matches`]), and what an index holds of a document ([`Index::entry`]).
//!
//! Rules were read in CouchDB's `src/mango/src` and in Fabric's
//! `core/ledger/kvledger/txmgmt/statedb/statecouchdb`.

mod bookmark;
mod collate;
mod document;
mod erlang;
mod error;
mod fields;
mod find;
mod index;
mod json;
mod plan;
mod query;
mod ranges;
mod selector;
mod sort;

pub use collate::{COLLATION, compare};
pub use document::{Document, canonical, check_key, check_value};
pub use error::QueryError;
pub use index::{Index, IndexError};
pub use json::{Json, JsonError, MAX_DEPTH, Number, escape};
pub use plan::{Bounds, IdBound, Plan};
pub use query::Query;
