use crate::Version;
use bytes::Bytes;
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
