//! [`Host`](selvedge_interface::Host) over the stream: one file per family of messages.

mod ask;
mod chaincode;
mod log;
mod queries;
mod seam;
mod state;

pub(crate) use log::drop_below;
pub(crate) use seam::StreamHost;
