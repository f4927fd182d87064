use crate::MAX_BATCH;
use selvedge_interface::Cursor;
use std::collections::BTreeMap;

/// A query whose rows are handed out in batches: after 100 rows one more is pulled to learn whether there are others,
/// and kept for the next batch.
pub(super) struct Open<S, R> {
    pub(super) source: S,
    kept: Option<R>,
    /// Rows pulled so far; the total limit counts them.
    pulled: usize,
}

/// A batch, and whether there is another.
pub(super) type Batch<R> = (Vec<R>, bool);

impl<S, R> Open<S, R> {
    pub(super) fn new(source: S) -> Self {
        Self {
            source,
            kept: None,
            pulled: 0,
        }
    }

    /// `pull` answers at most as many rows as asked for; fewer at the end. At the limit it is not asked again, so that
    /// the range is not recorded as exhausted.
    pub(super) fn batch<E>(
        &mut self,
        limit: usize,
        pull: impl FnOnce(&mut S, usize) -> Result<Vec<R>, E>,
    ) -> Result<Batch<R>, E> {
        let mut rows: Vec<R> = self.kept.take().into_iter().collect();
        let want = (MAX_BATCH + 1 - rows.len()).min(limit.saturating_sub(self.pulled));
        if want == 0 {
            return Ok((rows, false));
        }
        let more = pull(&mut self.source, want)?;
        self.pulled += more.len();
        rows.extend(more);
        if rows.len() <= MAX_BATCH {
            return Ok((rows, false));
        }
        self.kept = rows.pop();
        Ok((rows, true))
    }
}

/// The open queries of one transaction context.
pub(super) struct Table<T> {
    open: BTreeMap<u32, T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
        }
    }
}

impl<T> Table<T> {
    pub(super) fn insert(&mut self, cursor: Cursor, query: T) {
        self.open.insert(cursor.0, query);
    }

    pub(super) fn take(&mut self, cursor: Cursor) -> Option<T> {
        self.open.remove(&cursor.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often and how far the source was pulled, and the sizes of the batches.
    fn drive(total: usize, limit: usize) -> (Vec<usize>, Vec<usize>) {
        let mut open: Open<usize, usize> = Open::new(0);
        let (mut pulls, mut batches) = (Vec::new(), Vec::new());
        loop {
            let (rows, more) = open
                .batch(limit, |at, want| {
                    let rows: Vec<usize> = (*at..total).take(want).collect();
                    *at += rows.len();
                    pulls.push(rows.len());
                    Ok::<_, ()>(rows)
                })
                .unwrap();
            batches.push(rows.len());
            if !more {
                return (pulls, batches);
            }
        }
    }

    #[test]
    fn one_row_is_pulled_ahead() {
        assert_eq!(drive(100, 1000), (vec![100], vec![100]));
        assert_eq!(drive(101, 1000), (vec![101, 0], vec![100, 1]));
        assert_eq!(drive(250, 1000), (vec![101, 100, 49], vec![100, 100, 50]));
    }

    #[test]
    fn the_limit_ends_a_query_without_another_pull() {
        assert_eq!(drive(250, 60), (vec![60], vec![60]));
        assert_eq!(drive(250, 101), (vec![101], vec![100, 1]));
        assert_eq!(drive(250, 201), (vec![101, 100], vec![100, 100, 1]));
        assert_eq!(drive(250, 0), (vec![], vec![0]));
    }
}
