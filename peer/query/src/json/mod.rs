//! JSON as Go's `encoding/json` reads and writes it, since that is what stands between chaincode and CouchDB.

mod number;
mod parse;
mod write;

pub use number::Number;
pub(crate) use parse::top_level_names;
pub use parse::{JsonError, MAX_DEPTH};
pub(crate) use parse::{Numbers, parse, parse_first};
pub use write::escape;

/// A JSON value. Objects are sorted by key bytes and hold every key once: so Go writes them, and CouchDB's order of
/// objects goes by the written order.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// An object from members in any order; of two with one name the later counts.
    pub fn object(mut members: Vec<(String, Json)>) -> Self {
        members.sort_by(|a, b| a.0.cmp(&b.0));
        // Stable sort: among equals the last one is the latest.
        let mut unique: Vec<(String, Json)> = Vec::with_capacity(members.len());
        for member in members {
            match unique.last_mut() {
                Some(last) if last.0 == member.0 => *last = member,
                _ => unique.push(member),
            }
        }
        Self::Object(unique)
    }

    pub fn member(&self, name: &str) -> Option<&Json> {
        let Self::Object(members) = self else {
            return None;
        };
        let at = members
            .binary_search_by(|member| member.0.as_str().cmp(name))
            .ok()?;
        members.get(at).map(|member| &member.1)
    }

    /// CouchDB's name of the type, as `$type` knows it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}
