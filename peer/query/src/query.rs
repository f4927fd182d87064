use crate::bookmark::{self, Position};
use crate::error::QueryError;
use crate::find::{Find, invalid_bookmark};
use crate::json::Json;
use crate::plan::{self, Plan};
use crate::{Document, Index};

/// A query, checked.
#[derive(Clone, Debug)]
pub struct Query {
    find: Find,
    from: Option<Position>,
}

impl Query {
    /// `bookmark`: that of an earlier page, or empty.
    ///
    /// # Errors
    /// In the words of Fabric and CouchDB.
    pub fn parse(text: &str, bookmark: &str) -> Result<Self, QueryError> {
        let find = Find::parse(text, bookmark)?;
        let from = Position::decode(&find.bookmark)?;
        Ok(Self { find, from })
    }

    /// Chooses among the indexes of the namespace.
    ///
    /// # Errors
    /// When nothing has the order of the sort.
    pub fn plan(&self, indexes: &[&Index]) -> Result<Plan, QueryError> {
        let plan = plan::plan(&self.find, indexes)?;
        let label = plan.index.map(|at| indexes[at].label()).unwrap_or_default();
        match &self.from {
            Some(from) if from.index != label => {
                Err(invalid_bookmark(&Json::String(self.find.bookmark.clone())))
            }
            _ => Ok(plan),
        }
    }

    /// Where an earlier page ended.
    pub fn from(&self) -> Option<&Position> {
        self.from.as_ref()
    }

    /// The bookmark of a page whose last row is `last`.
    pub fn bookmark(&self, last: Option<&Position>) -> String {
        match last {
            Some(position) => position.encode(),
            None if self.find.bookmark.is_empty() => bookmark::nowhere(),
            None => self.find.bookmark.clone(),
        }
    }

    /// Documents to leave out at the beginning. Fabric fetches rows from CouchDB in portions and sends the query anew
    /// for each, so this many are left out of every portion.
    pub fn skip(&self) -> u64 {
        self.find.skip
    }

    /// Whether it is among the answers, wherever a page begins. To a selector of nothing but an empty `$and` or `$or` there
    /// are none, as in [`Query::plan`], although that of a partial index lets everything in.
    pub fn matches(&self, document: &Document) -> bool {
        let selector = &self.find.selector;
        !selector.is_vacuous() && selector.matches(document.body())
    }

    /// What comes back of a document when the query names `fields`; `None`: its value as it is.
    pub fn project(&self, document: &Document) -> Option<Vec<u8>> {
        self.find.fields.as_ref()?.project(document)
    }
}
