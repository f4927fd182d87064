//! Who wrote a public key, when and what.

use crate::error::Result;
use crate::store::{Column, View, history_prefix, parse_history_key};
use crate::{LedgerError, Version};
use bytes::Bytes;
use prost::encoding::{decode_varint, encode_varint};
use selvedge_interface::Timestamp;

/// One write of a public key by a valid transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    pub version: Version,
    pub tx_id: String,
    /// Empty for a deletion.
    pub value: Bytes,
    /// Of the transaction's channel header.
    pub timestamp: Option<Timestamp>,
    pub is_delete: bool,
}

impl HistoryRow {
    /// The row without its version, which is part of the key: flags, time, ID length, ID, value. The value is kept here
    /// a second time so that a key's history is one scan and no block has to be read.
    pub(crate) fn encode(
        tx_id: &str,
        timestamp: Option<Timestamp>,
        value: Option<&[u8]>,
    ) -> Vec<u8> {
        let body = value.unwrap_or_default();
        let mut out = Vec::with_capacity(tx_id.len() + body.len() + 20);
        out.push(u8::from(value.is_none()) | u8::from(timestamp.is_some()) << 1);
        if let Some(time) = timestamp {
            out.extend_from_slice(&time.seconds.to_be_bytes());
            out.extend_from_slice(&time.nanos.to_be_bytes());
        }
        encode_varint(tx_id.len() as u64, &mut out);
        out.extend_from_slice(tx_id.as_bytes());
        out.extend_from_slice(body);
        out
    }

    fn decode(version: Version, mut stored: Bytes) -> Option<Self> {
        let flags = *stored.first()?;
        let mut rest = stored.split_off(1);
        let timestamp = if flags & 2 == 0 {
            None
        } else {
            Some(timestamp(&mut rest)?)
        };
        let tx_id_len = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
        if tx_id_len > rest.len() {
            return None;
        }
        let tx_id = String::from_utf8(rest.split_to(tx_id_len).into()).ok()?;
        Some(Self {
            version,
            tx_id,
            value: rest,
            timestamp,
            is_delete: flags & 1 != 0,
        })
    }
}

fn timestamp(rest: &mut Bytes) -> Option<Timestamp> {
    if rest.len() < 12 {
        return None;
    }
    let seconds = i64::from_be_bytes(rest.split_to(8).as_ref().try_into().ok()?);
    let nanos = i32::from_be_bytes(rest.split_to(4).as_ref().try_into().ok()?);
    Some(Timestamp { seconds, nanos })
}

pub(crate) fn read(
    view: &View,
    namespace: &str,
    key: &str,
    before: Option<Version>,
    limit: usize,
) -> Result<Vec<HistoryRow>> {
    let lower = history_prefix(namespace, key);
    let mut upper = lower.clone();
    match before {
        Some(version) => {
            upper.extend_from_slice(&version.block.to_be_bytes());
            upper.extend_from_slice(&version.tx.to_be_bytes());
        }
        // Past every version: one byte longer than the largest.
        None => upper.extend_from_slice(&[0xff; 17]),
    }
    let mut rows = view.rows_backward(Column::History, &lower, upper);
    let mut out = Vec::new();
    while out.len() < limit {
        let row = rows.next_with(|key, stored| {
            parse_history_key(key)
                .and_then(|version| HistoryRow::decode(version, Bytes::copy_from_slice(stored)))
                .ok_or_else(|| LedgerError::Corrupt {
                    what: "history",
                    key: hex::encode(key),
                })
        })?;
        let Some(row) = row else { break };
        out.push(row?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn round_trip(tx_id: String, seconds: i64, nanos: i32, timed: bool, value: Option<Vec<u8>>) {
            let timestamp = timed.then_some(Timestamp { seconds, nanos });
            let stored = HistoryRow::encode(&tx_id, timestamp, value.as_deref());
            let row = HistoryRow::decode(Version::new(1, 2), stored.into()).unwrap();
            prop_assert_eq!(row.tx_id, tx_id);
            prop_assert_eq!(row.timestamp, timestamp);
            prop_assert_eq!(row.is_delete, value.is_none());
            prop_assert_eq!(row.value, value.unwrap_or_default());
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(bytes: Vec<u8>) {
            let _ = HistoryRow::decode(Version::default(), bytes.into());
        }
    }
}
