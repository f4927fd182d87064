//! What is remembered of other peers: whether they live, and what they have of each channel.

mod channel;
mod roster;

pub(crate) use channel::{Channel, StateInfoError, state_info, wire};
pub(crate) use roster::{Entry, Heard, Roster, Time, alive, time};
