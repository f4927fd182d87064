//! Verbs about one contract: `new`, `check`, `diff`, `bindings` and `invoke`.
//!
//! What they know of a contract they read from its metadata (`org.hyperledger.fabric:GetMetadata`), which
//! `selvedge build` puts into the component; [`source`] finds it wherever the contract is.

mod args;
mod bindings;
mod check;
mod diff;
mod invoke;
mod new;
mod source;

pub(super) use args::{BindingsArgs, CallArgs, CheckArgs, DiffArgs, NewArgs};
pub(super) use bindings::bindings;
pub(super) use check::check;
pub(super) use diff::diff;
pub(super) use invoke::invoke;
pub(super) use new::new;
