//! Blocks from the ordering service.
//!
//! One task for each channel: it chooses an orderer, asks it for everything behind the ledger's end, checks each block
//! and commits it, and goes to another orderer when that one fails. Under BFT it also asks the other orderers for
//! headers, so that an orderer which keeps blocks back is found out.
//!
//! Fabric: common/deliverclient/blocksprovider, core/deliverservice.

mod backoff;
mod broken;
mod censorship;
mod connection;
mod headers;
mod options;
mod progress;
mod puller;
mod request;
mod rotation;

pub use options::{BftPolicy, OrdererOverride, PullOptions};
pub(super) use puller::pull;

/// An error with all its causes: tonic, for one, says "transport error" and keeps the reason in its sources.
pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
