//! Database keys. Numbers are big-endian so that byte order is block order.

use crate::Version;
use crate::version::push_ordered;

/// Length of a version at the end of a key.
pub(crate) const VERSION_BYTES: usize = 16;

/// Namespace and key, in the order Fabric's snapshots list them: a namespace never holds a NUL.
pub(crate) fn state_key(namespace: &str, key: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(namespace.len() + 1 + key.len());
    out.extend_from_slice(namespace.as_bytes());
    out.push(0);
    out.extend_from_slice(key);
    out
}

/// First and past-the-last database key of `[start, end)`; an empty `end` is the end of the namespace.
pub(crate) fn state_bounds(namespace: &str, start: &str, end: &str) -> (Vec<u8>, Vec<u8>) {
    let lower = state_key(namespace, start.as_bytes());
    if !end.is_empty() {
        return (lower, state_key(namespace, end.as_bytes()));
    }
    let mut upper = namespace.as_bytes().to_vec();
    upper.push(1);
    (lower, upper)
}

/// Where Fabric keeps the hashes of a collection (core/ledger/kvledger/txmgmt/privacyenabledstate/db.go).
pub(crate) fn hashed_namespace(namespace: &str, collection: &str) -> String {
    format!("{namespace}$$h{collection}")
}

pub(crate) fn private_namespace(namespace: &str, collection: &str) -> String {
    format!("{namespace}$$p{collection}")
}

pub(crate) fn hash_key(hash: &[u8]) -> Vec<u8> {
    [b"h", hash].concat()
}

/// Shorter IDs sort first, the order in which Fabric's snapshots list them.
pub(crate) fn tx_id_key(tx_id: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(tx_id.len() + 3);
    out.push(b't');
    push_ordered(&mut out, tx_id.len() as u64);
    out.extend_from_slice(tx_id.as_bytes());
    out
}

/// Bounds of all transaction IDs.
pub(crate) fn tx_ids_bounds() -> (Vec<u8>, Vec<u8>) {
    (vec![b't'], vec![b't' + 1])
}

pub(crate) fn tx_id_of_key(key: &[u8]) -> Option<&[u8]> {
    let (count, rest) = key.strip_prefix(b"t")?.split_first()?;
    rest.get(usize::from(*count)..)
}

/// An entry of the history of collections in the column of metadata; `raw` is the key that Fabric's snapshots have.
pub(crate) fn history_of_collections(raw: &[u8]) -> Vec<u8> {
    [[1].as_slice(), raw].concat()
}

/// A request for a snapshot; without a block, what all of them begin with.
pub(crate) fn request_key(block: Option<u64>) -> Vec<u8> {
    let mut out = vec![2];
    out.extend(block.into_iter().flat_map(u64::to_be_bytes));
    out
}

/// Bounds of the rows of the metadata that begin with the one byte of `prefix`.
pub(crate) fn meta_rows_from(prefix: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let upper = prefix.iter().map(|byte| byte + 1).collect();
    (prefix.to_vec(), upper)
}

/// The hash of a private value that came with a snapshot, by the transaction that wrote it.
pub(crate) fn boot_hash_key(
    version: Version,
    namespace: &str,
    collection: &str,
    key_hash: &[u8],
) -> Vec<u8> {
    let mut out = versioned(b'b', version, namespace, collection);
    out.push(0);
    out.extend_from_slice(key_hash);
    out
}

/// The length of the key is part of it: a key that extends another by a NUL does not share its history.
pub(crate) fn history_prefix(namespace: &str, key: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(namespace.len() + key.len() + 20);
    out.extend_from_slice(namespace.as_bytes());
    out.push(0);
    push_ordered(&mut out, key.len() as u64);
    out.extend_from_slice(key.as_bytes());
    out.push(0);
    out
}

pub(crate) fn history_key(namespace: &str, key: &str, version: Version) -> Vec<u8> {
    let mut out = history_prefix(namespace, key);
    push_version(&mut out, version);
    out
}

pub(crate) fn parse_history_key(key: &[u8]) -> Option<Version> {
    let (_, version) = key.split_last_chunk::<VERSION_BYTES>()?;
    parse_version(version)
}

/// A collection's private write set of one transaction.
pub(crate) fn write_set_key(version: Version, namespace: &str, collection: &str) -> Vec<u8> {
    versioned(b'w', version, namespace, collection)
}

/// Why private data is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingKind {
    /// This peer may have it.
    Wanted,
    /// Nobody had it when it was asked for.
    PutOff,
    /// This peer is not a member of the collection.
    Ineligible,
}

pub(crate) const MISSING_KINDS: [MissingKind; 3] = [
    MissingKind::Wanted,
    MissingKind::PutOff,
    MissingKind::Ineligible,
];

impl MissingKind {
    fn prefix(self) -> u8 {
        match self {
            Self::Wanted => b'm',
            Self::PutOff => b'd',
            Self::Ineligible => b'i',
        }
    }
}

/// First and past-the-last row of a kind.
pub(crate) fn missing_bounds(kind: MissingKind) -> (Vec<u8>, Vec<u8>) {
    (vec![kind.prefix()], vec![kind.prefix() + 1])
}

pub(crate) fn missing_row(
    kind: MissingKind,
    version: Version,
    namespace: &str,
    collection: &str,
) -> Vec<u8> {
    versioned(kind.prefix(), version, namespace, collection)
}

