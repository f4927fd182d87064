use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a question of the page has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    #[error("this peer has not joined the channel '{0}'")]
    NoChannel(String),
    #[error("the channel has no block {0}")]
    NoBlock(u64),
    #[error("the channel has no transaction {0}")]
    NoTransaction(String),
    #[error("the question was not answered: {0}")]
    Ended(tokio::task::JoinError),
    #[error("reading the ledger: {0}")]
    Ledger(#[from] selvedge_ledger::LedgerError),
    #[error("reading definitions: {0}")]
    Lifecycle(#[from] crate::lifecycle::Error),
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NoChannel(_) | Self::NoBlock(_) | Self::NoTransaction(_) => StatusCode::NOT_FOUND,
            Self::Ended(_) | Self::Ledger(_) | Self::Lifecycle(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}
