//! Hashed private state in the order in which Fabric's peers with CouchDB export it: CouchDB holds a hash as Base64, and
//! orders by that text (core/ledger/kvledger/txmgmt/privacyenabledstate/db.go, encodeHashKey).

use crate::VersionedValue;
use crate::error::Result;
use crate::store::{Column, View, split_row};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// Above all namespaces, which are text.
const END: u8 = 0xff;

/// Calls `with` for every row: derived namespace, hash of a key, and value. Of a namespace a 64th is in memory at a time.
pub(super) fn in_order_of_text(
    view: &View,
    with: &mut impl FnMut(String, Bytes, VersionedValue) -> Result<()>,
) -> Result<()> {
    let mut from = Vec::new();
    while let Some(namespace) = first_namespace(view, &from)? {
        let at = |more: &[u8]| [namespace.as_slice(), more].concat();
        part(view, &at(&[0]), at(&[0, 0]), with)?;
        for digit in digits() {
            let upper = match digit {
                63 => at(&[1]),
                digit => at(&[0, (digit + 1) << 2]),
            };
            part(view, &at(&[0, digit << 2]), upper, with)?;
        }
        from = at(&[1]);
    }
    Ok(())
}

/// The values of Base64's signs in the order of the signs: `+`, `/`, numbers, capital letters, small letters.
fn digits() -> impl Iterator<Item = u8> {
    (62..64).chain(52..62).chain(0..52)
}

fn first_namespace(view: &View, from: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut rows = view.rows(Column::Hashed, from, vec![END]);
    rows.next_with(|key, _| key.split(|byte| *byte == 0).next().map(<[u8]>::to_vec))
        .map(Option::flatten)
}

fn part(
    view: &View,
    lower: &[u8],
    upper: Vec<u8>,
    with: &mut impl FnMut(String, Bytes, VersionedValue) -> Result<()>,
) -> Result<()> {
    let mut rows = view.rows(Column::Hashed, lower, upper);
    let mut found = Vec::new();
    while let Some(row) = rows.next_with(split_row)? {
        found.push(row?);
    }
    found.sort_by_cached_key(|(_, key, _)| STANDARD.encode(key));
    found
        .into_iter()
        .try_for_each(|(namespace, key, value)| with(namespace, key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_the_order_of_their_signs() {
        let sign = |digit: u8| STANDARD.encode([digit << 2, 0, 0]).as_bytes()[0];
        let signs: Vec<u8> = digits().map(sign).collect();
        assert!(signs.is_sorted());
        assert_eq!(signs.len(), 64);
    }
}
