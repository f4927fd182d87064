//! Between the WIT world's types and the interface's. Values move; they are copied only where they are shared.

use super::bindings::fabric::chaincode::{context, types};
use bytes::Bytes;
use selvedge_interface as seam;
use std::collections::BTreeMap;

pub(crate) fn values_size(values: &[Option<Bytes>]) -> usize {
    values
        .iter()
        .map(|v| v.as_ref().map_or(0, Bytes::len))
        .sum()
}

/// What a row costs besides its bytes.
const ROW: usize = 64;

pub(crate) fn kvs_size(rows: &[seam::Kv]) -> usize {
    rows.iter().map(|r| r.key.len() + r.value.len() + ROW).sum()
}

/// Many small arguments cost as well.
pub(crate) fn args_size(args: &[Vec<u8>]) -> usize {
    args.iter().map(|arg| arg.len() + ROW).sum()
}

pub(crate) fn modifications_size(rows: &[seam::Modification]) -> usize {
    rows.iter()
        .map(|r| r.tx_id.len() + r.value.len() + ROW)
        .sum()
}

fn kvs(rows: Vec<seam::Kv>) -> Vec<types::Kv> {
    rows.into_iter()
        .map(|r| types::Kv {
            key: r.key,
            value: r.value.into(),
        })
        .collect()
}

pub(crate) fn scan(scan: seam::Scan) -> types::Scan {
    types::Scan {
        rows: kvs(scan.rows),
        cursor: scan.cursor.map(|c| c.0),
    }
}

pub(crate) fn page(page: seam::Page) -> types::Page {
    types::Page {
        rows: kvs(page.rows),
        fetched: page.fetched,
        bookmark: page.bookmark,
    }
}

pub(crate) fn modifications(found: seam::Modifications) -> types::Modifications {
    let rows = found.rows.into_iter().map(|r| types::Modification {
        tx_id: r.tx_id,
        value: r.value.into(),
        time: r.timestamp.map(timestamp),
        is_delete: r.is_delete,
    });
    types::Modifications {
        rows: rows.collect(),
        cursor: found.cursor.map(|c| c.0),
    }
}

pub(crate) fn metadata(entries: Vec<seam::MetadataEntry>) -> Vec<types::MetadataEntry> {
    entries
        .into_iter()
        .map(|e| types::MetadataEntry {
            name: e.name,
            value: e.value.into(),
        })
        .collect()
}

pub(crate) fn change(change: types::Change) -> seam::Change {
    match change {
        types::Change::Put(value) => seam::Change::Put(value.into()),
        types::Change::Delete => seam::Change::Delete,
        types::Change::Purge => seam::Change::Purge,
        types::Change::Metadata(entry) => seam::Change::Metadata(seam::MetadataEntry {
            name: entry.name,
            value: entry.value.into(),
        }),
    }
}

fn timestamp(timestamp: seam::Timestamp) -> types::Timestamp {
    types::Timestamp {
        seconds: timestamp.seconds,
        nanos: timestamp.nanos,
    }
}

pub(crate) fn transaction(tx: &seam::Transaction) -> context::TransactionInfo {
    context::TransactionInfo {
        tx_id: tx.tx_id.clone(),
        channel_id: tx.channel_id.clone(),
        timestamp: timestamp(tx.timestamp),
        creator: tx.creator.to_vec(),
        binding: tx.binding.to_vec(),
        transient: named(&tx.transient),
        decorations: named(&tx.decorations),
    }
}

fn named(map: &BTreeMap<String, Bytes>) -> Vec<context::NamedBytes> {
    map.iter()
        .map(|(name, value)| context::NamedBytes {
            name: name.clone(),
            value: value.to_vec(),
        })
        .collect()
}

pub(crate) fn response(response: seam::Response) -> types::Response {
    types::Response {
        status: response.status,
        message: response.message,
        payload: response.payload.into(),
    }
}

pub(crate) fn seam_response(response: types::Response) -> seam::Response {
    seam::Response {
        status: response.status,
        message: response.message,
        payload: response.payload.into(),
    }
}

pub(crate) fn level(level: context::Level) -> seam::Level {
    match level {
        context::Level::Trace => seam::Level::Trace,
        context::Level::Debug => seam::Level::Debug,
        context::Level::Info => seam::Level::Info,
        context::Level::Warn => seam::Level::Warn,
        context::Level::Error => seam::Level::Error,
    }
}
