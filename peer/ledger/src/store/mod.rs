//! The database: one RocksDB per channel, its column families, keys and stored forms.

mod cache;
mod database;
mod keys;
mod meta;
mod value;
mod view;

pub(crate) use cache::{Change, StateCache};
pub(crate) use database::{Column, Database, Rules};
pub(crate) use keys::{
    MISSING_KINDS, MissingKind, VERSION_BYTES, boot_hash_key, expiry_key, expiry_prefix, hash_key,
    hashed_namespace, history_key, history_of_collections, history_prefix, meta_rows_from,
    missing_bounds, missing_row, parse_history_key, parse_missing_row, parse_purge_index_version,
    parse_purge_marker, private_namespace, purge_index_key, purge_index_prefix, purge_marker,
    purge_marker_key, removal_key, removal_prefix, request_key, state_bounds, state_key, tx_id_key,
    tx_id_of_key, tx_ids_bounds, write_set_key,
};
pub(crate) use meta::{Bootstrap, Meta, Savepoint, metadata_hint_key};
pub use value::VersionedValue;
pub(crate) use view::{Rows, View, decode_metadata, split_row, state_row};
