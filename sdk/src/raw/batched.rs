use super::{Asked, Stub};
use selvedge_interface::{Cursor, Host, HostResult, Kv, Modification};
use std::vec;

/// The rows that came together, and the cursor if there are more.
type Delivery<T> = (Vec<T>, Option<Cursor>);

/// The results of a scan. The peer's cursor is closed when the iterator is dropped.
///
/// Taking the last row of a batch fetches the next batch, as the Go shim does. What the peer has delivered is what the
/// transaction's read set covers, so this is part of the endorsement: two implementations that fetched at different
/// moments would not agree.
pub struct Batched<'s, T> {
    stub: &'s Stub,
    rows: vec::IntoIter<T>,
    cursor: Option<Cursor>,
    fetch: fn(&mut Asked, Cursor) -> HostResult<Delivery<T>>,
}

/// Keys and values of a range or rich query, in the order of the peer.
pub type StateIterator<'s> = Batched<'s, Kv>;
/// Past values of one key, newest first.
pub type HistoryIterator<'s> = Batched<'s, Modification>;

impl<'s, T> Batched<'s, T> {
    pub(super) fn new(
        stub: &'s Stub,
        (rows, cursor): Delivery<T>,
        fetch: fn(&mut Asked, Cursor) -> HostResult<Delivery<T>>,
    ) -> Self {
        Self {
            stub,
            rows: rows.into_iter(),
            cursor,
            fetch,
        }
    }

    /// Whether another row exists. Asks the peer nothing.
    pub fn has_next(&self) -> bool {
        self.rows.len() > 0 || self.cursor.is_some()
    }

    fn refill(&mut self) -> HostResult<()> {
        let Some(cursor) = self.cursor.take() else {
            return Ok(());
        };
        let (rows, cursor) = self.stub.with_host(|host| (self.fetch)(host, cursor))?;
        self.rows = rows.into_iter();
        self.cursor = cursor;
        Ok(())
    }
}

impl<T> Iterator for Batched<'_, T> {
    type Item = HostResult<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        if self.rows.len() == 0
            && let Err(error) = self.refill()
        {
            return Some(Err(error));
        }
        Some(Ok(row))
    }
}

impl<T> Drop for Batched<'_, T> {
    fn drop(&mut self) {
        if let Some(cursor) = self.cursor.take() {
            self.stub.with_host(|host| Host::close(host, cursor));
        }
    }
}

impl<T> std::fmt::Debug for Batched<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batched")
            .field("buffered", &self.rows.len())
            .field("cursor", &self.cursor)
            .finish()
    }
}
