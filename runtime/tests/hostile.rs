//! Guests that mean harm: each is answered as specified, and the next transaction in the same engine is right.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use selvedge_interface::{Level, Response};
use selvedge_runtime::{Budget, Call, Chaincode, EngineConfig, ExecuteError, WasmEngine};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use support::{
    ENDLESS_FILL, ENDLESS_LOOP, ENDLESS_RECURSION, FAULT, GROW, HUGE_FAULT, KEY_THAT_IS_NOT_TEXT,
    MEMORY_BOMB, MemoryHost, NOT_TEXT, RECURSION, STATE, component, engine, get_and_put, input,
    invoke, load,
};

static ENGINE: LazyLock<WasmEngine> = LazyLock::new(engine);

const FUEL: &str = "chaincode failed: the transaction used up its fuel";
const HOST_WORK: &str = "chaincode failed: the transaction asked too much of the peer";
const MEMORY: &str = "chaincode failed: the transaction exceeded its memory limit";
const TABLE: &str = "chaincode failed: the transaction exceeded its table limit";
const STACK: &str = "chaincode failed: the transaction exceeded its stack";
const TRAP: &str = "chaincode failed: the transaction trapped";

fn small() -> Budget {
    Budget::new(50_000_000, 50_000_000)
}

/// Runs the guest, and then a well-behaved one.
fn run(component: &[u8], budget: Budget, host: &MemoryHost) -> Result<Response, ExecuteError> {
    let chaincode = load(&ENGINE, component);
    let call = Call {
        budget,
        ..Call::new("hostile", input(&["a", "b"]))
    };
    let answer = chaincode.execute(call, host.boxed());
    let good = load(&ENGINE, &get_and_put());
    let next = good.execute(
        Call::new("good", input(&["k"])),
        MemoryHost::with(&[("k", b"v")]).boxed(),
    );
    assert_eq!(next, Ok(Response::ok("v")));
    answer
}

fn fails(imports: &str, body: &str, message: &str) {
    let answer = run(&component(imports, body), small(), &MemoryHost::default()).unwrap();
    assert_eq!(answer, Response::error(message));
}

#[test]
fn an_endless_loop_ends_with_its_fuel() {
    let budget = small();
    let guest = component("", &invoke(ENDLESS_LOOP));
    let answer = run(&guest, budget.clone(), &MemoryHost::default()).unwrap();
    assert_eq!(answer, Response::error(FUEL));
    assert_eq!(budget.fuel(), 0);
}

#[test]
fn an_endless_loop_with_the_default_fuel_ends_as_well() {
    for body in [ENDLESS_LOOP, ENDLESS_FILL] {
        let guest = component("", &invoke(body));
        let answer = run(&guest, Budget::default(), &MemoryHost::default()).unwrap();
        assert_eq!(answer, Response::error(FUEL));
    }
}

#[test]
fn the_wall_clock_gives_an_error_and_never_a_response() {
    let chaincode = load(&ENGINE, &component("", &invoke(ENDLESS_LOOP)));
    let budget = Budget::new(u64::MAX / 2, Budget::DEFAULT_HOST_WORK);
    let call = Call {
        budget,
        time_limit: Duration::from_millis(30),
        ..Call::new("hostile", input(&["a"]))
    };
    assert_eq!(
        chaincode.execute(call, MemoryHost::default().boxed()),
        Err(ExecuteError::Timeout)
    );
}

#[test]
fn endless_recursion_overflows_its_own_stack_only() {
    fails(
        "",
        &format!("{RECURSION} {}", invoke(ENDLESS_RECURSION)),
        STACK,
    );
}

#[test]
fn instances_share_the_memory_of_the_machine() {
    let engine = WasmEngine::new(&EngineConfig {
        total_memory: 32 << 20,
        ..EngineConfig::default()
    })
    .unwrap();
    let pages = |pages: u32| {
        let body = invoke(&format!(
            "(drop (memory.grow (i32.const {pages}))) (call $answer (i32.const 200) (i32.const 0) (i32.const 0))"
        ));
        load(&engine, &component("", &body))
    };
    let run = |chaincode: &Arc<dyn Chaincode>| {
        let host = MemoryHost::default();
        chaincode.execute(Call::new("greedy", input::<&str>(&[])), host.boxed())
    };
    // Well below what one instance may have, and more than there is: no endorsement, and no answer of the chaincode.
    let refused = run(&pages(1000)).unwrap_err();
    let text = "no room to execute the transaction: too many requests for Wasm chaincode, exceeding the memory limit (33554432 bytes)";
    assert_eq!(refused.to_string(), text);
    let modest = pages(300);
    for _ in 0..5 {
        assert_eq!(
            run(&modest).unwrap().status,
            200,
            "the last one gave its share back"
        );
    }
}

