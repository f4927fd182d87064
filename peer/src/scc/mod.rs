//! The system chaincodes: chaincode that is part of the peer and asks it directly.

mod call;
mod cscc;
mod join;
mod qscc;
mod quote;

pub use call::SystemCall;
pub use cscc::cscc;
pub use qscc::qscc;

pub use crate::legacy::lscc;

use bytes::Bytes;
use selvedge_interface::{Host, Response};

/// `_lifecycle`.
pub fn lifecycle(call: &SystemCall<'_>, host: &mut dyn Host, args: &[Bytes]) -> Response {
    let call = crate::lifecycle::LifecycleCall {
        peer: call.peer,
        installed: call.installed,
        channel_id: call.channel_id,
        channel: call.channel,
        simulator: call.simulator,
        requester: call.requester,
        host,
    };
    crate::lifecycle::invoke(call, args)
}
