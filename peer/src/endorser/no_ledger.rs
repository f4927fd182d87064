//! The host of a call that has no ledger: a system chaincode without a channel, or one that does not simulate.

use bytes::Bytes;
use selvedge_interface::{
    Change, Cursor, Host, HostError, HostResult, Level, MetadataEntry, Modifications, Operation,
    Page, PageRequest, Response, Scan, Selection, Space, Transaction, Write,
};
use std::sync::Arc;

/// Refuses everything that needs state.
#[derive(Debug)]
pub(crate) struct NoLedger(Arc<Transaction>);

impl NoLedger {
    pub(crate) fn new(transaction: Arc<Transaction>) -> Self {
        Self(transaction)
    }

    fn refuse<T>(&self, operation: Operation) -> HostResult<T> {
        Err(HostError::new(
            operation,
            &self.0.tx_id,
            "no ledger context",
        ))
    }
}

impl Host for NoLedger {
    fn transaction(&self) -> &Transaction {
        &self.0
    }

    fn get_state(&mut self, _: Space<'_>, _: &str) -> HostResult<Option<Bytes>> {
        self.refuse(Operation::GetState)
    }

    fn get_multiple_states(
        &mut self,
        _: Space<'_>,
        _: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        self.refuse(Operation::GetStateMultiple)
    }

    fn get_private_data_hash(&mut self, _: &str, _: &str) -> HostResult<Option<Bytes>> {
        self.refuse(Operation::GetPrivateDataHash)
    }

    fn write(&mut self, _: Space<'_>, _: &str, change: Change) -> HostResult<()> {
        self.refuse(match change {
            Change::Put(_) => Operation::PutState,
            Change::Delete => Operation::DelState,
            Change::Purge => Operation::PurgePrivateData,
            Change::Metadata(_) => Operation::PutStateMetadata,
        })
    }

    fn write_batch(&mut self, _: Vec<Write>) -> HostResult<()> {
        self.refuse(Operation::WriteBatchState)
    }

    fn get_state_metadata(&mut self, _: Space<'_>, _: &str) -> HostResult<Vec<MetadataEntry>> {
        self.refuse(Operation::GetStateMetadata)
    }

    fn open(&mut self, selection: Selection<'_>) -> HostResult<Scan> {
        self.refuse(operation(selection))
    }

    fn page(&mut self, selection: Selection<'_>, _: PageRequest<'_>) -> HostResult<Page> {
        self.refuse(operation(selection))
    }

    fn history(&mut self, _: &str) -> HostResult<Modifications> {
        self.refuse(Operation::GetHistoryForKey)
    }

    fn next(&mut self, _: Cursor) -> HostResult<Scan> {
        self.refuse(Operation::QueryStateNext)
    }

    fn next_modifications(&mut self, _: Cursor) -> HostResult<Modifications> {
        self.refuse(Operation::QueryStateNext)
    }

    fn close(&mut self, _: Cursor) {}

    fn invoke_chaincode(&mut self, _: &str, _: &str, _: Vec<Bytes>) -> Response {
        let cause = "could not get valid transaction";
        let text = HostError::new(Operation::InvokeChaincode, &self.0.tx_id, cause);
        Response {
            status: Response::ERROR,
            message: String::new(),
            payload: text.as_str().to_owned().into(),
        }
    }

    fn set_event(&mut self, _: &str, _: Bytes) {}

    fn log(&mut self, _: Level, _: &str) {}
}

fn operation(selection: Selection<'_>) -> Operation {
    match selection {
        Selection::Range { .. } => Operation::GetStateByRange,
        Selection::Rich { .. } => Operation::GetQueryResult,
    }
}
