//! Chaincode of the legacy lifecycle, on channels without application capability V2_0.

mod capabilities;
mod forge;
mod functions;
mod life;
mod net;
mod verdicts;

pub(crate) use net::{CHANNEL, Net, script};
