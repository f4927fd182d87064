//! Read-write sets: recording them in Fabric's exact bytes, and reading those of others.

mod builder;
mod merkle;
mod parsed;
mod range;

pub(crate) use builder::Builder;
pub(crate) use merkle::{ReadsHelper, ReadsOutcome};
pub(crate) use parsed::{CollectionSet, NsSet, TxSet, is_hash_delete, is_write_delete, version_of};
pub(crate) use range::RangeRecorder;
