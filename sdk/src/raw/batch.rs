use selvedge_interface::{Change, Write};

/// Writes held back between the start and the end of a write batch: the last one of each key, values apart from
/// metadata. Sent in key order, where the Go shim's order is random.
#[derive(Default)]
pub(super) struct Batch(Vec<(Place, Change)>);

/// Collection, key, and whether it is metadata.
type Place = (String, String, bool);

impl Batch {
    // In few components, but in the way of every write.
    #[cold]
    #[inline(never)]
    pub(super) fn record(&mut self, collection: &str, key: &str, change: Change) {
        let is_metadata = matches!(change, Change::Metadata(_));
        let place = (collection.to_owned(), key.to_owned(), is_metadata);
        match self.0.binary_search_by(|(other, _)| other.cmp(&place)) {
            Ok(at) => self.0[at].1 = change,
            Err(at) => self.0.insert(at, (place, change)),
        }
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
