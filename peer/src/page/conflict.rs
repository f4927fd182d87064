use selvedge_ledger::{Conflict, ConflictSubject, Ledger, Version};
use serde::Serialize;

use super::text::key;

/// Why a transaction lost: what it read is not what its block found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ConflictView {
    pub(crate) namespace: String,
    /// The key, or the range.
    pub(crate) subject: String,
    /// `block:transaction` of the version; `absent` without one.
    pub(crate) read: String,
    pub(crate) found: String,
    /// The transaction that wrote what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<String>,
}

impl ConflictView {
    /// `ledger` knows which transaction has a version.
    pub(crate) fn new(conflict: &Conflict, ledger: &Ledger) -> Self {
        let by = conflict.by;
        Self {
            namespace: match &conflict.collection {
                Some(collection) => format!("{} ({collection})", conflict.namespace),
                None => conflict.namespace.clone(),
            },
            subject: subject(&conflict.subject),
            read: version(conflict.read),
            found: version(conflict.found),
            by: by.and_then(|version| ledger.tx_id_at(version).ok().flatten()),
        }
    }
}

/// `block:transaction`.
pub(super) fn version(version: Option<Version>) -> String {
    version.map_or("absent".to_owned(), |version| {
        format!("{}:{}", version.block, version.tx)
    })
}

fn subject(subject: &ConflictSubject) -> String {
    match subject {
        ConflictSubject::Key(name) => key(name),
        ConflictSubject::KeyHash(hash) => format!("private key with hash {}", hex::encode(hash)),
        ConflictSubject::Range {
            start,
            end,
            key: None,
        } => format!("range {}..{}", key(start), key(end)),
        ConflictSubject::Range {
            start,
            end,
            key: Some(row),
        } => {
            format!("{} in range {}..{}", key(row), key(start), key(end))
        }
    }
}
