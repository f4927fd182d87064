//! Read-write sets as text.

use crate::must::must;
use bytes::Bytes;
use prost::Message;
use selvedge_ledger::SimulationResults;
use selvedge_protos::{kvrwset, rwset};
use std::fmt::Write;

/// One line for each thing read or written, indented under its chaincode.
pub(crate) fn text(results: &SimulationResults) -> String {
    let mut out = String::new();
    for namespace in decode::<rwset::TxReadWriteSet>(&results.public).ns_rwset {
        line(&mut out, 0, &namespace.namespace);
        public(&mut out, &decode(&namespace.rwset));
        for collection in namespace.collection_hashed_rwset {
            line(
                &mut out,
                1,
                &format!("collection {}", collection.collection_name),
            );
            hashed(&mut out, &decode(&collection.hashed_rwset));
        }
    }
    out
}

/// What is written to collections, in clear: one line each, indented under chaincode and collection.
pub(crate) fn private_text(results: &SimulationResults) -> String {
    let mut out = String::new();
    let Some(private) = &results.private else {
        return out;
    };
    for namespace in decode::<rwset::TxPvtReadWriteSet>(private).ns_pvt_rwset {
        line(&mut out, 0, &namespace.namespace);
        for collection in namespace.collection_pvt_rwset {
            let name = format!("collection {}", collection.collection_name);
            line(&mut out, 1, &name);
            for write in decode::<kvrwset::KvrwSet>(&collection.rwset).writes {
                line(&mut out, 2, &self::write(&write));
            }
        }
    }
    out
}

pub(crate) fn decode<M: Message + Default>(bytes: &Bytes) -> M {
    must("decoding a read-write set", M::decode(bytes.clone()))
}

fn public(out: &mut String, set: &kvrwset::KvrwSet) {
    for read in &set.reads {
        line(
            out,
            1,
            &format!(
                "read {} {}",
                readable_key(&read.key),
                version(read.version.as_ref())
            ),
        );
    }
    for range in &set.range_queries_info {
        self::range(out, range);
    }
    for write in &set.writes {
        line(out, 1, &self::write(write));
    }
    for metadata in &set.metadata_writes {
        let names: Vec<_> = metadata
            .entries
            .iter()
            .map(|entry| entry.name.as_str())
            .collect();
        line(
            out,
            1,
            &format!(
                "metadata {} = [{}]",
                readable_key(&metadata.key),
                names.join(", ")
            ),
        );
    }
}

fn write(write: &kvrwset::KvWrite) -> String {
    let key = readable_key(&write.key);
    if write.is_delete {
        format!("delete {key}")
    } else {
        format!("write {key} = {}", readable_value(&write.value))
    }
}

fn range(out: &mut String, range: &kvrwset::RangeQueryInfo) {
    let end = if range.itr_exhausted {
        "to its end"
    } else {
        "not to its end"
    };
    line(
        out,
        1,
        &format!(
            "range {}..{} {end}",
            readable_key(&range.start_key),
            readable_key(&range.end_key)
        ),
    );
    match &range.reads_info {
        Some(kvrwset::range_query_info::ReadsInfo::RawReads(reads)) => {
            for read in &reads.kv_reads {
                line(
                    out,
                    2,
                    &format!(
                        "read {} {}",
                        readable_key(&read.key),
                        version(read.version.as_ref())
                    ),
                );
            }
        }
        Some(kvrwset::range_query_info::ReadsInfo::ReadsMerkleHashes(summary)) => {
            line(
                out,
                2,
                &format!("summary of {} hashes", summary.max_level_hashes.len()),
            );
        }
        None => {}
    }
}

fn hashed(out: &mut String, set: &kvrwset::HashedRwSet) {
    for read in &set.hashed_reads {
        line(
            out,
            2,
            &format!(
                "read #{} {}",
                hex::encode(&read.key_hash),
                version(read.version.as_ref())
            ),
        );
    }
    for write in &set.hashed_writes {
        let what = match (write.is_purge, write.is_delete) {
            (true, _) => "purge",
            (false, true) => "delete",
            (false, false) => "write",
        };
        line(out, 2, &format!("{what} #{}", hex::encode(&write.key_hash)));
    }
    for metadata in &set.metadata_writes {
        line(
            out,
            2,
            &format!("metadata #{}", hex::encode(&metadata.key_hash)),
        );
    }
}

fn version(version: Option<&kvrwset::Version>) -> String {
    version.map_or_else(
        || "absent".to_owned(),
        |version| format!("at {}.{}", version.block_num, version.tx_num),
    )
}

/// A composite key as `type:part,part`; open ends of ranges as nothing; other control characters escaped.
pub(crate) fn readable_key(key: &str) -> String {
    let (key, open) = key
        .strip_suffix('\u{10ffff}')
        .map_or((key, ""), |key| (key, "…"));
    match selvedge_sdk::raw::split_composite_key(key) {
        Some((object_type, parts)) => format!("{object_type}:{}{open}", parts.join(",")),
        None => format!("{}{open}", key.escape_debug()),
    }
}

pub(crate) fn readable_value(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) if !text.contains(char::is_control) => text.to_owned(),
        _ => format!("0x{}", hex::encode(value)),
    }
}

fn line(out: &mut String, depth: usize, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{:indent$}{text}", "", indent = depth * 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composite_keys_are_readable() {
        assert_eq!(readable_key("\0owner~id\0ann\0a1\0"), "owner~id:ann,a1");
        assert_eq!(readable_key("\0owner~id\0\u{10ffff}"), "owner~id:…");
        assert_eq!(readable_key("\u{1}"), "\\u{1}");
        assert_eq!(readable_key("a1"), "a1");
    }
}
