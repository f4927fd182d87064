//! Rich queries as CouchDB and Fabric answer them.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod bookmarks;
mod couchdb;
mod errors;
mod operators;
mod oracle;
mod planning;
mod properties;
mod results;
mod store;
