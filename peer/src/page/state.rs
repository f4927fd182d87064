use super::conflict::version;
use super::error::PageError;
use super::text::{self, Shown, shown};
use crate::lifecycle;
use crate::node::Channel;
use serde::Serialize;

/// Rows of one answer.
const MOST: usize = 100;

#[derive(Debug, Serialize)]
pub(super) struct StateView {
    rows: Vec<RowView>,
    /// Where the next rows begin, if there are more.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct RowView {
    /// As the ledger has it; for asking again.
    key: String,
    /// For people.
    name: String,
    value: Shown,
    version: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ChangeView {
    tx_id: String,
    version: String,
    time: Option<i64>,
    /// Nothing: a deletion.
    value: Option<Shown>,
}

/// Names under which there may be state: what is defined, and the system's own.
pub(super) fn namespaces(channel: &Channel) -> Result<Vec<String>, PageError> {
    let mut names = lifecycle::committed_names(&channel.ledger().snapshot())?;
    names.extend(["_lifecycle".to_owned(), "lscc".to_owned()]);
    Ok(names)
}

/// Rows of public state from `start` on whose key has the prefix.
pub(super) fn rows(
    channel: &Channel,
    namespace: &str,
    prefix: &str,
    start: &str,
) -> Result<StateView, PageError> {
    let snapshot = channel.ledger().snapshot();
    let start = if start > prefix { start } else { prefix };
    let found = snapshot.range(namespace, start, "", MOST + 1)?;
    let mut rows: Vec<_> = found
        .into_iter()
        .take_while(|row| row.key.starts_with(prefix))
        .map(|row| RowView {
            name: text::key(&row.key),
            value: shown(&row.value.value),
            version: version(Some(row.value.version)),
            key: row.key,
        })
        .collect();
    let next = (rows.len() > MOST)
        .then(|| rows.pop().map(|row| row.key))
        .flatten();
    Ok(StateView { rows, next })
}

/// Changes of one key, the newest first.
pub(super) fn history(
    channel: &Channel,
    namespace: &str,
    key: &str,
) -> Result<Vec<ChangeView>, PageError> {
    let rows = channel
        .ledger()
        .snapshot()
        .history(namespace, key, None, MOST)?;
    let view = |row: selvedge_ledger::HistoryRow| ChangeView {
        version: version(Some(row.version)),
        time: row.timestamp.map(|time| time.seconds),
        value: (!row.is_delete).then(|| shown(&row.value)),
        tx_id: row.tx_id,
    };
    Ok(rows.into_iter().map(view).collect())
}
