use crate::{LedgerError, Version};
use std::sync::Arc;

/// Why the simulator refused. `Display` is Fabric's cause, word for word (its misspelling included): chaincode sees it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SimulationError {
    #[error("this instance should not be used after calling Done()")]
    Done,

    #[error("this function should only be called once on a transaction simulator instance")]
    ResultsTaken,

    #[error(
        "txid [{0}]: unsuppored transaction. Queries on pvt data is supported only in a read-only transaction"
    )]
    PrivateQueryAfterWrite(String),

    #[error(
        "txid [{0}]: unsuppored transaction. Paginated queries are supported only in a read-only transaction"
    )]
    PageAfterWrite(String),

    #[error(
        "txid [{0}]: unsuppored transaction. Transaction has already performed queries on pvt data. Writes are not allowed"
    )]
    WriteAfterPrivateQuery(String),

    #[error(
        "txid [{0}]: unsuppored transaction. Transaction has already performed a paginated query. Writes are not allowed"
    )]
    WriteAfterPage(String),

    #[error("ExecuteQuery not supported for leveldb")]
    RichQuery,

    #[error("ExecuteQueryWithMetadata not supported for leveldb")]
    RichPage,

    /// In CouchDB's words.
    #[error(transparent)]
    Query(#[from] selvedge_query::QueryError),

    /// A key or value that Fabric does not keep in CouchDB.
    #[error("{0}")]
    NotForCouchDb(String),

    #[error(
        "collection config not defined for chaincode [{0}], pass the collection configuration upon chaincode definition/instantiation"
    )]
    NoCollections(String),

    #[error(
        "collection [{collection}] not defined in the collection config for chaincode [{namespace}]"
    )]
    UnknownCollection {
        namespace: String,
        collection: String,
    },

    #[error(
        "private data matching public hash version is not available. Public hash version = {}, Private data version = {}",
        display(.public),
        display(.private)
    )]
    StalePrivateData {
        public: Option<Version>,
        private: Option<Version>,
    },

    /// A text of the caller's: a definition that cannot be read, a permission that is missing.
    #[error("{0}")]
    Other(String),

    /// The database failed; the transaction must not be endorsed.
    #[error("{0}")]
    Ledger(Arc<LedgerError>),
}

impl From<LedgerError> for SimulationError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(Arc::new(error))
    }
}

fn display(version: &Option<Version>) -> String {
    version.map_or_else(|| "<nil>".to_owned(), |version| version.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_private_data_prints_go_versions() {
        let error = SimulationError::StalePrivateData {
            public: Some(Version::new(7, 1)),
            private: None,
        };
        assert!(error.to_string().ends_with(
            "Public hash version = {BlockNum: 7, TxNum: 1}, Private data version = <nil>"
        ));
    }
}
