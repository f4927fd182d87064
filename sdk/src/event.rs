use crate::SdkError;
use serde::Serialize;
use serde_json::{Value, json};

/// What a transaction tells the listeners of its channel, as JSON under a name.
///
/// `#[derive(Event)]` takes the struct's name, or the one in `#[event(name = "…")]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "add `#[derive(Serialize, Event)]` to the struct"
)]
pub trait Event: Serialize {
    /// The event's name on the channel; not empty.
    const NAME: &'static str;
}

/// Several events for [`Tx::emit_all`](crate::Tx::emit_all), in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events(Vec<Value>);

impl Events {
    /// Of the envelope.
    pub const NAME: &'static str = "Events";

    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// These and one more.
    ///
    /// # Errors
    /// An event that JSON cannot express.
    pub fn and<E: Event>(mut self, event: &E) -> Result<Self, SdkError> {
        let payload = serde_json::to_value(event).map_err(|error| not_json(E::NAME, &error))?;
        self.0.push(json!({"name": E::NAME, "payload": payload}));
        Ok(self)
    }

    pub(crate) fn into_list(self) -> Option<Vec<Value>> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

pub(crate) fn not_json(name: &str, error: &serde_json::Error) -> SdkError {
    SdkError::internal(format!("event {name} is not JSON: {error}"))
}
