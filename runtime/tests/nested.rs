//! Chaincode that calls chaincode.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use bytes::Bytes;
use selvedge_interface::{Input, Response};
use selvedge_runtime::{Budget, Call, Chaincode, ExecuteError, WasmEngine};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{MemoryHost, component, engine, input, invoke, load};

const INVOKE: &str = r#"(import "fabric:chaincode/chaincode@0.1.0" "invoke-chaincode" (func $invoke (param i32 i32 i32 i32 i32 i32 i32)))"#;

/// Calls the chaincode named by the first argument with its own arguments, and answers as it did.
fn caller() -> Vec<u8> {
    component(
        INVOKE,
        &invoke(
            r#"(call $invoke (i32.load (local.get $args)) (i32.load offset=4 (local.get $args)) (i32.const 0) (i32.const 0)
                (local.get $args) (local.get $count) (i32.const 128))
            (call $answer (i32.load (i32.const 128)) (i32.load (i32.const 132)) (i32.load (i32.const 136)))"#,
        ),
    )
}

/// Calls, and answers 200 whatever came of it.
fn careless() -> Vec<u8> {
    component(
        INVOKE,
        &invoke(
            r#"(call $invoke (i32.load (local.get $args)) (i32.load offset=4 (local.get $args)) (i32.const 0) (i32.const 0)
                (local.get $args) (local.get $count) (i32.const 128))
            (call $answer (i32.const 200) (i32.const 0) (i32.const 0))"#,
        ),
    )
}

/// A host whose callee runs on the same engine, as the peer's does.
fn host(
    callee: Arc<dyn Chaincode>,
    budget: Budget,
    depth: u32,
    seen: Arc<Mutex<u32>>,
    limit: Duration,
) -> MemoryHost {
    let run = move |name: &str, args: Vec<Bytes>, _: &MemoryHost| {
        let deepest = {
            let mut seen = seen.lock().unwrap();
            *seen = (*seen).max(depth + 1);
            *seen
        };
        let inner = host(
            Arc::clone(&callee),
            budget.clone(),
            deepest,
            Arc::clone(&seen),
            limit,
        );
        let input = Input {
            args,
            is_init: false,
        };
        let call = Call {
            chaincode: name,
            input,
            depth: depth + 1,
            budget: budget.clone(),
            time_limit: limit,
        };
        let answer = callee.execute(call, inner.boxed());
        if deepest == 16 && depth == 15 {
            let refused = Response::error("chaincode calls are nested more than 16 deep");
            assert_eq!(answer, Ok(refused));
        }
        answer.unwrap_or_else(|e| Response::error(e.to_string()))
    };
    MemoryHost {
        callee: Some(Arc::new(run)),
        ..MemoryHost::default()
    }
}

fn run(
    engine: &WasmEngine,
    top: &[u8],
    callee: &[u8],
    budget: Budget,
    limit: Duration,
) -> (Result<Response, ExecuteError>, u32) {
    let seen = Arc::new(Mutex::new(0));
    let host = host(
        load(engine, callee),
        budget.clone(),
        0,
        Arc::clone(&seen),
        limit,
    );
    let call = Call {
        budget,
        time_limit: limit,
        ..Call::new("top", input(&["self"]))
    };
    let answer = load(engine, top).execute(call, host.boxed());
    let deepest = *seen.lock().unwrap();
    (answer, deepest)
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn calls_nest_up_to_the_limit() {
    let engine = engine();
    for _ in 0..3 {
        let (answer, deepest) = run(&engine, &caller(), &caller(), Budget::default(), LONG);
        // The deepest caller made the refusal its payload, and every one above it saw status 500.
        assert_eq!(answer.unwrap().status, 500);
        assert_eq!(deepest, 16);
    }
}

#[test]
fn a_callee_that_recurses_at_the_deepest_level_hurts_nobody() {
    let engine = engine();
    let recursion = component(
        "",
        &format!(
            "(func $f (param i64) (result i64) (i64.add (i64.const 1) (call $f (local.get 0)))) {}",
            invoke("(drop (call $f (i64.const 0))) unreachable")
        ),
    );
    let (answer, _) = run(&engine, &caller(), &recursion, Budget::default(), LONG);
    assert_eq!(
        answer.unwrap().payload,
        "chaincode failed: the transaction exceeded its stack"
    );
}

#[test]
fn the_transaction_pays_for_its_callees() {
    let engine = engine();
    let idle = component(
        "",
        &invoke("(call $answer (i32.const 200) (i32.const 0) (i32.const 0))"),
    );
    let spend = |callee: &[u8]| {
        let budget = Budget::new(1_000_000, Budget::DEFAULT_HOST_WORK);
        let (answer, _) = run(&engine, &careless(), callee, budget.clone(), LONG);
        (answer.unwrap(), budget.fuel())
    };
    let (answer, left) = spend(&idle);
    assert_eq!(answer.status, 200);
    assert!(left > 990_000 && left < 1_000_000);
    let endless = component("", &invoke("(loop $l (br $l)) unreachable"));
    // The callee burns all there is, so the caller cannot go on.
    assert_eq!(
        spend(&endless),
        (
            Response::error("chaincode failed: the transaction used up its fuel"),
            0
        )
    );
}

#[test]
fn a_callee_out_of_time_spoils_the_transaction() {
    let engine = engine();
    let endless = component("", &invoke("(loop $l (br $l)) unreachable"));
    let budget = Budget::new(u64::MAX / 2, Budget::DEFAULT_HOST_WORK);
    let (answer, _) = run(
        &engine,
        &careless(),
        &endless,
        budget,
        Duration::from_millis(30),
    );
    assert_eq!(answer, Err(ExecuteError::Timeout));
}
