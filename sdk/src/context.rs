use crate::event::not_json;
use crate::identity::Client;
use crate::raw::Stub;
use crate::remote::{Remote, RemoteQuery};
use crate::wire::{Arg, Time, to_json};
use crate::{Event, Events, Overlay, SdkError};
use selvedge_interface::{Bytes, Level};
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;

/// What every transaction may do: read. Helpers that only read take a `&View` and work in any transaction.
///
/// Reads answer from one committed height and never show the transaction's own writes.
#[derive(Debug)]
pub struct View {
    stub: Stub,
    event: Cell<Option<&'static str>>,
}

/// A transaction that writes nothing. Adds what Fabric allows only then: pages and scans of private data.
#[derive(Debug)]
pub struct Query(View);

/// A transaction that may write.
#[derive(Debug)]
pub struct Tx(View);

/// A context a transaction function may ask for: [`Tx`], [`Query`] or [`View`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a transaction context",
    label = "not a context",
    note = "the first parameter after `&self` is `&Tx` (may write), `&Query` (reads, pages) or `&View` (reads)"
)]
pub trait Context: From<View> {
    /// Whether clients should submit the transaction to be ordered. Becomes the tag in the metadata.
    const SUBMIT: bool;

    /// What every context can do.
    fn as_view(&self) -> &View;
}

impl Context for View {
    const SUBMIT: bool = false;

    fn as_view(&self) -> &View {
        self
    }
}

macro_rules! contexts {
    ($($context:ident submits $submit:literal),*) => {$(
        impl Context for $context {
            const SUBMIT: bool = $submit;

            fn as_view(&self) -> &View {
                &self.0
            }
        }

        impl Deref for $context {
            type Target = View;

            fn deref(&self) -> &View {
                &self.0
            }
        }

        impl From<View> for $context {
            fn from(view: View) -> Self {
                Self(view)
            }
        }
    )*};
}
contexts!(Tx submits true, Query submits false);

impl View {
    pub(crate) fn new(stub: Stub) -> Self {
        Self {
            stub,
            event: Cell::new(None),
        }
    }

    pub(crate) fn stub(&self) -> &Stub {
        &self.stub
    }

    /// 64 lower-case hex digits.
    pub fn tx_id(&self) -> &str {
        self.stub.tx_id()
    }

    /// The channel the transaction runs on.
    pub fn channel(&self) -> &str {
        self.stub.channel_id()
    }

    /// The transaction's timestamp. Its client chose it, so it proves nothing; but it is the same on every peer.
    pub fn time(&self) -> Time {
        self.stub.tx_timestamp().into()
    }

    /// Who submitted the transaction.
    ///
    /// # Errors
    /// An identity that is neither an X.509 certificate in PEM nor readable.
    pub fn client(&self) -> Result<Client, SdkError> {
        Client::parse(self.stub.creator())
    }

    /// A field of the transient data, which travels beside the proposal and is never recorded.
    ///
    /// # Errors
    /// 400 if the field is missing or not a `T`, naming it.
    pub fn transient<T: Arg>(&self, field: &str) -> Result<T, SdkError> {
        self.transient_opt(field)?.ok_or_else(|| {
            SdkError::bad_request(format!("{field} is missing in the transient data"))
        })
    }

    /// A field of the transient data, if the client sent it.
    ///
    /// # Errors
    /// 400 if the field is not a `T`, naming it. The value, which may be secret, stays out of the message.
    pub fn transient_opt<T: Arg>(&self, field: &str) -> Result<Option<T>, SdkError> {
        let Some(value) = self.stub.transient().get(field) else {
            return Ok(None);
        };
        T::from_wire(value).map(Some).map_err(|_| {
            SdkError::bad_request(format!("{field} in the transient data has another form"))
        })
    }

    /// A chaincode on another channel. Only its answer counts: what it writes is dropped.
    pub fn chaincode_on<'v>(&'v self, channel: &'v str, name: &'v str) -> RemoteQuery<'v> {
        RemoteQuery::new(self, channel, name)
    }

    /// A line for the peer's log; the macros [`trace!`](crate::trace), [`debug!`](crate::debug), [`info!`](crate::info),
    /// [`warn!`](crate::warn) and [`error!`](crate::error) format it.
    pub fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        match message.as_str() {
            Some(text) => self.stub.log(level, text),
            None => self.stub.log(level, &message.to_string()),
        }
    }
}

impl Tx {
    /// Sets the transaction's event. Listeners learn of it when the block commits and the transaction is valid.
    ///
    /// # Errors
    /// A second event: Fabric keeps one per transaction and would drop the first without a word.
    pub fn emit<E: Event>(&self, event: &E) -> Result<(), SdkError> {
        let payload = to_json(event).map_err(|error| not_json(E::NAME, &error))?;
        self.set_event(E::NAME, payload)
    }

    /// Sets several events as the transaction's one, in an envelope: an event called `Events`, whose payload is a list of
    /// `{"name": …, "payload": …}` in order. Without any, nothing is set.
    /// ```
    /// # use selvedge_sdk::prelude::*;
    /// # #[derive(Serialize, Event)] struct Sold { id: String }
    /// # #[derive(Serialize, Event)] struct Paid { amount: u64 }
    /// fn tell(tx: &Tx, id: String) -> Result<(), SdkError> {
    ///     tx.emit_all(Events::new().and(&Sold { id })?.and(&Paid { amount: 5 })?)
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Tx::emit`].
    pub fn emit_all(&self, events: Events) -> Result<(), SdkError> {
        let Some(list) = events.into_list() else {
            return Ok(());
        };
        let payload = to_json(&list).map_err(|error| not_json(Events::NAME, &error))?;
        self.set_event(Events::NAME, payload)
    }

    fn set_event(&self, name: &'static str, payload: Bytes) -> Result<(), SdkError> {
        if let Some(earlier) = self.event.replace(Some(name)) {
            return Err(SdkError::internal(format!(
                "a transaction carries one event: {earlier} is set, {name} would replace it; emit_all sends several"
            )));
        }
        Ok(self.stub.set_event(name, payload)?)
    }

    /// Records as they will be if the transaction commits: reads that see its own writes, for a transaction that comes
    /// to the same record twice.
    pub fn overlay(&self) -> Overlay<'_> {
        Overlay::new(self)
    }

    /// A chaincode on this channel. Its reads and writes join this transaction.
    pub fn chaincode<'v>(&'v self, name: &'v str) -> Remote<'v> {
        Remote::new(self, name)
    }

    /// The stub below the typed layer.
    pub fn raw(&self) -> &Stub {
        &self.stub
    }
}
