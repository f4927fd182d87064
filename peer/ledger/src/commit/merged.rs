use super::state::State;
use super::updates::Pending;
use crate::error::Result;
use crate::store::{Column, Rows, VersionedValue, state_bounds};
use crate::{LedgerError, Version};
use bytes::Bytes;
use std::collections::btree_map;
use std::iter::Peekable;
use std::ops::Bound;

/// A public range over the committed state and the block's pending writes, which win. With `with_end` the end key itself
/// is served last.
pub(super) struct Merged<'a> {
    state: &'a State<'a>,
    namespace: &'a str,
    rows: Rows<'a>,
    row: Option<(String, Version)>,
    pending: Peekable<btree_map::Range<'a, Bytes, Pending>>,
    end: Option<&'a str>,
}

impl<'a> Merged<'a> {
    pub(super) fn new(
        state: &'a State<'a>,
        namespace: &'a str,
        start: &str,
        end: &'a str,
        with_end: bool,
    ) -> Result<Self> {
        let (lower, upper) = state_bounds(namespace, start, end);
        let mut merged = Self {
            state,
            namespace,
            rows: state.view.rows(Column::State, &lower, upper),
            row: None,
            pending: pending(state, namespace, start, end).peekable(),
            end: with_end.then_some(end),
        };
        merged.pull()?;
        Ok(merged)
    }

    pub(super) fn next(&mut self) -> Result<Option<(String, Version)>> {
        loop {
            let order = match (&self.row, self.pending.peek()) {
                (None, None) => return self.end_key(),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((key, _)), Some((pending, _))) => key.as_bytes().cmp(pending),
            };
            if order.is_lt() {
                let row = self.row.take();
                self.pull()?;
                return Ok(row);
            }
            if order.is_eq() {
                self.pull()?;
            }
            if let Some((
                key,
                Pending {
                    value: Some(_),
                    version,
                    ..
                },
            )) = self.pending.next()
            {
                return Ok(Some((text(key)?, *version)));
            }
        }
    }

    fn pull(&mut self) -> Result<()> {
        let prefix = self.namespace.len() + 1;
        let row = self.rows.next_with(|key, stored| {
            let version = VersionedValue::decode_version(stored);
            let version = version.ok_or_else(|| LedgerError::Corrupt {
                what: "value",
                key: hex::encode(key),
            })?;
            Ok((text(key.get(prefix..).unwrap_or_default())?, version))
        })?;
        self.row = row.transpose()?;
        Ok(())
    }

    fn end_key(&mut self) -> Result<Option<(String, Version)>> {
        let Some(end) = self.end.take() else {
            return Ok(None);
        };
        let version = match self.state.pending(self.namespace, "", end.as_bytes()) {
            Some(pending) => pending.value.as_ref().map(|_| pending.version),
            None => self
                .state
                .committed_version(self.namespace, "", end.as_bytes())?,
        };
        Ok(version.map(|version| (end.to_owned(), version)))
    }
}

fn pending<'a>(
    state: &State<'a>,
    namespace: &str,
    start: &str,
    end: &str,
) -> btree_map::Range<'a, Bytes, Pending> {
    static NONE: super::updates::Keys = super::updates::Keys::new();
    let keys = state.updates.keys(namespace, "").unwrap_or(&NONE);
    if !end.is_empty() && end <= start {
        // `range` panics on an inverted interval.
        return NONE.range::<[u8], _>(..);
    }
    let upper = if end.is_empty() {
        Bound::Unbounded
    } else {
        Bound::Excluded(end.as_bytes())
    };
    keys.range::<[u8], _>((Bound::Included(start.as_bytes()), upper))
}

fn text(key: &[u8]) -> Result<String> {
    std::str::from_utf8(key)
        .map(str::to_owned)
        .map_err(|_| LedgerError::Corrupt {
            what: "key",
            key: hex::encode(key),
        })
}
