//! Chaincode that must be initialized.

use crate::harness::{
    Definition, Net, Plan, Runtime, Verdict, call, on_every_runtime, results, script, script_of,
    service,
};
use crate::hostile;
use selvedge_peer::client::Call;
use selvedge_peer::endorser::INIT_MARKER;
use selvedge_protos::protos::TxValidationCode as Code;
use serde_json::json;
use std::process::{Child, Command, Stdio};

on_every_runtime!(
    init_comes_first_once_for_each_version,
    only_the_version_asks_for_init_again,
    an_init_that_too_few_endorsed_does_not_count,
    what_shares_a_block_with_an_init_does_not_count,
    an_init_that_fails_marks_nothing,
    an_init_whose_chaincode_dies_marks_nothing,
    a_callee_passes_the_gate_by_the_same_rules,
    the_marker_is_a_key_like_others,
);

fn of_three(runtime: Runtime) -> Net {
    Net::start(&Plan {
        runtime,
        organisations: 3,
        batch: 10,
    })
}

fn with_script(runtime: Runtime) -> Net {
    Net::with_script(&Plan {
        runtime,
        organisations: 2,
        batch: 10,
    })
}

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
    let net = with_script(runtime);
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
    let net = with_script(Runtime::Wasm);
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

/// Back to a version that was initialized before, but not last, asks again; so it is the version, not the sequence or
/// what has ever been.
fn only_the_version_asks_for_init_again(runtime: Runtime) {
    let net = with_script(runtime);
    let gate = Definition::new("gate");
    let package = net.deploy(&gate, &runtime.script_package("gate_1"));
    refused(&net, &init("not asked for"), NEVER);
    // Asked for later: what ran before was not initialized.
    net.define(&gate.clone().sequence(2, "1").with_init(), &package);
    refused(&net, &plain(), NOT_YET);
    assert!(net.submit(&init("one")).is_valid());
    net.define(&gate.clone().sequence(3, "2").with_init(), &package);
    assert!(net.submit(&init("two")).is_valid());
    // The policy alone changes.
    let loose = gate.clone().policy("OR('Org1MSP.member','Org2MSP.member')");
    net.define(&loose.sequence(4, "2").with_init(), &package);
    initial(&net, "two");
    refused(&net, &init("again"), ALREADY);
    // Version 1 was initialized, and it is not what the marker says.
    net.define(&gate.clone().sequence(5, "1").with_init(), &package);
    refused(&net, &plain(), NOT_YET);
    net.define(&gate.clone().sequence(6, "2").with_init(), &package);
    initial(&net, "two");
}

fn an_init_that_too_few_endorsed_does_not_count(runtime: Runtime) {
    let net = of_three(runtime);
    let gate = Definition::new("gate").with_init();
    net.deploy(&gate, &runtime.script_package("gate_1"));
    let one = net.verdict(&[0], &init("one"));
    assert_eq!(one, Code::EndorsementPolicyFailure);
    let (_, cause) = net.refusal(&plain());
    assert!(cause.ends_with(NOT_YET), "{cause}");
    assert!(net.stored(0, "gate", INIT_MARKER).is_none());
    net.works(&[0, 1], &init("two"));
    net.works(&[1, 2], &plain());
    assert_eq!(net.stored(2, "gate", INIT_MARKER).unwrap(), &b"1"[..]);
}

/// No peer endorses a call before the block of the Init, so none can be in it, except one that was endorsed under the
/// definition before; and of two Inits the first one counts.
fn what_shares_a_block_with_an_init_does_not_count(runtime: Runtime) {
    let net = of_three(runtime);
    let gate = Definition::new("gate").with_init();
    let package = net.deploy(&gate, &runtime.script_package("gate_1"));
    let write = |value: &str| script_of("gate", &json!([["put", "called", value]]));
    let in_the_gate = |net: &Net| {
        let (_, cause) = net.refusal(&write("early"));
        assert!(cause.ends_with(NOT_YET), "{cause}");
    };
    // Blocks may be cut anywhere: a new version for each attempt, until three are in one.
    for version in 2..100 {
        let inits = [net.endorse(&init("first")), net.endorse(&init("second"))];
        // Endorsed and not committed: still nobody endorses a call.
        in_the_gate(&net);
        let verdicts = net.order(&[&inits[0], &inits[1]]);
        assert_eq!(verdicts[0].code, Code::Valid);
        assert_eq!(verdicts[1].code, Code::MvccReadConflict);
        initial(&net, "first");
        let before = net.endorse(&write("before"));
        let next = gate.clone().sequence(version, &version.to_string());
        net.define(&next, &package);
        in_the_gate(&net);
        let of_next = net.endorse(&init("of the next version"));
        let next_verdicts = net.order(&[&of_next, &before]);
        assert_eq!(next_verdicts[0].code, Code::Valid);
        assert_eq!(next_verdicts[1].code, Code::MvccReadConflict);
        // The first call comes in a block behind.
        net.works(&[0, 1], &write("behind"));
        assert_eq!(net.stored(2, "gate", "called").unwrap(), &b"behind"[..]);
        let together = |verdicts: &[Verdict]| {
            verdicts
                .iter()
                .all(|found| found.block == verdicts[0].block)
        };
        if together(&verdicts) && together(&next_verdicts) {
            return;
        }
        net.define(&gate.clone().sequence(version + 100, "again"), &package);
    }
    panic!("they never came into one block");
}

