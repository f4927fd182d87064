//! Each rule of validation and commit by a transaction made for it, on the recorded channel behind its last block.
//!
//! The network's keys are in the recording, so anything can be endorsed and signed here, also what no honest peer or
//! client would.

mod bench;
mod definitions;
mod dispatch;
mod draft;
mod form;
mod keys;
mod order;
mod plugins;
mod policies;
mod private;
mod state;
