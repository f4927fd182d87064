use crate::{
    Called, Change, Cursor, HostResult, Input, MetadataEntry, Modifications, Page, PageRequest,
    Response, Scan, Selection, Space, Transaction, Write,
};
use bytes::Bytes;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// The operations a chaincode may ask of its peer during one transaction.
///
/// Guaranteed: reads answer from one committed height for the whole transaction and never show its own writes; the
/// effects of a call that failed are none, except in [`Host::write_batch`]. Not guaranteed: that a second call is
/// accepted while a first is running; implementations are driven by one thread at a time.
///
/// Errors are complete texts in Fabric's form (see [`crate::HostError`]).
pub trait Host: Send {
    /// The proposal under simulation.
    fn transaction(&self) -> &Transaction;

    /// `None`: the key is absent. Fabric cannot tell an absent value from an empty one.
    fn get_state(&mut self, space: Space<'_>, key: &str) -> HostResult<Option<Bytes>>;

    /// In the order of `keys`.
    fn get_multiple_states(
        &mut self,
        space: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>>;

    /// SHA-256 of a private value. Works on peers that do not hold the value.
    fn get_private_data_hash(&mut self, collection: &str, key: &str) -> HostResult<Option<Bytes>>;

    /// Put, delete, purge (private only) or metadata.
    fn write(&mut self, space: Space<'_>, key: &str, change: Change) -> HostResult<()>;

    /// In order; stops at the first failure, earlier writes stay applied.
    fn write_batch(&mut self, writes: Vec<Write>) -> HostResult<()>;

    /// All metadata of the key, sorted by name.
    fn get_state_metadata(&mut self, space: Space<'_>, key: &str)
    -> HostResult<Vec<MetadataEntry>>;

    /// Opens a scan and delivers its first batch.
    fn open(&mut self, selection: Selection<'_>) -> HostResult<Scan>;

    /// One page; no cursor stays open.
    fn page(&mut self, selection: Selection<'_>, request: PageRequest<'_>) -> HostResult<Page>;

    /// The history of a public key, newest first, from blocks committed before the simulation began.
    fn history(&mut self, key: &str) -> HostResult<Modifications>;

    /// The next batch of [`Host::open`].
    fn next(&mut self, cursor: Cursor) -> HostResult<Scan>;

    /// The next batch of [`Host::history`].
    fn next_modifications(&mut self, cursor: Cursor) -> HostResult<Modifications>;

    /// Unknown cursors are fine.
    fn close(&mut self, cursor: Cursor);

    /// Calls `name` on `channel` (empty: this one). A refusal by the peer comes back as status 500 with the text as
    /// payload, as Fabric's shims have it.
    fn invoke_chaincode(&mut self, name: &str, channel: &str, args: Vec<Bytes>) -> Response;

    /// [`Host::invoke_chaincode`] for a runtime whose chaincode hears why there is no response, and may ask for the
    /// callee's Init. An error is the peer's refusal.
    fn try_invoke_chaincode(
        &mut self,
        name: &str,
        channel: &str,
        input: Input,
    ) -> HostResult<Called> {
        let args = input.args;
        Ok(Called::Response(self.invoke_chaincode(name, channel, args)))
    }

    /// At most one event leaves a transaction: the last one set.
    fn set_event(&mut self, name: &str, payload: Bytes);

    /// A line for the peer's log, with the chaincode and transaction named by the peer.
    fn log(&mut self, level: Level, message: &str);
}
