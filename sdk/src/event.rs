use serde::Serialize;

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
