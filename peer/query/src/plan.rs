//! Which index serves a query, and between which rows (CouchDB: mango_idx.erl, mango_cursor.erl,
//! mango_cursor_view.erl).

use crate::Index;
use crate::error::QueryError;
use crate::find::Find;
use crate::json::Json;
use crate::ranges::{FieldRange, Range, field_ranges, rows};
use crate::selector::Selector;

/// How a query is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Position in the list that [`crate::Query::plan`] was given. `None`: every document, by key.
    pub index: Option<usize>,
    pub bounds: Bounds,
    pub descending: bool,
    /// Where an earlier page ended: at which row of the index, or at which key. Rows begin after it.
    pub after: Option<Vec<u8>>,
    /// What CouchDB would say beside the rows, for the peer's log.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// No document can match.
    Nothing,
    /// Rows of the index: the first, and the one past the last.
    Rows { lower: Vec<u8>, upper: Vec<u8> },
    /// Keys, both inside.
    Ids { first: IdBound, last: IdBound },
}

/// A key that bounds a scan; `None`: open.
pub type IdBound = Option<String>;

const ID: &str = "_id";

pub(crate) fn plan(find: &Find, indexes: &[&Index]) -> Result<Plan, QueryError> {
    let usable: Vec<usize> = (0..indexes.len())
        .filter(|at| is_candidate(find, indexes[*at]) && is_usable(find, indexes[*at]))
        .collect();
    let all_documents = can_scan_all(find);
    if usable.is_empty() && !all_documents {
        return Err(QueryError::refused(
            "no_usable_index",
            "No index exists for this sort, try indexing by the sort fields.",
        ));
    }
    let named: Vec<usize> = usable
        .iter()
        .copied()
        .filter(|at| is_named(find, indexes[*at]))
        .collect();
    // Without `use_index` there is nothing to fall back from, but CouchDB minds if it has no choice.
    let choice = usable.len() + usize::from(all_documents);
    let may_fall_back = find.allow_fallback || (find.use_index.is_empty() && choice > 1);
    if named.is_empty() && !may_fall_back {
        return Err(not_suitable(&find.use_index));
    }
    let candidates = if named.is_empty() { &usable } else { &named };
    let ranges = field_ranges(&find.selector);
    let best = candidates
        .iter()
        .map(|at| (*at, prefix(indexes[*at], &ranges)))
        .min_by_key(|(at, prefix)| {
            let index = indexes[*at];
            (
                ranges.len() - prefix.len(),
                index.columns().len(),
                &index.design,
                &index.name,
            )
        });
    let prefix = best.as_ref().map(|best| best.1.as_slice());
    let nothing = find.selector.is_vacuous() || is_empty(prefix, &ranges);
    let bounds = match prefix {
        _ if nothing => Bounds::Nothing,
        Some(prefix) => row_bounds(prefix),
        None => id_bounds(&ranges),
    };
    let index = best.as_ref().map(|best| best.0);
    let warnings = match nothing {
        // CouchDB does not even begin.
        true => Vec::new(),
        false => warnings(find, index.map(|at| indexes[at])),
    };
    Ok(Plan {
        index,
        bounds,
        descending: find.sort.descending,
        warnings,
        after: None,
    })
}

/// A partial index does not hold everything, so it has to be asked for.
fn is_candidate(find: &Find, index: &Index) -> bool {
    !index.is_partial() || is_named(find, index)
}

fn is_named(find: &Find, index: &Index) -> bool {
    match find.use_index.as_slice() {
        [design] => index.design == *design,
        [design, name] => index.design == *design && index.name == *name,
        _ => false,
    }
}

/// Every document that can match is in the index, and its order is that of the sort.
fn is_usable(find: &Find, index: &Index) -> bool {
    let needed: Vec<&str> = index
        .columns()
        .filter(|column| !matches!(*column, ID | "_rev"))
        .filter(|column| !find.sort.fields.iter().any(|field| field == column))
        .collect();
    let columns: Vec<&str> = index.columns().collect();
    find.selector.requires(&needed) && sorts(&columns, &find.sort.fields, &find.selector)
}

