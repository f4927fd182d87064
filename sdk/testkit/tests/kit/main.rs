//! The kit's own promises: what it finds it finds, and what it lets pass is fine.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]
#![allow(
    unreachable_pub,
    reason = "a contract is a crate of its own; here it is a module of a test"
)]

mod blocks;
mod contracts;
mod costs;
mod failures;
mod hunting;
mod organisations;
mod private;
mod races;
mod runtimes;
mod schedules;
mod traps;

/// The text of a panic that must come.
pub(crate) fn panic_of<R>(run: impl FnOnce() -> R) -> String {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let payload = outcome.err().expect("it passed, and must not");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}