#[test]
fn bombs_meet_their_limits() {
    fails("", &invoke(MEMORY_BOMB), MEMORY);
    fails(
        "",
        &invoke("(drop (memory.grow (i32.const 65000))) unreachable"),
        MEMORY,
    );
    fails(
        "",
        &format!(
            "(table $t 1 funcref) {}",
            invoke(
                "(loop $l (br_if $l (i32.ne (i32.const -1) (table.grow $t (ref.null func) (i32.const 1000))))) unreachable"
            )
        ),
        TABLE,
    );
}

#[test]
fn traps_have_one_text() {
    fails("", &invoke("unreachable"), TRAP);
    fails("", &invoke("(i32.load (i32.const -8))"), TRAP);
    fails("", &invoke("(i32.div_u (i32.const 1) (i32.const 0))"), TRAP);
    fails(
        "",
        "(table 1 funcref) (type $f (func)) (func (export \"invoke\") (param i32 i32 i32) (result i32) (call_indirect (type $f) (i32.const 0)) unreachable)",
        TRAP,
    );
}

#[test]
fn a_huge_panic_message_is_cut_and_stays_out_of_the_response() {
    let body = format!("{GROW} {}", invoke(HUGE_FAULT));
    let host = MemoryHost::default();
    assert_eq!(
        run(&component(FAULT, &body), small(), &host),
        Ok(Response::error(TRAP))
    );
    let log = host.log();
    assert_eq!(log.len(), 1);
    assert!(log[0].1.len() < 5000);
}

#[test]
fn floods_of_host_calls_meet_their_budget() {
    let flood = invoke(
        "(loop $l (call $get (local.get $args) (i32.const 1) (i32.const 128)) (br $l)) unreachable",
    );
    let host = MemoryHost::default();
    assert_eq!(
        run(&component(STATE, &flood), small(), &host),
        Ok(Response::error(HOST_WORK))
    );
    assert!(host.shared.lock().unwrap().calls <= 50_000_000 / Budget::CALL_COST);
    let log =
        r#"(import "fabric:chaincode/context@0.1.0" "write-log" (func $log (param i32 i32 i32)))"#;
    let flood = invoke(
        "(loop $l (i32.store (i32.const 0) (i32.const 0x0a0a0a61)) (call $log (i32.const 1) (i32.const 0) (i32.const 4)) (br $l)) unreachable",
    );
    let host = MemoryHost::default();
    assert_eq!(
        run(&component(log, &flood), small(), &host),
        Ok(Response::error(HOST_WORK))
    );
    let lines = host.log();
    assert_eq!(
        lines.last().unwrap(),
        &(
            Level::Warn,
            "the chaincode logged more than 65536 bytes; the rest is dropped".to_owned()
        )
    );
    assert!(lines.len() < 70_000);
}

#[test]
fn a_log_cannot_steer_a_terminal() {
    let log = r#"(import "fabric:chaincode/context@0.1.0" "log" (func $log (param i32 i32 i32)))
        (import "fabric:chaincode/context@0.1.0" "write-log" (func $out (param i32 i32 i32)))"#;
    let body = format!(
        "(data (i32.const 1024) \"\\1b[2J\\rok\\nnext\\e2\\80\\ae\") {}",
        invoke(
            "(call $log (i32.const 2) (i32.const 1024) (i32.const 15)) (call $out (i32.const 2) (i32.const 1024) (i32.const 12)) (call $answer (i32.const 200) (i32.const 0) (i32.const 0))"
        )
    );
    let host = MemoryHost::default();
    assert_eq!(
        run(&component(log, &body), small(), &host),
        Ok(Response::ok(""))
    );
    let expected = [
        (Level::Info, "\\u{1b}[2J\\u{d}ok"),
        (Level::Info, "next\\u{202e}"),
        (Level::Warn, "\\u{1b}[2J\\u{d}ok"),
        (Level::Warn, "next"),
    ];
    assert_eq!(
        host.log(),
        expected.map(|(level, line)| (level, line.to_owned()))
    );
}

#[test]
fn misused_cursors_are_refused() {
    let imports = r#"
        (import "fabric:chaincode/state@0.1.0" "next" (func $next (param i32 i32)))
        (import "fabric:chaincode/state@0.1.0" "close" (func $close (param i32)))"#;
    let body = invoke(
        "(call $close (i32.const 77)) (call $next (i32.const 77) (i32.const 128))
        (call $answer (i32.const 200) (i32.load (i32.const 132)) (i32.load (i32.const 136)))",
    );
    let answer = run(&component(imports, &body), small(), &MemoryHost::default()).unwrap();
    let text = format!(
        "QUERY_STATE_NEXT failed: transaction ID: {}: query iterator not found",
        "ab".repeat(32)
    );
    assert_eq!(answer, Response::ok(text));
}