/// Columns before the sort fields must be fixed by an equality.
fn sorts(columns: &[&str], sort: &[String], selector: &Selector) -> bool {
    let Some(first) = sort.first() else {
        return true;
    };
    for (at, column) in columns.iter().enumerate() {
        if column == first {
            let rest = &columns[at..];
            return sort.len() <= rest.len() && sort.iter().zip(rest).all(|(a, b)| a == b);
        }
        if !selector.fixes(column) {
            return false;
        }
    }
    false
}

/// The order of keys serves only a sort by key, and only when the selector restricts the key.
fn can_scan_all(find: &Find) -> bool {
    match find.sort.fields.as_slice() {
        [] => true,
        [field] => {
            field == ID && {
                let restrictions = find.selector.restrictions();
                restrictions.iter().any(|(name, _)| *name == ID)
            }
        }
        _ => false,
    }
}

fn prefix<'a>(index: &Index, ranges: &'a [(String, FieldRange)]) -> Vec<&'a FieldRange> {
    let range = |column: &str| ranges.iter().find(|(name, _)| name == column);
    index
        .columns()
        .map_while(range)
        .map(|range| &range.1)
        .collect()
}

/// Whether one of the ranges that are searched, those of an index or that of keys, holds nothing.
fn is_empty(prefix: Option<&[&FieldRange]>, ranges: &[(String, FieldRange)]) -> bool {
    match prefix {
        Some(prefix) => prefix.contains(&&FieldRange::Empty),
        None => ranges.contains(&(ID.to_owned(), FieldRange::Empty)),
    }
}

fn row_bounds(prefix: &[&FieldRange]) -> Bounds {
    let mut ranges: Vec<Range> = Vec::new();
    for range in prefix {
        match range {
            FieldRange::Empty => return Bounds::Nothing,
            FieldRange::Range(range) => ranges.push(range.clone()),
        }
    }
    let (lower, upper) = rows(&ranges);
    Bounds::Rows { lower, upper }
}

fn id_bounds(ranges: &[(String, FieldRange)]) -> Bounds {
    let own = ranges.iter().find(|(name, _)| name == ID);
    let range = match own {
        None => {
            return Bounds::Ids {
                first: None,
                last: None,
            };
        }
        Some((_, FieldRange::Empty)) => return Bounds::Nothing,
        Some((_, FieldRange::Range(range))) => range,
    };
    // In the order of keys every text is above everything else.
    let first = match &range.low {
        Some(Json::String(text)) => Some(text.clone()),
        _ => None,
    };
    let last = match &range.high {
        None => None,
        Some(Json::String(text)) => Some(text.clone()),
        // CouchDB searches where no key is, which the bookmark shows.
        Some(_) => Some(String::new()),
    };
    Bounds::Ids { first, last }
}

fn not_suitable(use_index: &[String]) -> QueryError {
    let reason = match use_index {
        [] => "You must specify an index with the `use_index` parameter.".to_owned(),
        named => format!(
            "{} specified by `use_index` could not be found or it is not suitable.",
            named.join(", ")
        ),
    };
    QueryError::refused("invalid_index", reason)
}

fn warnings(find: &Find, chosen: Option<&Index>) -> Vec<String> {
    let mut out = Vec::new();
    let named = chosen.is_some_and(|index| is_named(find, index));
    match find.use_index.as_slice() {
        [design] if !named => out.push(format!(
            "{design} was not used because it does not contain a valid index for this query."
        )),
        [design, name] if !named => out.push(format!(
            "{design}, {name} was not used because it is not a valid index for this query."
        )),
        _ => {}
    }
    if chosen.is_none() {
        out.push("No matching index found, create an index to optimize query time.".into());
    }
    out
}
