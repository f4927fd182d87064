use crate::json::JsonError;

/// Why a query cannot be answered, in the words in which it reaches chaincode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// What CouchDB answers, wrapped as Fabric's `couchdb.go:handleRequest` wraps it (two spaces included).
    #[error("error handling CouchDB request. Error:{error},  Status Code:{code},  Reason:{reason}")]
    Refused {
        code: u16,
        error: &'static str,
        reason: String,
    },
    /// The text is no JSON object; Fabric parses it before CouchDB sees it.
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error("fields definition must be an array")]
    FieldsNotArray,
}

impl QueryError {
    /// CouchDB's 400.
    pub(crate) fn refused(error: &'static str, reason: impl Into<String>) -> Self {
        Self::Refused {
            code: 400,
            error,
            reason: reason.into(),
        }
    }

    /// What CouchDB has no words for: a 500.
    pub(crate) fn unknown(reason: &str, value: &crate::Json) -> Self {
        let value = crate::erlang::term(value);
        Self::Refused {
            code: 500,
            error: "unknown_error",
            reason: format!("Unknown Error: mango_opts :: {{{reason},{value}}}"),
        }
    }

    pub(crate) fn bad_argument(operator: &str, argument: &crate::Json) -> Self {
        let argument = crate::erlang::term(argument);
        Self::refused(
            "bad_arg",
            format!("Bad argument for operator {operator}: {argument}"),
        )
    }
}
