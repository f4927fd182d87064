//! Keys and values of the column family.

/// Number of an index; 0 is none.
pub(crate) type IndexId = u32;

const ID_BYTES: usize = 4;

/// `entry` is what [`selvedge_query::Index::entry`] gives. The stored value says where the key begins.
pub(super) fn row(id: IndexId, entry: &[u8], key: &[u8]) -> (Vec<u8>, [u8; 4]) {
    let mut row = bound(id, entry);
    let split = u32::try_from(row.len()).unwrap_or(u32::MAX);
    row.extend_from_slice(key);
    (row, split.to_be_bytes())
}

/// A bound of the rows of one index.
pub(super) fn bound(id: IndexId, entry: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(ID_BYTES + entry.len() + 32);
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(entry);
    out
}

/// Entry with key, and the key alone.
pub(super) fn parse<'a>(row: &'a [u8], value: &[u8]) -> Option<(&'a [u8], &'a str)> {
    let split = u32::from_be_bytes(value.try_into().ok()?);
    let key = row.get(usize::try_from(split).ok()?..)?;
    Some((row.get(ID_BYTES..)?, std::str::from_utf8(key).ok()?))
}

/// The rows of several indexes, from the first of `from` to before the first of `to`.
pub(super) fn ids(from: IndexId, to: IndexId) -> (Vec<u8>, Vec<u8>) {
    (from.to_be_bytes().to_vec(), to.to_be_bytes().to_vec())
}
