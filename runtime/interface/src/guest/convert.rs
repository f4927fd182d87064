use super::bindings::fabric::chaincode::{context, types};
use crate::{
    Cursor, HostError, HostResult, Kv, Level, MetadataEntry, Modification, Modifications, Page,
    Scan, Timestamp, Transaction,
};
use bytes::Bytes;
use std::collections::BTreeMap;

pub(super) fn result<T>(result: Result<T, String>) -> HostResult<T> {
    result.map_err(HostError::verbatim)
}

pub(super) fn value(result: Result<Option<Vec<u8>>, String>) -> HostResult<Option<Bytes>> {
    self::result(result).map(|value| value.map(Bytes::from))
}

pub(super) fn values(
    result: Result<Vec<Option<Vec<u8>>>, String>,
) -> HostResult<Vec<Option<Bytes>>> {
    self::result(result).map(|values| {
        values
            .into_iter()
            .map(|value| value.map(Bytes::from))
            .collect()
    })
}

fn rows(rows: Vec<types::Kv>) -> Vec<Kv> {
    rows.into_iter()
        .map(|row| Kv {
            key: row.key,
            value: row.value.into(),
        })
        .collect()
}

pub(super) fn scan(result: Result<types::Scan, String>) -> HostResult<Scan> {
    self::result(result).map(|scan| Scan {
        rows: rows(scan.rows),
        cursor: scan.cursor.map(Cursor),
    })
}

pub(super) fn page(result: Result<types::Page, String>) -> HostResult<Page> {
    self::result(result).map(|page| Page {
        rows: rows(page.rows),
        fetched: page.fetched,
        bookmark: page.bookmark,
    })
}

fn timestamp(timestamp: types::Timestamp) -> Timestamp {
    Timestamp {
        seconds: timestamp.seconds,
        nanos: timestamp.nanos,
    }
}

fn modification(row: types::Modification) -> Modification {
    Modification {
        tx_id: row.tx_id,
        value: row.value.into(),
        timestamp: row.time.map(timestamp),
        is_delete: row.is_delete,
    }
}

pub(super) fn modifications(
    result: Result<types::Modifications, String>,
) -> HostResult<Modifications> {
    self::result(result).map(|found| Modifications {
        rows: found.rows.into_iter().map(modification).collect(),
        cursor: found.cursor.map(Cursor),
    })
}

pub(super) fn entries(
    result: Result<Vec<types::MetadataEntry>, String>,
) -> HostResult<Vec<MetadataEntry>> {
    self::result(result).map(|entries| {
        entries
            .into_iter()
            .map(|entry| MetadataEntry {
                name: entry.name,
                value: entry.value.into(),
            })
            .collect()
    })
}

pub(super) fn entry(entry: MetadataEntry) -> types::MetadataEntry {
    types::MetadataEntry {
        name: entry.name,
        value: entry.value.into(),
    }
}

fn named(fields: Vec<context::NamedBytes>) -> BTreeMap<String, Bytes> {
    // One by one: collecting them sorts them first, and that alone is three kilobytes of every component.
    let mut named = BTreeMap::new();
    for field in fields {
        named.insert(field.name, field.value.into());
    }
    named
}

pub(super) fn transaction(transaction: context::TransactionInfo) -> Transaction {
    Transaction {
        tx_id: transaction.tx_id,
        channel_id: transaction.channel_id,
        timestamp: timestamp(transaction.timestamp),
        creator: transaction.creator.into(),
        binding: transaction.binding.into(),
        transient: named(transaction.transient),
        decorations: named(transaction.decorations),
        signed_proposal: Bytes::new(), // the world does not carry it
    }
}

pub(super) fn level(level: Level) -> context::Level {
    match level {
        Level::Trace => context::Level::Trace,
        Level::Debug => context::Level::Debug,
        Level::Info => context::Level::Info,
        Level::Warn => context::Level::Warn,
        Level::Error => context::Level::Error,
    }
}
