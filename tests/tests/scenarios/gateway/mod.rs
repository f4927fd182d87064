//! Applications that talk to one peer, which finds endorsers and orderers for them.

mod choosing;
mod deferring;
mod discovering;
mod floods;
mod listening;
mod malformed;
mod private_blocks;
mod reconfigured;
mod transacting;

use crate::harness::{Definition, Net, Plan, Runtime};

/// Organisations with `script`, which know of each other.
pub(crate) fn network(organisations: usize, batch: u32) -> Net {
    let net = Net::start(&plan(organisations, batch));
    acquainted(&net);
    deployed(&net, &Definition::new("script"));
    net
}

pub(crate) fn plan(organisations: usize, batch: u32) -> Plan {
    Plan {
        runtime: Runtime::Wasm,
        organisations,
        batch,
    }
}

pub(crate) fn acquainted(net: &Net) {
    for peer in 0..net.size() {
        net.until("the peers know each other", |net| {
            net.known_to(peer).len() == net.size()
        });
    }
}

pub(crate) fn deployed(net: &Net, definition: &Definition) {
    net.deploy(definition, &Runtime::Wasm.script_package("script_1"));
    for peer in 0..net.size() {
        net.until_known(peer, "script", net.size());
    }
}
