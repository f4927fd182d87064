//! Bookmarks as CouchDB writes and reads them, so that a page begun at Fabric's peer goes on at this one and the other
//! way round (CouchDB: mango_json_bookmark.erl).

use crate::collate::encode;
use crate::erlang::{self, Term};
use crate::error::QueryError;
use crate::json::Json;
use crate::{Document, Index};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The last row of a page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bookmark {
    /// What the row has in the columns of its index, as an array; without an index the document's key.
    start: Json,
    /// The document's key.
    id: String,
}

const START: &str = "startkey";
const ID: &str = "startkey_docid";
/// CouchDB's bookmark of a page without rows, with which it then takes no query.
pub(crate) const NOWHERE: &str = "nil";

impl Bookmark {
    /// `None`: the index leaves the document out.
    pub(crate) fn of(document: &Document, index: Option<&Index>) -> Option<Self> {
        let id = document.key()?;
        let start = match index {
            None => Json::String(id.to_owned()),
            Some(index) => Json::Array(index.values(document)?.into_iter().cloned().collect()),
        };
        Some(Self {
            start,
            id: id.to_owned(),
        })
    }

    pub(crate) fn encode(&self) -> String {
        let member = |name, value| Term::pair(Term::atom(name), value);
        let term = Term::List(vec![
            member(ID, Term::text(&self.id)),
            member(START, Term::of_json(&self.start)),
        ]);
        URL_SAFE_NO_PAD.encode(erlang::encode(&term))
    }

    /// # Errors
    /// In CouchDB's words, when it is none.
    pub(crate) fn decode(text: &str) -> Result<Self, QueryError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let term = bytes.as_deref().and_then(erlang::decode);
        term.as_ref().and_then(read).ok_or_else(|| invalid(text))
    }

    /// The row in the index, or the key. `None`: this is the bookmark of another query. (CouchDB answers from somewhere
    /// then.)
    pub(crate) fn row(&self, index: Option<&Index>) -> Option<Vec<u8>> {
        match (&self.start, index) {
            (Json::String(key), None) => Some(key.clone().into_bytes()),
            (Json::Array(values), Some(index)) if values.len() == index.columns().len() => {
                let mut row = Vec::new();
                values.iter().for_each(|value| encode(value, &mut row));
                row.extend_from_slice(self.id.as_bytes());
                Some(row)
            }
            _ => None,
        }
    }
}

fn read(term: &Term) -> Option<Bookmark> {
    let start = term.find(START)?.to_json()?;
    match term.find(ID)?.to_json()? {
        Json::String(id) => Some(Bookmark { start, id }),
        _ => None,
    }
}

pub(crate) fn invalid(text: &str) -> QueryError {
    let value = Json::String(text.to_owned());
    QueryError::refused(
        "invalid_bookmark",
        format!("Invalid bookmark value: {value}"),
    )
}
