//! `qscc`: blocks and transactions of a channel.
//!
//! Fabric: core/scc/qscc/query.go.

use super::SystemCall;
use super::quote::quoted;
use crate::endorser::{InvokedNameError, acl::AclError};
use bytes::Bytes;
use prost::Message as _;
use selvedge_interface::Response;
use selvedge_ledger::{Ledger, LedgerError};
use selvedge_protos::common::{BlockchainInfo, BootstrappingSnapshotInfo};

/// `Display` is the message of a response with status 500.
#[derive(Debug, thiserror::Error)]
enum QueryError {
    #[error("Incorrect number of arguments, {0}")]
    Arguments(usize),
    #[error("Failed to identify the called chaincode: {0}")]
    Caller(#[from] InvokedNameError),
    #[error(
        "Rejecting invoke of QSCC from another chaincode because of potential for deadlocks, original invocation for '{0}'"
    )]
    FromChaincode(String),
    #[error("missing 3rd argument for {0}")]
    NoParameter(String),
    #[error("Invalid chain ID, {0}")]
    NoChannel(String),
    #[error("access denied for [{function}][{channel}]: [{source}]")]
    Denied {
        function: String,
        channel: String,
        source: AclError,
    },
    #[error("Failed to get block info with error {0}")]
    Info(LedgerError),
    #[error(
        "Failed to parse block number with error strconv.ParseUint: parsing {}: {why}",
        quoted(text)
    )]
    Number { text: Bytes, why: &'static str },
    #[error("Failed to get block number {number}, error {cause}")]
    ByNumber { number: u64, cause: NotFound },
    #[error("Failed to get block hash {hash}, error {cause}")]
    ByHash { hash: String, cause: NotFound },
    #[error("Failed to get transaction with id {id}, error {cause}")]
    Transaction { id: String, cause: NotFound },
    #[error("Failed to get block for txID {id}, error {cause}")]
    ByTransaction { id: String, cause: NotFound },
    #[error("Requested function {0} not found.")]
    NoFunction(String),
}