pub(crate) fn parse_missing_row(kind: MissingKind, key: &[u8]) -> Option<(Version, &str, &str)> {
    let (version, names) = key
        .strip_prefix(&[kind.prefix()])?
        .split_first_chunk::<VERSION_BYTES>()?;
    let split = names.iter().position(|byte| *byte == 0)?;
    let namespace = std::str::from_utf8(names.get(..split)?).ok()?;
    let collection = std::str::from_utf8(names.get(split + 1..)?).ok()?;
    Some((parse_version(version)?, namespace, collection))
}

/// The last purge of a private key, by its hash. Stays for ever: data that was written before must not come back.
pub(crate) fn purge_marker_key(namespace: &str, collection: &str, key_hash: &[u8]) -> Vec<u8> {
    let mut out = purge_index_prefix(namespace, collection, key_hash);
    if let Some(first) = out.first_mut() {
        *first = b'g';
    }
    out
}

pub(crate) fn purge_marker(version: Version) -> Vec<u8> {
    let mut out = Vec::with_capacity(VERSION_BYTES);
    push_version(&mut out, version);
    out
}

pub(crate) fn parse_purge_marker(stored: &[u8]) -> Option<Version> {
    parse_version(stored.try_into().ok()?)
}

/// Finds the transactions that wrote a private key, and the key itself, from its hash.
pub(crate) fn purge_index_prefix(namespace: &str, collection: &str, key_hash: &[u8]) -> Vec<u8> {
    let mut out = vec![b'k'];
    out.extend_from_slice(namespace.as_bytes());
    out.push(0);
    out.extend_from_slice(collection.as_bytes());
    out.push(0);
    out.extend_from_slice(key_hash);
    out
}

pub(crate) fn purge_index_key(
    namespace: &str,
    collection: &str,
    key_hash: &[u8],
    version: Version,
) -> Vec<u8> {
    let mut out = purge_index_prefix(namespace, collection, key_hash);
    push_version(&mut out, version);
    out
}

pub(crate) fn expiry_prefix(block: u64) -> Vec<u8> {
    let mut out = vec![b'e'];
    out.extend_from_slice(&block.to_be_bytes());
    out
}

/// A private key that expires with `block`, last written by block `committed`.
pub(crate) fn expiry_key(
    block: u64,
    committed: u64,
    namespace: &str,
    collection: &str,
    key_hash: &[u8],
) -> Vec<u8> {
    let mut out = expiry_prefix(block);
    out.extend_from_slice(&committed.to_be_bytes());
    out.extend_from_slice(namespace.as_bytes());
    out.push(0);
    out.extend_from_slice(collection.as_bytes());
    out.push(0);
    out.extend_from_slice(key_hash);
    out
}

pub(crate) fn removal_prefix(block: u64) -> Vec<u8> {
    let mut out = vec![b'x'];
    out.extend_from_slice(&block.to_be_bytes());
    out
}

/// A row of this column family that goes away with `block`.
pub(crate) fn removal_key(block: u64, row: &[u8]) -> Vec<u8> {
    let mut out = removal_prefix(block);
    out.extend_from_slice(row);
    out
}

pub(crate) fn parse_purge_index_version(row: &[u8]) -> Option<Version> {
    let (_, version) = row.split_last_chunk::<VERSION_BYTES>()?;
    parse_version(version)
}

fn versioned(prefix: u8, version: Version, namespace: &str, collection: &str) -> Vec<u8> {
    let mut out = vec![prefix];
    push_version(&mut out, version);
    out.extend_from_slice(namespace.as_bytes());
    out.push(0);
    out.extend_from_slice(collection.as_bytes());
    out
}

fn push_version(out: &mut Vec<u8>, version: Version) {
    out.extend_from_slice(&version.block.to_be_bytes());
    out.extend_from_slice(&version.tx.to_be_bytes());
}

fn parse_version(bytes: &[u8; VERSION_BYTES]) -> Option<Version> {
    let (block, tx) = bytes.split_first_chunk::<8>()?;
    Some(Version {
        block: u64::from_be_bytes(*block),
        tx: u64::from_be_bytes(tx.try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_of_a_key_is_not_a_prefix_of_another() {
        let short = history_prefix("ns", "k");
        let long = history_key("ns", "k\0x", Version::new(1, 1));
        assert!(!long.starts_with(&short));
    }

    #[test]
    fn history_keys_sort_by_height() {
        let older = history_key("ns", "k", Version::new(255, 9));
        let newer = history_key("ns", "k", Version::new(256, 0));
        assert!(older < newer);
        assert_eq!(parse_history_key(&newer), Some(Version::new(256, 0)));
    }

    #[test]
    fn missing_keys_parse_back() {
        let version = Version::new(3, 4);
        for kind in MISSING_KINDS {
            let row = missing_row(kind, version, "cc", "coll");
            assert_eq!(parse_missing_row(kind, &row), Some((version, "cc", "coll")));
            let (lower, upper) = missing_bounds(kind);
            assert!(lower < row && row < upper);
        }
        let wanted = missing_row(MissingKind::Wanted, version, "cc", "coll");
        assert_eq!(parse_missing_row(MissingKind::PutOff, &wanted), None);
        assert_eq!(parse_missing_row(MissingKind::Wanted, b"m"), None);
    }

    #[test]
    fn an_open_end_stops_before_the_next_namespace() {
        let (lower, upper) = state_bounds("cc", "", "");
        assert!(lower <= state_key("cc", b"") && state_key("cc", "\u{10ffff}".as_bytes()) < upper);
        assert!(upper <= state_key("cc-2", b""));
    }
}
