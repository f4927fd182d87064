mod call;
mod descriptor;
mod dialect;
#[doc(hidden)]
pub mod generated;
mod guard;

pub use call::Call;
pub use descriptor::{Descriptor, Entry, EventInfo, Parameter, Transaction};
pub use dialect::Dialect;
pub use guard::Condition;

pub(crate) use call::listed;
pub(crate) use dialect::UNEXPECTED;

use crate::{SdkError, View};
use selvedge_interface::Bytes;

/// A set of transactions under one name. Implemented by [`#[contract]`](macro@crate::contract).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a contract",
    label = "not a contract",
    note = "put `#[contract]` on its impl block"
)]
pub trait Contract: Default {
    /// What the contract offers.
    const DESCRIPTOR: Descriptor;

    /// Answers one call.
    ///
    /// # Errors
    /// The transaction's own error, or a call that the contract does not understand.
    fn invoke(view: View, call: &Call) -> Result<Bytes, SdkError>;
}
