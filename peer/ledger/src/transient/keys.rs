//! Keys of the transient store. Names are written with their length, so that none is the beginning of another: a
//! transaction ID may come from another peer and be any text.

/// Entries of transactions, and the same by height.
const BY_TX: u8 = b't';
const BY_HEIGHT: u8 = b'h';

pub(super) const DIGEST: usize = 32;

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u64).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

pub(super) fn channel(channel: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(channel.len() + 64);
    push(&mut out, channel);
    out
}

pub(super) fn of_tx(channel: &str, tx_id: &str) -> Vec<u8> {
    let mut out = self::channel(channel);
    out.push(BY_TX);
    push(&mut out, tx_id);
    out
}

pub(super) fn entry(channel: &str, tx_id: &str, height: u64, digest: &[u8; DIGEST]) -> Vec<u8> {
    let mut out = of_tx(channel, tx_id);
    out.extend_from_slice(&height.to_be_bytes());
    out.extend_from_slice(digest);
    out
}

pub(super) fn at_height(channel: &str, height: u64) -> Vec<u8> {
    let mut out = self::channel(channel);
    out.push(BY_HEIGHT);
    out.extend_from_slice(&height.to_be_bytes());
    out
}

pub(super) fn by_height(channel: &str, tx_id: &str, height: u64, digest: &[u8; DIGEST]) -> Vec<u8> {
    let mut out = at_height(channel, height);
    push(&mut out, tx_id);
    out.extend_from_slice(digest);
    out
}

/// Height, transaction and digest of a row by height, behind the prefix of its channel.
pub(super) fn parse_by_height(row: &[u8]) -> Option<(u64, &str, &[u8; DIGEST])> {
    let row = row.strip_prefix(&[BY_HEIGHT])?;
    let (height, row) = row.split_first_chunk::<8>()?;
    let (length, row) = row.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    let tx_id = std::str::from_utf8(row.get(..length)?).ok()?;
    let digest = row.get(length..)?.try_into().ok()?;
    Some((u64::from_be_bytes(*height), tx_id, digest))
}

/// Height and digest of an entry, behind the prefix of its transaction.
pub(super) fn parse_entry(row: &[u8]) -> Option<(u64, &[u8; DIGEST])> {
    let (height, digest) = row.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*height), digest.try_into().ok()?))
}

/// The first key behind all that begin with `prefix`; empty when there is none.
pub(super) fn behind(prefix: &[u8]) -> Vec<u8> {
    let mut out = prefix.to_vec();
    while let Some(last) = out.pop() {
        if last < u8::MAX {
            out.push(last + 1);
            return out;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_by_height_parse_back() {
        let digest = [7; DIGEST];
        let row = by_height("ch", "tx\0id", 258, &digest);
        let row = row.strip_prefix(channel("ch").as_slice()).unwrap();
        assert_eq!(parse_by_height(row), Some((258, "tx\0id", &digest)));
        assert_eq!(parse_by_height(&row[..row.len() - 1]), None);
        let row = entry("ch", "tx", 3, &digest);
        let row = row.strip_prefix(of_tx("ch", "tx").as_slice()).unwrap();
        assert_eq!(parse_entry(row), Some((3, &digest)));
    }

    #[test]
    fn no_name_is_the_beginning_of_another() {
        assert!(!of_tx("ch", "tx1").starts_with(&of_tx("ch", "tx")));
        assert!(!of_tx("ch2", "tx").starts_with(&channel("ch")));
        assert!(at_height("ch", 255) < at_height("ch", 256));
    }

    #[test]
    fn behind_is_the_next_key_that_does_not_begin_so() {
        assert_eq!(behind(&[1, 2]), [1, 3]);
        assert_eq!(behind(&[1, 255]), [2]);
        assert!(behind(&[255]).is_empty());
    }
}
