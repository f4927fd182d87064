use super::log;
use super::queries::Cursors;
use crate::chat::Ticket;
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_interface::{
    Change, Cursor, Host, HostResult, Level, MetadataEntry, Modifications, Page, PageRequest,
    Response, Scan, Selection, Space, Transaction, Write,
};
use selvedge_protos::protos::ChaincodeEvent;
use std::sync::Arc;

/// The peer behind the stream, for one transaction.
pub(crate) struct StreamHost {
    pub(super) ticket: Ticket,
    pub(super) cursors: Cursors,
    transaction: Transaction,
    event: EventSlot,
}

/// Outlives the host, which the contract consumes.
pub(crate) type EventSlot = Arc<Mutex<Option<ChaincodeEvent>>>;

impl StreamHost {
    pub(crate) fn new(ticket: Ticket, transaction: Transaction) -> (Self, EventSlot) {
        let event = EventSlot::default();
        let host = Self {
            ticket,
            cursors: Cursors::default(),
            transaction,
            event: Arc::clone(&event),
        };
        (host, event)
    }
}

impl Host for StreamHost {
    fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    fn get_state(&mut self, space: Space<'_>, key: &str) -> HostResult<Option<Bytes>> {
        self.read_one(space, key)
    }

    fn get_multiple_states(
        &mut self,
        space: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        self.read_many(space, keys)
    }

    fn get_private_data_hash(&mut self, collection: &str, key: &str) -> HostResult<Option<Bytes>> {
        self.read_hash(collection, key)
    }

    fn write(&mut self, space: Space<'_>, key: &str, change: Change) -> HostResult<()> {
        self.write_one(space, key, change)
    }

    fn write_batch(&mut self, writes: Vec<Write>) -> HostResult<()> {
        self.write_many(writes)
    }

    fn get_state_metadata(
        &mut self,
        space: Space<'_>,
        key: &str,
    ) -> HostResult<Vec<MetadataEntry>> {
        self.read_metadata(space, key)
    }

    fn open(&mut self, selection: Selection<'_>) -> HostResult<Scan> {
        self.first_rows(selection)
    }

    fn page(&mut self, selection: Selection<'_>, request: PageRequest<'_>) -> HostResult<Page> {
        self.one_page(selection, request)
    }

    fn history(&mut self, key: &str) -> HostResult<Modifications> {
        self.first_modifications(key)
    }

    fn next(&mut self, cursor: Cursor) -> HostResult<Scan> {
        self.next_rows(cursor)
    }

    fn next_modifications(&mut self, cursor: Cursor) -> HostResult<Modifications> {
        self.more_modifications(cursor)
    }

    fn close(&mut self, cursor: Cursor) {
        self.close_query(cursor);
    }

    fn invoke_chaincode(&mut self, name: &str, channel: &str, args: Vec<Bytes>) -> Response {
        self.call_chaincode(name, channel, args)
    }

    fn set_event(&mut self, name: &str, payload: Bytes) {
        // The peer writes the chaincode's name and the transaction's ID into it.
        *self.event.lock() = Some(ChaincodeEvent {
            event_name: name.to_owned(),
            payload,
            ..ChaincodeEvent::default()
        });
    }

    fn log(&mut self, level: Level, message: &str) {
        log::write(level, self.ticket.tx_id(), message);
    }
}
