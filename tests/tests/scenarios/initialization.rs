//! Chaincode that must be initialized, over two versions.

use crate::harness::{Definition, Net, Plan, Runtime, call, on_every_runtime, results, script_of};
use crate::hostile;
use selvedge_peer::client::Call;
use serde_json::json;

on_every_runtime!(init_comes_first_once_for_each_version);

fn plain() -> Call {
    script_of("gate", &json!([["get", "initial"]]))
}

fn init(value: &str) -> Call {
    Call {
        is_init: true,
        ..script_of("gate", &json!([["put", "initial", value]]))
    }
}

fn refused(net: &Net, call: &Call, cause: &str) {
    let text = format!(
        "error in simulation: failed to execute transaction TX: invalid invocation: chaincode 'gate' {cause}"
    );
    assert_eq!(net.refusal(call), (500, text));
    net.next_is_right();
}

fn initial(net: &Net, value: &str) {
    let found = net.endorse(&plain()).payload;
    assert_eq!(results(&found), json!([hex::encode(value)]));
}

const NOT_YET: &str = "has not been initialized for this version, must call as init first";
const ALREADY: &str = "is already initialized but called as init";
const NEVER: &str = "does not require initialization but called as init";

fn init_comes_first_once_for_each_version(runtime: Runtime) {
    let net = Net::with_script(&Plan {
        runtime,
        organisations: 2,
        batch: 10,
    });
    let gate = Definition::new("gate").with_init();
    let package = net.deploy(&gate, &runtime.script_package("gate_1"));
    refused(&net, &plain(), NOT_YET);
    let failing = Call {
        is_init: true,
        ..script_of("gate", &json!([["fail", "no luck"]]))
    };
    let text = "error in simulation: transaction returned with failure: no luck";
    assert_eq!(net.refusal(&failing), (500, text.to_owned()));
    // Two at once: one of them initializes.
    let both = [net.endorse(&init("one")), net.endorse(&init("two"))];
    let verdicts = net.order(&[&both[0], &both[1]]);
    assert!(verdicts[0].is_valid() && !verdicts[1].is_valid());
    initial(&net, "one");
    refused(&net, &init("again"), ALREADY);

    // A new sequence of the same version asks for nothing, a new version does.
    net.define(&gate.clone().sequence(2, "1"), &package);
    initial(&net, "one");
    net.define(&gate.sequence(3, "2"), &package);
    refused(&net, &plain(), NOT_YET);
    assert!(net.submit(&init("second version")).is_valid());
    initial(&net, "second version");

    net.define(&Definition::new("gate").sequence(4, "3"), &package);
    initial(&net, "second version");
    refused(&net, &init("again"), NEVER);
}

/// Only a component traps; a program that dies loses its stream instead.
#[test]
fn an_init_that_traps_leaves_no_mark() {
    let net = Net::with_script(&Plan {
        runtime: Runtime::Wasm,
        organisations: 2,
        batch: 10,
    });
    net.deploy(&Definition::new("gate").with_init(), &hostile::package());
    let init = |function: &[u8]| Call {
        is_init: true,
        ..call("gate", &[function])
    };
    let trapped = "error in simulation: transaction returned with failure: chaincode failed: the transaction trapped";
    assert_eq!(net.refusal(&init(b"trap")), (500, trapped.to_owned()));
    refused(&net, &call("gate", &[b"well"]), NOT_YET);
    assert!(net.submit(&init(b"well")).is_valid());
    assert!(net.submit(&call("gate", &[b"well"])).is_valid());
}
