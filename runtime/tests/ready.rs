//! Chaincode that was not called for long gives up its machine code, and nobody can tell.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use selvedge_interface::Response;
use selvedge_runtime::{
    Budget, CacheConfig, Call, Chaincode, EngineConfig, ExecuteError, PackageSource, PackageStore,
    Runtimes, WasmEngine,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Barrier};
use support::{MemoryHost, component, input, invoke};

/// As small as it can be: only the chaincode called last is ready.
const ONE: usize = 1;

fn engine(cache: Option<&Path>, ready_code: usize) -> WasmEngine {
    WasmEngine::new(&EngineConfig {
        cache: cache.map(|dir| CacheConfig {
            dir: dir.to_owned(),
            fresh_key: [7; 32],
        }),
        ready_code,
        ..EngineConfig::default()
    })
    .unwrap()
}

/// Answers with a status of its own.
fn says(status: i32) -> Vec<u8> {
    let body = format!("(call $answer (i32.const {status}) (i32.const 0) (i32.const 0))");
    component("", &invoke(&body))
}

/// Calls another chaincode, and traps unless that answers 200.
fn caller() -> Vec<u8> {
    let invoke_chaincode = r#"(import "fabric:chaincode/chaincode@0.1.0" "invoke-chaincode"
        (func $invoke (param i32 i32 i32 i32 i32 i32 i32)))"#;
    let body = invoke(
        r#"(call $invoke (i32.load (local.get $args)) (i32.load offset=4 (local.get $args)) (i32.const 0) (i32.const 0)
            (local.get $args) (local.get $count) (i32.const 128))
        (if (i32.ne (i32.load (i32.const 128)) (i32.const 200)) (then unreachable))
        (call $answer (i32.const 201) (i32.const 0) (i32.const 0))"#,
    );
    component(invoke_chaincode, &body)
}

fn execute(chaincode: &dyn Chaincode) -> Result<Response, ExecuteError> {
    let call = Call::new("cc", input(&["k"]));
    chaincode.execute(call, MemoryHost::default().boxed())
}

fn status(chaincode: &dyn Chaincode) -> i32 {
    execute(chaincode).unwrap().status
}

/// The answer, and the fuel and host work it took.
fn accounted(chaincode: &dyn Chaincode) -> (Response, u64, u64) {
    let budget = Budget::default();
    let call = Call {
        budget: budget.clone(),
        ..Call::new("cc", input(&["k"]))
    };
    let answer = chaincode.execute(call, MemoryHost::with(&[("k", b"v")]).boxed());
    (answer.unwrap(), budget.fuel(), budget.host_work())
}

#[test]
fn what_was_given_up_answers_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(Some(dir.path()), ONE);
    let get = engine.load(&support::get_and_put()).unwrap();
    let first = accounted(&*get);
    let other = engine.load(&says(202)).unwrap();
    assert_eq!(status(&*other), 202);
    assert_eq!(engine.work().ready, 1);
    for round in 1..4 {
        assert_eq!(accounted(&*get), first);
        assert_eq!(status(&*other), 202);
        let work = engine.work();
        assert_eq!((work.ready, work.reloads), (1, 2 * round));
    }
    assert_eq!(
        (engine.work().compilations, engine.work().cache_hits),
        (2, 0)
    );
}

#[test]
fn with_room_for_all_nothing_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(Some(dir.path()), EngineConfig::default().ready_code);
    let chaincode = [201, 202].map(|n| engine.load(&says(n)).unwrap());
    for _ in 0..3 {
        assert_eq!(chaincode.each_ref().map(|cc| status(&**cc)), [201, 202]);
    }
    let work = engine.work();
    assert_eq!((work.ready, work.reloads), (2, 0));
    assert!(work.ready_code > 0);
}

#[test]
fn without_a_cache_everything_stays() {
    let engine = engine(None, ONE);
    let chaincode = [201, 202, 203].map(|n| engine.load(&says(n)).unwrap());
    assert_eq!(
        chaincode.each_ref().map(|cc| status(&**cc)),
        [201, 202, 203]
    );
    assert!(chaincode.iter().all(|cc| cc.is_there()));
    let work = engine.work();
    assert_eq!((work.compilations, work.reloads), (3, 0));
}

#[test]
fn a_caller_that_is_given_up_while_it_waits_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(Some(dir.path()), ONE);
    let caller = engine.load(&caller()).unwrap();
    for (callee, expected) in [(200, 201), (404, 500)] {
        let callee = engine.load(&says(callee)).unwrap();
        let host = MemoryHost {
            callee: Some(Arc::new(move |name, _, _| {
                let call = Call {
                    depth: 1,
                    ..Call::new(name, input(&["k"]))
                };
                let host = MemoryHost::default();
                callee.execute(call, host.boxed()).unwrap()
            })),
            ..MemoryHost::default()
        };
        let answer = caller.execute(Call::new("caller", input(&["callee"])), host.boxed());
        assert_eq!(answer.unwrap().status, expected);
        // The callee was called last.
        assert_eq!(engine.work().ready, 1);
    }
}

#[test]
fn many_threads_may_push_each_other_out() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(Some(dir.path()), ONE);
    let chaincode = [201, 202, 203].map(|n| engine.load(&says(n)).unwrap());
    let start = Barrier::new(6);
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let (chaincode, start) = (&chaincode, &start);
            scope.spawn(move || {
                start.wait();
                for n in thread..thread + 60 {
                    let which = n % 3;
                    assert_eq!(status(&*chaincode[which]), 201 + which as i32);
                }
            });
        }
    });
    let work = engine.work();
    assert_eq!(
        (work.ready, work.compilations, work.invocations),
        (1, 3, 360)
    );
}

#[test]
fn code_that_is_gone_from_the_cache_is_compiled_again() {
    let (dir, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let engine = Arc::new(engine(Some(cache.path()), ONE));
    let store = PackageStore::open(dir.path()).unwrap();
    let runtimes = Runtimes::new(store, vec![Arc::clone(&engine) as _]);
    let install = |status| {
        let label = format!("cc{status}");
        let package = PackageSource::wasm(&label, says(status), BTreeMap::new());
        runtimes.install(&package.write().unwrap()).unwrap().id
    };
    let (first, _second) = (install(201), install(202));
    let held = runtimes.get(&first).unwrap();
    install(203);
    for entry in std::fs::read_dir(cache.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
    assert!(!held.is_there());
    assert_eq!(
        execute(&*held).unwrap_err().to_string(),
        "could not launch chaincode cc: its compiled code is gone from the cache"
    );
    // Compiled from the package. The cache cannot be written any more, so that it stays now.
    assert_eq!(status(&*runtimes.get(&first).unwrap()), 201);
    install(204);
    assert_eq!(status(&*runtimes.get(&first).unwrap()), 201);
    assert_eq!(engine.work().compilations, 5);
}
