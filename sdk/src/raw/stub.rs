use super::batch::Batch;
use super::peer::{Asked, Peer, asked};
use selvedge_interface::{
    Bytes, Change, Host, HostError, HostResult, Input, Level, MetadataEntry, Response, Space,
    Timestamp, Transaction, VALIDATION_PARAMETER,
};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

/// One invocation: its arguments, its transaction, and the peer that answers.
///
/// Every operation of Fabric's `ChaincodeStubInterface` under its name in Rust's spelling. A missing value is `None`;
/// Fabric cannot tell it from an empty one. Methods that reach the peer return its error text in Fabric's form.
pub struct Stub {
    host: RefCell<Peer>,
    input: Input,
    transaction: OnceCell<Transaction>,
    batch: RefCell<Option<Batch>>,
}

impl Stub {
    /// Binds an invocation to the peer that answers for it.
    pub fn new(host: Peer, input: Input) -> Self {
        Self {
            host: RefCell::new(host),
            input,
            transaction: OnceCell::new(),
            batch: RefCell::new(None),
        }
    }

    // Inlined, so that the compiler sees with what the peer is asked.
    #[inline(always)]
    pub(crate) fn with_host<R>(&self, ask: impl FnOnce(&mut Asked) -> R) -> R {
        ask(asked(&mut self.host.borrow_mut()))
    }

    /// Everything the client sent as arguments, the function name included.
    pub fn args(&self) -> &[Bytes] {
        &self.input.args
    }

    /// Whether the peer runs the definition's required initialization.
    pub fn is_init(&self) -> bool {
        self.input.is_init
    }

    /// The proposal under simulation. Fetched when first asked for.
    pub fn transaction(&self) -> &Transaction {
        self.transaction
            .get_or_init(|| self.host.borrow().transaction().clone())
    }

    /// 64 lower-case hex digits.
    pub fn tx_id(&self) -> &str {
        &self.transaction().tx_id
    }

    /// The channel the proposal was sent to.
    pub fn channel_id(&self) -> &str {
        &self.transaction().channel_id
    }

    /// The time the client wrote into the proposal.
    pub fn tx_timestamp(&self) -> Timestamp {
        self.transaction().timestamp
    }

    /// The client's serialized identity (`msp.SerializedIdentity`).
    pub fn creator(&self) -> &Bytes {
        &self.transaction().creator
    }

    /// SHA-256 over nonce, creator and epoch.
    pub fn binding(&self) -> &Bytes {
        &self.transaction().binding
    }

    /// What the client sent beside the proposal, never recorded.
    pub fn transient(&self) -> &BTreeMap<String, Bytes> {
        &self.transaction().transient
    }

    /// What the peer's decorators added.
    pub fn decorations(&self) -> &BTreeMap<String, Bytes> {
        &self.transaction().decorations
    }

    /// The committed value of a key; never this transaction's own write.
    pub fn get_state(&self, key: &str) -> HostResult<Option<Bytes>> {
        self.with_host(|host| Host::get_state(host, Space::Public, key))
    }

    /// Several committed values in one exchange, in the order of `keys`.
    pub fn get_multiple_states(&self, keys: &[String]) -> HostResult<Vec<Option<Bytes>>> {
        self.get_multiple(Space::Public, keys)
    }

    pub(super) fn get_multiple(
        &self,
        space: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let values = self.with_host(|host| Host::get_multiple_states(host, space, keys))?;
        Ok(values
            .into_iter()
            .map(|value| value.filter(|bytes| !bytes.is_empty()))
            .collect())
    }

    /// Writes a value. **An empty value deletes the key** when the block commits: that is Fabric's rule.
    ///
    /// # Errors
    /// An empty key; the peer's refusal.
    pub fn put_state(&self, key: &str, value: impl Into<Bytes>) -> HostResult<()> {
        self.put(Space::Public, key, value.into())
    }

