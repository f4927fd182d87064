use crate::bookmark::{Bookmark, NOWHERE, invalid};
use crate::error::QueryError;
use crate::find::Find;
use crate::plan::{self, Plan};
use crate::{Document, Index};

/// A query, checked.
#[derive(Clone, Debug)]
pub struct Query {
    find: Find,
    from: Option<Bookmark>,
}

impl Query {
    /// `bookmark`: that of an earlier page, or empty.
    ///
    /// # Errors
    /// In the words of Fabric and CouchDB.
    pub fn parse(text: &str, bookmark: &str) -> Result<Self, QueryError> {
        let find = Find::parse(text, bookmark)?;
        let from = match find.bookmark.as_str() {
            "" => None,
            text => Some(Bookmark::decode(text)?),
        };
        Ok(Self { find, from })
    }

    /// Chooses among the indexes of the namespace.
    ///
    /// # Errors
    /// When nothing has the order of the sort, or when the bookmark is one of another order.
    pub fn plan(&self, indexes: &[&Index]) -> Result<Plan, QueryError> {
        let mut plan = plan::plan(&self.find, indexes)?;
        let index = plan.index.map(|at| indexes[at]);
        if let Some(from) = &self.from {
            let row = from.row(index);
            plan.after = Some(row.ok_or_else(|| invalid(&self.find.bookmark))?);
        }
        Ok(plan)
    }

    /// The bookmark of a page whose last row is that of this document, in the index of the plan.
    pub fn bookmark(&self, last: &Document, index: Option<&Index>) -> String {
        let last = Bookmark::of(last, index).map(|last| last.encode());
        last.unwrap_or_else(|| self.bookmark_of_nothing())
    }

    /// The bookmark of a page without rows.
    pub fn bookmark_of_nothing(&self) -> String {
        match self.find.bookmark.as_str() {
            "" => NOWHERE.to_owned(),
            own => own.to_owned(),
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