fn an_init_that_fails_marks_nothing(runtime: Runtime) {
    let net = with_script(runtime);
    let gate = Definition::new("gate").with_init();
    net.deploy(&gate, &runtime.script_package("gate_1"));
    let init_of = |operations: serde_json::Value| Call {
        is_init: true,
        ..script_of("gate", &operations)
    };
    let simulation = "error in simulation: transaction returned with failure: ";
    let failed = net.refusal(&init_of(json!([["put", "k", "v"], ["fail", "no luck"]])));
    assert_eq!(failed, (500, format!("{simulation}no luck")));
    refused(&net, &plain(), NOT_YET);
    // Status 400 is an answer like any other to the gate, and no endorsement.
    let declined = net.refusal(&init_of(json!([["return", 400, "no", ""]])));
    assert_eq!(declined, (400, "no".to_owned()));
    refused(&net, &plain(), NOT_YET);
    for (operations, cause) in [
        (
            json!([["getpvt", "_implicit_org_Org1MSP", "k"]]),
            "private data APIs are not allowed in chaincode Init()",
        ),
        (
            json!([["rangepage", "a", "b", 2, ""]]),
            "Paginated queries are supported only in a read-only transaction",
        ),
    ] {
        let (status, message) = net.refusal(&init_of(operations));
        assert!(status == 500 && message.ends_with(cause), "{message}");
    }
    assert!(net.submit(&init("at last")).is_valid());
    initial(&net, "at last");
}

/// A service of the test's own, which may die.
struct Service {
    config: selvedge_native::ServerConfig,
    running: Child,
}

impl Service {
    fn start(config: selvedge_native::ServerConfig) -> Self {
        let running = Command::new(env!("CARGO_BIN_EXE_script-chaincode"))
            .env("CHAINCODE_SERVER_ADDRESS", &config.address)
            .env("CHAINCODE_ID", &config.chaincode_id)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { config, running }
    }

    fn start_again(&mut self) {
        self.running.wait().unwrap();
        *self = Self::start(self.config.clone());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

fn an_init_whose_chaincode_dies_marks_nothing(runtime: Runtime) {
    let net = with_script(runtime);
    let (package, mut service) = match runtime {
        Runtime::Service => {
            let (package, config) = service::reserve("gate_1", Default::default());
            (package, Some(Service::start(config)))
        }
        _ => (runtime.script_package("gate_1"), None),
    };
    net.deploy(&Definition::new("gate").with_init(), &package);
    let dying = Call {
        is_init: true,
        ..script_of("gate", &json!([["put", "initial", "half"], ["abort"]]))
    };
    let told = match runtime {
        Runtime::Wasm => {
            "error in simulation: transaction returned with failure: chaincode failed: the transaction trapped"
        }
        _ => {
            "error in simulation: failed to execute transaction TX: error sending: chaincode stream terminated"
        }
    };
    for peer in 0..net.size() {
        assert_eq!(net.refusal_of(peer, &dying), (500, told.to_owned()));
        if let Some(service) = &mut service {
            service.start_again();
        }
    }
    refused(&net, &plain(), NOT_YET);
    assert!(net.stored(0, "gate", INIT_MARKER).is_none());
    net.until("the chaincode runs again", |net| {
        // Whoever starts it again needs a moment.
        let again = net.try_endorse_by(&[0, 1], &init("whole"), net.user(0));
        again.is_ok_and(|endorsed| net.order(&[&endorsed])[0].is_valid())
    });
    initial(&net, "whole");
}

/// The gate is in front of a callee as well. Nobody's shim sends `is_init` along.
fn a_callee_passes_the_gate_by_the_same_rules(runtime: Runtime) {
    let net = with_script(runtime);
    let gate = Definition::new("gate").with_init();
    net.deploy(&gate, &runtime.script_package("gate_1"));
    let through = script(&json!([["invoke", "gate", "", ["run", "[]"]]]));
    // A refused call is an answer to the caller, who may go on.
    let refused_below = |call: &Call| {
        let found = net.endorse(call);
        let answer = results(&found.payload)[0].clone();
        let text = hex::decode(answer[2].as_str().unwrap()).unwrap();
        let expected = format!(
            "INVOKE_CHAINCODE failed: transaction ID: {}: execute failed: invalid invocation: chaincode 'gate' {NOT_YET}",
            found.tx_id
        );
        assert_eq!(
            (answer[0].as_i64(), String::from_utf8(text).unwrap()),
            (Some(500), expected)
        );
    };
    refused_below(&through);
    // The Init of one is not the Init of those it calls.
    let script = Definition::new("script").sequence(2, "2").with_init();
    net.deploy(&script, &runtime.script_package("script_2"));
    let both = Call {
        is_init: true,
        ..through.clone()
    };
    refused_below(&both);
    assert!(net.submit(&init("first")).is_valid());
    let inits = net.endorse(&both);
    assert_eq!(results(&inits.payload)[0][0], 200);
    assert!(net.order(&[&inits])[0].is_valid());
    let called = net.endorse(&through);
    assert_eq!(results(&called.payload)[0][0], 200);
}

/// Chaincode may read it, and spoil it: then it has to be initialized again. A range of simple keys begins behind it.
fn the_marker_is_a_key_like_others(runtime: Runtime) {
    let net = with_script(runtime);
    let gate = Definition::new("gate").with_init();
    net.deploy(&gate, &runtime.script_package("gate_1"));
    assert!(net.submit(&init("one")).is_valid());
    let read = script_of("gate", &json!([["get", INIT_MARKER], ["range", "", ""]]));
    let row = [hex::encode("initial"), hex::encode("one")];
    assert_eq!(
        results(&net.endorse(&read).payload),
        json!([hex::encode("1"), [row]])
    );
    let spoil = script_of("gate", &json!([["put", INIT_MARKER, "0"]]));
    assert!(net.submit(&spoil).is_valid());
    refused(&net, &plain(), NOT_YET);
    assert!(net.submit(&init("two")).is_valid());
    initial(&net, "two");
}
