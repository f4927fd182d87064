//! Verbs about one contract: `new`, `test`, `check`, `conflicts`, `diff`, `bindings` and `invoke`.
//!
//! What they know of a contract they read from its metadata (`org.hyperledger.fabric:GetMetadata`), which
//! `selvedge build` puts into the component; [`source`] finds it wherever the contract is.

mod args;
mod bindings;
mod calls;
mod check;
mod conflicts;
mod costs;
mod diff;
mod invoke;
mod new;
mod source;
mod stage;
mod test;

pub(super) use args::{
    BindingsArgs, CallArgs, CheckArgs, ConflictsArgs, DiffArgs, NewArgs, TestArgs,
};
pub(super) use bindings::bindings;
pub(super) use check::check;
pub(super) use conflicts::conflicts;
pub(super) use diff::diff;
pub(super) use invoke::invoke;
pub(super) use new::new;
pub(super) use test::test;
