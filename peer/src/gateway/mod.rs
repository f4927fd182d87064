//! The gateway: clients talk to one peer, which finds the endorsers and orderers for them.
//!
//! * `Gateway` has one function for each call of the service, in a file each.
//! * [`Plan`] says which peers are asked next and when there are enough endorsements; it is pure.
//!
//! Fabric: internal/pkg/gateway.

mod arrangements;
mod broadcast;
mod candidates;
mod connect;
mod difference;
mod endorse;
mod error;
mod evaluate;
mod events;
mod hub;
mod neighbours;
mod news;
mod options;
mod orderers;
mod plan;
mod proposal;
mod server;
mod status;
mod submit;
mod target;
mod transaction;

#[cfg(test)]
mod tests;

pub use error::GatewayError;
pub(crate) use events::Answers as ChaincodeEvents;
pub use options::GatewayOptions;
pub use plan::{Pick, Plan};
pub(crate) use server::{Gateway, GatewayParts};

/// When a client gives up.
pub(crate) type Deadline = Option<tokio::time::Instant>;

/// Waits, but not longer than the client does.
async fn until<T>(deadline: Deadline, future: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}
