use super::rows::{IndexId, bound, parse};
use crate::LedgerError;
use crate::error::Result as LedgerResult;
use crate::store::{Column, Rows, VersionedValue, View, state_bounds, state_key};
use crate::{Row, SimulationError};
use bytes::Bytes;
use selvedge_query::{Bounds, Document, Index, Plan, Query};
use std::sync::Arc;

/// Where the documents of a query are.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    pub(crate) column: Column,
    /// As Fabric derives it for the values of a collection.
    pub(crate) namespace: String,
}

/// A query that is being answered.
///
/// Fabric fetches rows from CouchDB in portions, sending the query anew with a bookmark for each; its `skip` then counts
/// in every portion. That can be seen in results, so it is kept.
pub(crate) struct RichScan {
    space: Space,
    query: Query,
    plan: Plan,
    index: Option<(IndexId, Arc<Index>)>,
    last: Option<(String, Bytes)>,
    portion: usize,
    left_in_portion: usize,
    left_to_skip: u64,
}

impl RichScan {
    /// `portion`: rows of one request to CouchDB (`ledger.state.couchDBConfig.internalQueryLimit`).
    pub(crate) fn new(
        view: &View,
        space: Space,
        query: Query,
        portion: usize,
    ) -> Result<Self, SimulationError> {
        let defined = view.definitions.of(&space.namespace);
        let indexes: Vec<&Index> = defined.iter().map(|defined| &*defined.index).collect();
        let plan = query.plan(&indexes)?;
        let index = plan
            .index
            .and_then(|at| defined.get(at))
            .map(|defined| (defined.id, Arc::clone(&defined.index)));
        Ok(Self {
            last: None,
            left_to_skip: query.skip(),
            space,
            query,
            plan,
            index,
            portion,
            left_in_portion: portion,
        })
    }

    /// At most `limit` further rows; fewer: there are no more.
    pub(crate) fn advance(&mut self, view: &View, limit: usize) -> LedgerResult<Vec<Row>> {
        let Some((column, lower, upper)) = self.remaining() else {
            return Ok(Vec::new());
        };
        let mut rows = if self.plan.descending {
            view.rows_backward(column, &lower, upper)
        } else {
            view.rows(column, &lower, upper)
        };
        let mut out = Vec::new();
        while out.len() < limit {
            let Some((at, key, value)) = self.pull(view, &mut rows)? else {
                break;
            };
            let document = Document::new(&key, &value.value);
            if !self.query.matches(&document) {
                continue;
            }
            if self.left_in_portion == 0 {
                self.left_in_portion = self.portion;
                self.left_to_skip = self.query.skip();
            }
            self.plan.after = Some(at);
            self.last = Some((key.clone(), value.value.clone()));
            if self.left_to_skip > 0 {
                self.left_to_skip -= 1;
                continue;
            }
            self.left_in_portion -= 1;
            let found = self.query.project(&document).or_else(|| document.value());
            out.push(Row {
                key,
                value: VersionedValue {
                    value: found.map_or(value.value, Bytes::from),
                    ..value
                },
            });
        }
        Ok(out)
    }

    /// CouchDB answers the last position even when nothing follows, and nothing at all when it did not search.
    pub(crate) fn bookmark(&self) -> String {
        if self.plan.bounds == Bounds::Nothing {
            return String::new();
        }
        let index = self.index.as_ref().map(|(_, index)| &**index);
        match &self.last {
            None => self.query.bookmark_of_nothing(),
            Some((key, value)) => self.query.bookmark(&Document::new(key, value), index),
        }
    }

    /// The rows not yet seen: column family and bounds.
    fn remaining(&self) -> Option<(Column, Vec<u8>, Vec<u8>)> {
        let (column, mut lower, mut upper) = match (&self.plan.bounds, &self.index) {
            (Bounds::Rows { lower, upper }, Some((id, _))) => {
                (Column::Rich, bound(*id, lower), bound(*id, upper))
            }
            (Bounds::Ids { first, last }, None) => {
                let namespace = &self.space.namespace;
                let first = first.as_deref().unwrap_or_default();
                let (lower, end) = state_bounds(namespace, first, "");
                let upper = match last {
                    None => end,
                    Some(last) => next(state_key(namespace, last.as_bytes())),
                };
                (self.space.column, lower, upper)
            }
            _ => return None,
        };
        if let Some(after) = &self.plan.after {
            let at = match &self.index {
                Some((id, _)) => bound(*id, after),
                None => state_key(&self.space.namespace, after),
            };
            if self.plan.descending {
                upper = at.min(upper);
            } else {
                lower = next(at).max(lower);
            }
        }
        (lower < upper).then_some((column, lower, upper))
    }

    /// The next document, whether it matches or not, and where it stands: its row, or its key.
    fn pull(
        &self,
        view: &View,
        rows: &mut Rows<'_>,
    ) -> LedgerResult<Option<(Vec<u8>, String, VersionedValue)>> {
        match &self.index {
            None => {
                let prefix = self.space.namespace.len() + 1;
                let Some(row) =
                    rows.next_with(|key, stored| crate::store::state_row(prefix, key, stored))?
                else {
                    return Ok(None);
                };
                let Row { key, value } = row?;
                Ok(Some((key.as_bytes().to_vec(), key, value)))
            }
            Some((_, index)) => {
                let read = |row: &[u8], value: &[u8]| {
                    parse(row, value).map(|(row, key)| (row.to_vec(), key.to_owned()))
                };
                let Some(found) = rows.next_with(read)? else {
                    return Ok(None);
                };
                let broken = || LedgerError::Corrupt {
                    what: "index row",
                    key: index.label(),
                };
                let (row, key) = found.ok_or_else(broken)?;
                let place = state_key(&self.space.namespace, key.as_bytes());
                let value = view.get(self.space.column, &place)?.ok_or_else(broken)?;
                Ok(Some((row, key, value)))
            }
        }
    }
}

/// The first key after one.
fn next(mut key: Vec<u8>) -> Vec<u8> {
    key.push(0);
    key
}