/// Fabric: common/ledger/blkstorage/blockindex.go.
#[derive(Debug, thiserror::Error)]
enum NotFound {
    #[error("no such block number [{0}] in index")]
    Number(u64),
    #[error("no such block hash [{0}] in index")]
    Hash(String),
    #[error("no such transaction ID [{0}] in index")]
    Transaction(String),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Serves one call.
pub fn qscc(call: &SystemCall<'_>, args: &[Bytes]) -> Response {
    match serve(call, args) {
        Ok(payload) => Response::ok(payload),
        Err(error) => Response::error(error.to_string()),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn serve(call: &SystemCall<'_>, args: &[Bytes]) -> Result<Bytes, QueryError> {
    let [function, channel, parameters @ ..] = args else {
        return Err(QueryError::Arguments(args.len()));
    };
    let (function, channel) = (text(function), text(channel));
    let caller = call.called_by_client()?;
    if caller != "qscc" {
        return Err(QueryError::FromChaincode(caller));
    }
    let parameter = match (parameters.first(), function.as_str()) {
        (Some(parameter), _) => parameter.clone(),
        (None, "GetChainInfo") => Bytes::new(),
        (None, _) => return Err(QueryError::NoParameter(function)),
    };
    let found = call
        .peer
        .channel(&channel)
        .ok_or_else(|| QueryError::NoChannel(channel.clone()))?;
    call.check(&format!("qscc/{function}"), &channel)
        .map_err(|source| QueryError::Denied {
            function: function.clone(),
            channel,
            source,
        })?;
    query(found.ledger(), &function, &parameter)
}

fn query(ledger: &Ledger, function: &str, parameter: &Bytes) -> Result<Bytes, QueryError> {
    match function {
        "GetChainInfo" => Ok(chain_info(ledger)?),
        "GetBlockByNumber" => {
            let number = block_number(parameter)?;
            by_number(ledger, number).map_err(|cause| QueryError::ByNumber { number, cause })
        }
        "GetBlockByHash" => by_hash(ledger, parameter).map_err(|cause| QueryError::ByHash {
            hash: text(parameter),
            cause,
        }),
        "GetTransactionByID" => {
            let id = text(parameter);
            transaction(ledger, &id).map_err(|cause| QueryError::Transaction { id, cause })
        }
        "GetBlockByTxID" => {
            let id = text(parameter);
            by_transaction(ledger, &id).map_err(|cause| QueryError::ByTransaction { id, cause })
        }
        _ => Err(QueryError::NoFunction(function.to_owned())),
    }
}

fn chain_info(ledger: &Ledger) -> Result<Bytes, QueryError> {
    let info = ledger.chain_info().map_err(QueryError::Info)?;
    let info = BlockchainInfo {
        height: info.height,
        current_block_hash: info.current_block_hash,
        previous_block_hash: info.previous_block_hash,
        bootstrapping_snapshot_info: info.snapshot.map(|last_block_in_snapshot| {
            BootstrappingSnapshotInfo {
                last_block_in_snapshot,
            }
        }),
    };
    Ok(info.encode_to_vec().into())
}

/// Go's `strconv.ParseUint` takes no sign.
fn block_number(text: &Bytes) -> Result<u64, QueryError> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let number = match std::str::from_utf8(text) {
        Ok(text) if digits => text.parse().map_err(|_| "value out of range"),
        _ => Err("invalid syntax"),
    };
    number.map_err(|why| QueryError::Number {
        text: text.clone(),
        why,
    })
}

fn by_number(ledger: &Ledger, number: u64) -> Result<Bytes, NotFound> {
    // The greatest number means the last block.
    let wanted = if number == u64::MAX {
        ledger.height().saturating_sub(1)
    } else {
        number
    };
    ledger
        .block_by_number(wanted)?
        .ok_or(NotFound::Number(number))
}

fn by_hash(ledger: &Ledger, hash: &[u8]) -> Result<Bytes, NotFound> {
    ledger
        .block_by_hash(hash)?
        .ok_or_else(|| NotFound::Hash(hex::encode(hash)))
}

fn transaction(ledger: &Ledger, id: &str) -> Result<Bytes, NotFound> {
    let found = ledger
        .transaction_by_id(id)?
        .ok_or_else(|| NotFound::Transaction(id.to_owned()))?;
    Ok(processed_transaction(
        &found.envelope,
        i32::from(found.status.code),
    ))
}

/// `protos.ProcessedTransaction` around the envelope as it was stored.
fn processed_transaction(envelope: &Bytes, code: i32) -> Bytes {
    use prost::encoding::{bytes, int32};
    let mut encoded = Vec::with_capacity(envelope.len() + 16);
    bytes::encode(1, envelope, &mut encoded);
    if code != 0 {
        int32::encode(2, &code, &mut encoded);
    }
    encoded.into()
}

fn by_transaction(ledger: &Ledger, id: &str) -> Result<Bytes, NotFound> {
    ledger
        .block_by_tx_id(id)?
        .ok_or_else(|| NotFound::Transaction(id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processed_transaction_holds_the_stored_envelope() {
        use selvedge_protos::{common::Envelope, protos::ProcessedTransaction};
        let envelope = Envelope {
            payload: Bytes::from_static(b"payload"),
            signature: Bytes::from_static(b"signature"),
        };
        let expected = |validation_code| {
            let transaction_envelope = Some(envelope.clone());
            let transaction = ProcessedTransaction {
                transaction_envelope,
                validation_code,
            };
            transaction.encode_to_vec()
        };
        let stored = Bytes::from(envelope.encode_to_vec());
        assert_eq!(processed_transaction(&stored, 0), expected(0));
        assert_eq!(processed_transaction(&stored, 254), expected(254));
    }

    #[test]
    fn block_numbers_are_what_go_parses() {
        let block_number = |text: &'static str| block_number(&Bytes::from_static(text.as_bytes()));
        assert_eq!(block_number("0").unwrap(), 0);
        assert_eq!(block_number("18446744073709551615").unwrap(), u64::MAX);
        for (text, why) in [
            ("", "invalid syntax"),
            ("+1", "invalid syntax"),
            ("18446744073709551616", "value out of range"),
        ] {
            let error = block_number(text).unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "Failed to parse block number with error strconv.ParseUint: parsing {text:?}: {why}"
                )
            );
        }
    }
}
