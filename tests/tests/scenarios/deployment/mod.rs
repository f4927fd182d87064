//! What organisations do with definitions: agree, disagree, come late, miss blocks, upgrade one after the other. Three
//! organisations, each peer with its own store; each story on every runtime.

mod agreement;
mod channels;
mod packages;
mod policies;
mod upgrades;

use crate::harness::{Net, Plan, Runtime, script_of};
use selvedge_peer::client::Call;
use serde_json::json;

const EVERYONE: [usize; 3] = [0, 1, 2];

fn network(runtime: Runtime) -> Net {
    Net::start(&Plan {
        runtime,
        organisations: EVERYONE.len(),
        batch: 10,
    })
}

/// A call of `cc` that writes a key.
fn put(key: &str) -> Call {
    script_of("cc", &json!([["put", key, "v"]]))
}

fn on(channel: &str, call: Call) -> Call {
    Call {
        channel: channel.to_owned(),
        ..call
    }
}
