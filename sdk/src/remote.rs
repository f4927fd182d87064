use crate::raw::Stub;
use crate::wire::{Arg, ArgList};
use crate::{SdkError, Tx, View};
use selvedge_interface::Bytes;

/// Another chaincode on the same channel.
#[derive(Clone, Copy, Debug)]
pub struct Remote<'v> {
    stub: &'v Stub,
    name: &'v str,
}

/// A chaincode on another channel, for its answers only.
#[derive(Clone, Copy, Debug)]
pub struct RemoteQuery<'v> {
    stub: &'v Stub,
    channel: &'v str,
    name: &'v str,
}

impl<'v> Remote<'v> {
    pub(crate) fn new(tx: &'v Tx, name: &'v str) -> Self {
        Self {
            stub: tx.stub(),
            name,
        }
    }

    /// Calls a function and reads its answer.
    /// ```
    /// # use selvedge_sdk::prelude::*;
    /// fn pay(tx: &Tx, account: &str, amount: u64) -> Result<u64, SdkError> {
    ///     tx.chaincode("bank").call("Debit", (account, amount))
    /// }
    /// ```
    ///
    /// # Errors
    /// The callee's own error with its status; the peer's refusal; an answer that is not an `R`.
    pub fn call<R: Arg>(&self, function: &str, args: impl ArgList) -> Result<R, SdkError> {
        call(self.stub, self.name, "", function, &args)
    }
}

impl<'v> RemoteQuery<'v> {
    pub(crate) fn new(view: &'v View, channel: &'v str, name: &'v str) -> Self {
        Self {
            stub: view.stub(),
            channel,
            name,
        }
    }

    /// Calls a function and reads its answer; what it writes is dropped.
    ///
    /// # Errors
    /// As [`Remote::call`].
    pub fn call<R: Arg>(&self, function: &str, args: impl ArgList) -> Result<R, SdkError> {
        call(self.stub, self.name, self.channel, function, &args)
    }
}

fn call<R: Arg>(
    stub: &Stub,
    name: &str,
    channel: &str,
    function: &str,
    args: &impl ArgList,
) -> Result<R, SdkError> {
    let mut all = vec![Bytes::copy_from_slice(function.as_bytes())];
    all.extend(args.to_args()?);
    let response = stub.invoke_chaincode(name, all, channel);
    if response.status >= SdkError::BAD_REQUEST {
        // A refusal by the peer has its text in the payload, a callee's own error in the message.
        let message = if response.message.is_empty() {
            String::from_utf8_lossy(&response.payload).into_owned()
        } else {
            response.message
        };
        return Err(SdkError::from_wire(response.status, message));
    }
    R::from_wire(&response.payload).map_err(|problem| {
        SdkError::internal(format!(
            "answer of {function} of chaincode {name}: {problem}"
        ))
    })
}