    pub(crate) fn put(&self, space: Space<'_>, key: &str, value: Bytes) -> HostResult<()> {
        if key.is_empty() {
            return Err(HostError::verbatim("key must not be an empty string"));
        }
        self.write(space, key, Change::Put(value))
    }

    /// Deletes a key, whether or not it exists.
    pub fn del_state(&self, key: &str) -> HostResult<()> {
        self.write(Space::Public, key, Change::Delete)
    }

    pub(crate) fn write(&self, space: Space<'_>, key: &str, change: Change) -> HostResult<()> {
        if let Some(batch) = self.batch.borrow_mut().as_mut() {
            batch.record(space.collection(), key, change);
            return Ok(());
        }
        self.with_host(|host| Host::write(host, space, key, change))
    }

    /// Sets the endorsement policy of one key: bytes of `common.SignaturePolicyEnvelope`, as Fabric's state-based
    /// endorsement helpers produce them.
    pub fn set_state_validation_parameter(
        &self,
        key: &str,
        policy: impl Into<Bytes>,
    ) -> HostResult<()> {
        self.write(Space::Public, key, validation_parameter(policy.into()))
    }

    /// The endorsement policy of one key, if it has its own.
    pub fn get_state_validation_parameter(&self, key: &str) -> HostResult<Option<Bytes>> {
        self.validation_parameter(Space::Public, key)
    }

    pub(crate) fn validation_parameter(
        &self,
        space: Space<'_>,
        key: &str,
    ) -> HostResult<Option<Bytes>> {
        let entries = self.with_host(|host| Host::get_state_metadata(host, space, key))?;
        Ok(entries
            .into_iter()
            .find(|entry| entry.name == VALIDATION_PARAMETER)
            .map(|entry| entry.value))
    }

    /// Holds back the following writes until [`Stub::finish_write_batch`] sends them in one message. Of several writes
    /// to a key the last one counts. Starting a batch inside a batch changes nothing.
    pub fn start_write_batch(&self) {
        self.batch.borrow_mut().get_or_insert_default();
    }

    /// Sends what was held back. Without a batch, nothing happens. Called for the author at the end of a
    /// [`Program`](super::Program)'s invocation; a contract that starts a batch through [`crate::Tx::raw`] ends it itself.
    ///
    /// # Errors
    /// `failed send batch: ` and the peer's text; the writes before the refused one stay applied.
    pub fn finish_write_batch(&self) -> HostResult<()> {
        let Some(batch) = self.batch.borrow_mut().take() else {
            return Ok(());
        };
        let writes = batch.into_writes();
        if writes.is_empty() {
            return Ok(());
        }
        self.with_host(|host| Host::write_batch(host, writes))
            .map_err(|error| HostError::verbatim(format!("failed send batch: {error}")))
    }

    /// Calls another chaincode; an empty channel is this one. On another channel only the answer counts: its writes are
    /// dropped. A refusal by the peer arrives as status 500 with the text as payload.
    pub fn invoke_chaincode(&self, name: &str, args: Vec<Bytes>, channel: &str) -> Response {
        self.with_host(|host| Host::invoke_chaincode(host, name, channel, args))
    }

    /// Sets the transaction's event. There is one: the last call wins.
    ///
    /// # Errors
    /// An empty name.
    pub fn set_event(&self, name: &str, payload: impl Into<Bytes>) -> HostResult<()> {
        if name.is_empty() {
            return Err(HostError::verbatim("event name can not be empty string"));
        }
        self.with_host(|host| Host::set_event(host, name, payload.into()));
        Ok(())
    }

    /// A line for the peer's log.
    pub fn log(&self, level: Level, message: &str) {
        self.with_host(|host| Host::log(host, level, message));
    }
}

pub(super) fn validation_parameter(policy: Bytes) -> Change {
    Change::Metadata(MetadataEntry {
        name: VALIDATION_PARAMETER.to_owned(),
        value: policy,
    })
}

impl std::fmt::Debug for Stub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stub")
            .field("input", &self.input)
            .finish_non_exhaustive()
    }
}
