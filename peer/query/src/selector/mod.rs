//! Selectors: what CouchDB's `mango_selector.erl` makes of them, and whether a value matches.

mod matches;
mod negate;
mod normalize;
mod path;
mod regular;
mod required;
mod syntax;

pub(crate) use path::{Found, Path};
use regular::Regular;

use crate::json::Json;

/// A selector after normalisation: fields outside, conditions inside, negations as far inside as they go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selector(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// `{}`: everything.
    All,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Only inside `$elemMatch` and its like, where CouchDB does not move negations and then cannot evaluate this one.
    Nor(Vec<Node>),
    Field(Path, Box<Node>),
    Test(Test),
}

/// One operator with its argument.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    Less(Json),
    AtMost(Json),
    Equal(Json),
    NotEqual(Json),
    AtLeast(Json),
    Greater(Json),
    In(Vec<Json>),
    NotIn(Vec<Json>),
    Exists(bool),
    Type(String),
    Modulo { divisor: i128, remainder: i128 },
    Regex(Regular),
    BeginsWith(String),
    Contains(Vec<Json>),
    Size(u64),
    AnyElement(Box<Node>),
    EveryElement(Box<Node>),
    AnyKey(Box<Node>),
}

/// What a selector says of one field at its top, through `$and` only: what an index can be searched by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Restriction<'a> {
    Less(&'a Json),
    AtMost(&'a Json),
    Equal(&'a Json),
    AtLeast(&'a Json),
    Greater(&'a Json),
    BeginsWith(&'a str),
    /// `$exists`: an index serves it, without narrowing it.
    Exists,
}
