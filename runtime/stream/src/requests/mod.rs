//! What a chaincode asks during a transaction, one family of messages a file: from the bytes of a request to a call of
//! [`Host`] and the bytes of its answer.
//!
//! Fabric: core/chaincode/handler.go, the Handle functions.

mod batch;
mod invoke;
mod metadata;
mod private;
mod query;
mod reply;
mod state;

pub(crate) use query::OpenQueries;
pub(crate) use reply::{Failure, reply};

use bytes::Bytes;
use prost::Message;
use selvedge_interface::Host;
use selvedge_protos::protos::chaincode_message::Type;

/// What answering needs: the transaction's host, and what it keeps from one request to the next.
pub(crate) struct Asked<'a> {
    pub(crate) host: &'a mut dyn Host,
    pub(crate) queries: &'a mut OpenQueries,
    /// The namespace named in the rows of a query.
    pub(crate) chaincode: &'a str,
    /// Of the message that asks.
    pub(crate) channel_id: &'a str,
}

/// The payload of a RESPONSE, or why there is none.
pub(crate) type Answer = Result<Bytes, Failure>;

/// Whether a message of this type asks something.
pub(crate) fn is_request(kind: Type) -> bool {
    match kind {
        Type::GetState
        | Type::PutState
        | Type::DelState
        | Type::InvokeChaincode
        | Type::GetStateByRange
        | Type::GetQueryResult
        | Type::QueryStateNext
        | Type::QueryStateClose
        | Type::GetHistoryForKey
        | Type::GetStateMetadata
        | Type::PutStateMetadata
        | Type::GetPrivateDataHash
        | Type::PurgePrivateData
        | Type::WriteBatchState
        | Type::GetStateMultiple => true,
        Type::Undefined
        | Type::Register
        | Type::Registered
        | Type::Init
        | Type::Ready
        | Type::Transaction
        | Type::Completed
        | Type::Error
        | Type::Response
        | Type::Keepalive => false,
    }
}

/// Whether the answer is a matter of microseconds: one key, in memory or in the database's cache nearly always. Such
/// requests are answered where the stream is read, which saves waking the thread that executes the transaction and
/// being woken by it; everything else would keep the stream's other transactions waiting.
pub(crate) fn is_quick(kind: Type) -> bool {
    matches!(
        kind,
        Type::GetState
            | Type::PutState
            | Type::DelState
            | Type::GetStateMetadata
            | Type::PutStateMetadata
            | Type::GetPrivateDataHash
            | Type::PurgePrivateData
            | Type::QueryStateClose
    )
}

/// Answers one request. `kind` is one that [`is_request`] accepts.
pub(crate) fn answer(kind: Type, payload: Bytes, asked: &mut Asked<'_>) -> Answer {
    match kind {
        Type::GetState => state::get(decode(payload)?, asked),
        Type::GetStateMultiple => state::get_multiple(decode(payload)?, asked),
        Type::PutState => state::put(decode(payload)?, asked),
        Type::DelState => state::delete(decode(payload)?, asked),
        Type::GetPrivateDataHash => private::hash(decode(payload)?, asked),
        Type::PurgePrivateData => private::purge(decode(payload)?, asked),
        Type::GetStateMetadata => metadata::get(decode(payload)?, asked),
        Type::PutStateMetadata => metadata::put(decode(payload)?, asked),
        Type::WriteBatchState => batch::write(decode(payload)?, asked),
        Type::GetStateByRange => query::range(decode(payload)?, asked),
        Type::GetQueryResult => query::rich(decode(payload)?, asked),
        Type::GetHistoryForKey => query::history(decode(payload)?, asked),
        Type::QueryStateNext => query::next(decode(payload)?, asked),
        Type::QueryStateClose => query::close(decode(payload)?, asked),
        Type::InvokeChaincode => invoke::invoke(decode(payload)?, asked),
        other => Err(Failure::cause(format!(
            "{} asks for nothing",
            other.as_str_name()
        ))),
    }
}

fn decode<M: Message + Default>(payload: Bytes) -> Result<M, Failure> {
    M::decode(payload).map_err(|error| Failure::cause(format!("unmarshal failed: {error}")))
}
