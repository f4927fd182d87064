//! What one transaction leaves behind for the next: nothing.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use selvedge_interface::Response;
use selvedge_runtime::{Call, Workers};
use std::sync::Arc;
use support::{MemoryHost, component, engine, input, invoke, load};

/// Answers 200 if its memory, globals and tables are as new, and then spoils them.
fn leaky() -> Vec<u8> {
    let body = invoke(
        r#"
        (if (i32.load (i32.const 60000)) (then (return (call $answer (i32.const 501) (i32.const 0) (i32.const 0)))))
        (if (i32.ne (i32.load (i32.const 1024)) (i32.const 0x64636261)) (then (return (call $answer (i32.const 502) (i32.const 0) (i32.const 0)))))
        (if (global.get $g) (then (return (call $answer (i32.const 503) (i32.const 0) (i32.const 0)))))
        (if (i32.ne (table.size $t) (i32.const 4)) (then (return (call $answer (i32.const 504) (i32.const 0) (i32.const 0)))))
        (if (i32.eqz (ref.is_null (table.get $t (i32.const 3)))) (then (return (call $answer (i32.const 505) (i32.const 0) (i32.const 0)))))
        (if (i32.ne (memory.size) (i32.const 2)) (then (return (call $answer (i32.const 506) (i32.const 0) (i32.const 0)))))
        (drop (memory.grow (i32.const 40)))
        (if (i32.load (i32.const 2500000)) (then (return (call $answer (i32.const 507) (i32.const 0) (i32.const 0)))))
        (memory.fill (i32.const 40000) (i32.const 255) (i32.const 2700000))
        (i32.store (i32.const 1024) (i32.const 0))
        (global.set $g (i32.const 1))
        (table.set $t (i32.const 3) (ref.func $alloc))
        (drop (table.grow $t (ref.null func) (i32.const 100)))
        (call $answer (i32.const 200) (i32.const 0) (i32.const 0))"#,
    );
    component(
        "",
        &format!(
            "(global $g (mut i32) (i32.const 0)) (table $t 4 funcref) (elem declare func $alloc) (data (i32.const 1024) \"abcd\") {body}"
        ),
    )
}

#[test]
fn an_instance_starts_from_the_image() {
    let engine = engine();
    let chaincode = load(&engine, &leaky());
    for _ in 0..50 {
        let answer = chaincode.execute(
            Call::new("leaky", input(&["x"])),
            MemoryHost::default().boxed(),
        );
        assert_eq!(answer, Ok(Response::ok("")));
    }
}

#[test]
fn threads_do_not_see_each_other() {
    let engine = Arc::new(engine());
    let chaincode = load(&engine, &leaky());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let answer = chaincode.execute(
                        Call::new("leaky", input(&["x"])),
                        MemoryHost::default().boxed(),
                    );
                    assert_eq!(answer, Ok(Response::ok("")));
                }
            });
        }
    });
}

#[test]
fn a_trapped_instance_spoils_nothing() {
    let engine = engine();
    let traps = load(
        &engine,
        &component(
            "",
            &invoke("(memory.fill (i32.const 0) (i32.const 255) (i32.const 131072)) unreachable"),
        ),
    );
    let leaky = load(&engine, &leaky());
    for _ in 0..20 {
        assert_eq!(
            traps
                .execute(
                    Call::new("traps", input(&["x"])),
                    MemoryHost::default().boxed()
                )
                .unwrap()
                .status,
            500
        );
        let answer = leaky.execute(
            Call::new("leaky", input(&["x"])),
            MemoryHost::default().boxed(),
        );
        assert_eq!(answer, Ok(Response::ok("")));
    }
}

#[test]
fn a_transaction_on_a_worker_stays_there() {
    let engine = Arc::new(engine());
    let chaincode = load(&engine, &leaky());
    let workers: Workers = engine.workers().clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    workers
        .spawn(move || {
            let answer = chaincode.execute(
                Call::new("leaky", input(&["x"])),
                MemoryHost::default().boxed(),
            );
            sender.send(answer).unwrap();
        })
        .unwrap();
    assert_eq!(receiver.recv().unwrap(), Ok(Response::ok("")));
}