#[test]
fn pointers_out_of_bounds_trap() {
    for call in [
        "(call $put (i32.const -16) (i32.const 64) (i32.const 0) (i32.const 1) (i32.const 128))",
        "(call $put (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 1) (i32.const 128))",
        "(call $put (i32.const 0) (i32.const 1) (i32.const 131072) (i32.const 1) (i32.const 128))",
        "(call $put (i32.const 0) (i32.const 1) (i32.const 8) (i32.const -8) (i32.const 128))",
        "(call $get (i32.const 0) (i32.const 1) (i32.const -4))",
        "(call $get (i32.const 0) (i32.const 1) (i32.const 129))",
        "(call $get (i32.const 131070) (i32.const 3) (i32.const 128))",
    ] {
        fails(STATE, &invoke(&format!("{call} unreachable")), TRAP);
    }
    for answer in ["(i32.const -4)", "(i32.const 3)", "(i32.const 131060)"] {
        fails("", &invoke(answer), TRAP);
    }
    fails(
        "",
        &invoke("(call $answer (i32.const 200) (i32.const 8) (i32.const -1))"),
        TRAP,
    );
}

#[test]
fn lists_that_claim_too_much_trap() {
    let imports = r#"(import "fabric:chaincode/state@0.1.0" "get-multiple-states" (func $many (param i32 i32 i32)))"#;
    for count in ["0x10000000", "-1", "20000"] {
        fails(
            imports,
            &invoke(&format!(
                "(call $many (i32.const 8) (i32.const {count}) (i32.const 128)) unreachable"
            )),
            TRAP,
        );
    }
}

#[test]
fn an_allocator_that_lies_traps() {
    for result in [
        "(i32.const -16)",
        "(i32.const 131071)",
        "unreachable",
        "(call $get (i32.const 0) (i32.const 1) (i32.const 128)) (i32.const 8)",
    ] {
        let text = format!(
            r#"(module {STATE}
            (memory (export "memory") 2)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {result})
            (func (export "invoke") (param i32 i32 i32) (result i32) (i32.const 16)))"#
        );
        let guest = support::component_of(&text);
        assert_eq!(
            run(&guest, small(), &MemoryHost::default()),
            Ok(Response::error(TRAP)),
            "{result}"
        );
    }
}

#[test]
fn text_that_is_not_utf8_traps() {
    fails(
        STATE,
        &format!("{NOT_TEXT} {}", invoke(KEY_THAT_IS_NOT_TEXT)),
        TRAP,
    );
}

#[test]
fn an_enum_out_of_range_traps() {
    let log = r#"(import "fabric:chaincode/context@0.1.0" "log" (func $log (param i32 i32 i32)))"#;
    fails(
        log,
        &invoke("(call $log (i32.const 9) (i32.const 0) (i32.const 0)) unreachable"),
        TRAP,
    );
}

#[test]
fn huge_keys_reach_the_host_and_huger_values_do_not() {
    let key = invoke(
        "(memory.fill (i32.const 1024) (i32.const 107) (i32.const 100000))
        (call $get (i32.const 1024) (i32.const 100000) (i32.const 128)) (call $answer (i32.const 200) (i32.const 0) (i32.const 0))",
    );
    assert_eq!(
        run(&component(STATE, &key), small(), &MemoryHost::default()),
        Ok(Response::ok(""))
    );
    // 60 MiB cost more host work than there is; 66 MiB are more than may cross at once.
    for (size, message) in [(62_914_560, HOST_WORK), (69_206_016, TRAP)] {
        let value = invoke(&format!(
            "(drop (memory.grow (i32.const 1100)))
            (call $put (i32.const 0) (i32.const 1) (i32.const 131072) (i32.const {size}) (i32.const 128)) unreachable",
        ));
        fails(STATE, &value, message);
    }
}

#[test]
fn a_host_that_panics_fails_one_transaction() {
    let guest = invoke(
        "(call $invoke (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128)) unreachable",
    );
    let imports = r#"(import "fabric:chaincode/chaincode@0.1.0" "invoke-chaincode" (func $invoke (param i32 i32 i32 i32 i32 i32 i32)))"#;
    let callee = Arc::new(|_: &str, _: Vec<bytes::Bytes>, _: &MemoryHost| panic!("on purpose"));
    let host = MemoryHost {
        callee: Some(callee),
        ..MemoryHost::default()
    };
    let answer = run(&component(imports, &guest), small(), &host);
    assert!(
        matches!(answer, Err(ExecuteError::Internal(_))),
        "{answer:?}"
    );
}
