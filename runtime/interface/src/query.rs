use crate::{Space, Timestamp};
use bytes::Bytes;

/// An open query of this transaction. Valid until it is closed, exhausted, or the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cursor(pub u32);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kv {
    pub key: String,
    pub value: Bytes,
}

/// Rows the peer delivered together, in key order.
///
/// The peer pulls 100 rows and then one more to learn whether there are others; what it pulled is what the range's
/// read information covers, so the batch size is part of the endorsement and not a tuning knob.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    pub rows: Vec<Kv>,
    /// Present while at least one more row exists.
    pub cursor: Option<Cursor>,
}

/// What to scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection<'a> {
    /// `start` inclusive, `end` exclusive, in byte order; an empty bound is open.
    Range {
        space: Space<'a>,
        start: &'a str,
        end: &'a str,
    },
    /// A Mango selector over JSON values.
    Rich { space: Space<'a>, query: &'a str },
}

/// Only public state is paginated, and only in a transaction that writes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest<'a> {
    pub size: i32,
    /// Empty for the first page. For a range it is the key the page starts at.
    pub bookmark: &'a str,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub rows: Vec<Kv>,
    pub fetched: i32,
    /// Empty when there is no further page.
    pub bookmark: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modification {
    pub tx_id: String,
    pub value: Bytes,
    pub timestamp: Option<Timestamp>,
    pub is_delete: bool,
}

/// Newest first, batched as [`Scan`] is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modifications {
    pub rows: Vec<Modification>,
    pub cursor: Option<Cursor>,
}
