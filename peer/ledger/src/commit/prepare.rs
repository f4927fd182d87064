//! A block's transactions, as far as the ledger must understand them.

use crate::block::{Content, Outline};
use crate::rwset::TxSet;
use crate::snapshot::{CONFIG_KEY, CONFIG_NAMESPACE};
use bytes::Bytes;
use selvedge_protos::protos::TxValidationCode;

pub(super) const VALID: u8 = TxValidationCode::Valid as u8;

pub(super) struct Prepared {
    /// Index in the block.
    pub(super) index: u64,
    pub(super) outline: Outline,
    pub(super) code: u8,
    /// What the transaction would write; of invalid endorser transactions too, if it can be read.
    pub(super) set: Option<TxSet>,
    /// Its writes enter the history.
    pub(super) is_endorser: bool,
}

impl Prepared {
    /// Codes for what cannot be read follow Fabric's batch_preparer.go; a transaction without payload or header, at
    /// which Go peers panic, is simply invalid.
    pub(super) fn new(index: u64, envelope: &Bytes, code: u8) -> Self {
        let mut outline = Outline::of(envelope);
        let content = std::mem::replace(&mut outline.content, Content::Other);
        let is_endorser = matches!(content, Content::ReadWriteSet(_) | Content::NoAction);
        let (set, fault) = match content {
            Content::ReadWriteSet(results) => match TxSet::decode(results) {
                Ok(set) => (Some(set), None),
                Err(_) => (None, Some(TxValidationCode::InvalidOtherReason)),
            },
            Content::NoAction => (None, Some(TxValidationCode::NilTxaction)),
            Content::Config(_) if code != VALID => (None, None),
            Content::Config(config) => (
                Some(TxSet::single_write(CONFIG_NAMESPACE, CONFIG_KEY, config)),
                None,
            ),
            Content::Other => (None, None),
            Content::Unreadable => (None, Some(TxValidationCode::InvalidOtherReason)),
        };
        let code = match fault {
            Some(fault) if code == VALID => fault as u8,
            _ => code,
        };
        Self {
            index,
            outline,
            code,
            set,
            is_endorser,
        }
    }

    pub(super) fn is_valid(&self) -> bool {
        self.code == VALID
    }
}
