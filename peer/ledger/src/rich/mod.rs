//! Rich queries on this database: index rows kept beside the state, and scans that answer queries.
//!
//! A row of an index is its number, the encoded columns and the key; it is written in the batch that writes the value.
//! Definitions live in the same column family under number 0. Nothing of an index is seen before its definition.

mod build;
mod definitions;
mod maintain;
mod rows;
mod scan;

pub use build::{IndexFile, IndexOutcome};
pub(crate) use build::{deploy, rebuild, recover};
pub(crate) use definitions::{Defined, Definitions};
pub(crate) use maintain::maintain;
pub(crate) use scan::{RichScan, Space};
