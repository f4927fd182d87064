use selvedge_interface::{Change, Write};
use std::collections::BTreeMap;

/// Writes held back between the start and the end of a write batch: the last one of each key, values apart from
/// metadata. Sent in key order, where the Go shim's order is random.
#[derive(Default)]
pub(super) struct Batch(BTreeMap<(String, String, bool), Change>);

impl Batch {
    pub(super) fn record(&mut self, collection: &str, key: &str, change: Change) {
        let is_metadata = matches!(change, Change::Metadata(_));
        self.0
            .insert((collection.to_owned(), key.to_owned(), is_metadata), change);
    }

    pub(super) fn into_writes(self) -> Vec<Write> {
        self.0
            .into_iter()
            .map(|((collection, key, _), change)| Write {
                collection,
                key,
                change,
            })
            .collect()
    }
}
