//! What a guest's standard library finds behind `wasi_snapshot_preview1`.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use selvedge_interface::{Level, Response, Timestamp};
use selvedge_runtime::{Call, WasmEngine};
use std::sync::LazyLock;
use support::{MemoryHost, component, engine, input, invoke, load};

static ENGINE: LazyLock<WasmEngine> = LazyLock::new(engine);

fn wasi(name: &str, params: &str) -> String {
    format!(
        r#"(import "wasi_snapshot_preview1" "{name}" (func ${name} (param {params}) (result i32)))"#
    )
}

/// Runs `body` and answers with the `len` bytes from 1024 on.
fn run(imports: &str, body: &str, len: u32, host: &MemoryHost) -> Response {
    let body = invoke(&format!(
        "{body} (call $answer (i32.const 200) (i32.const 1024) (i32.const {len}))"
    ));
    let chaincode = load(&ENGINE, &component(imports, &body));
    chaincode
        .execute(Call::new("std", input(&["a"])), host.boxed())
        .unwrap()
}

fn words(response: &Response) -> Vec<u64> {
    response
        .payload
        .chunks(8)
        .map(|c| u64::from_le_bytes(c.try_into().unwrap()))
        .collect()
}

const AT: u64 = 1_700_000_000_000_000_005;

/// Puts the reading of `clock` at `at`.
fn read(clock: u32, at: u32) -> String {
    format!("(drop (call $clock_time_get (i32.const {clock}) (i64.const 0) (i32.const {at})))")
}

/// A relative sleep on the monotonic clock; the subscription is at 2048.
fn sleep(nanos: u64) -> String {
    format!(
        "(i64.store (i32.const 2048) (i64.const 99)) (i32.store offset=16 (i32.const 2048) (i32.const 1))
        (i64.store offset=24 (i32.const 2048) (i64.const {nanos}))
        (drop (call $poll_oneoff (i32.const 2048) (i32.const 4096) (i32.const 1) (i32.const 8192)))"
    )
}

#[test]
fn the_clock_is_the_transactions() {
    let imports = [
        wasi("clock_time_get", "i32 i64 i32"),
        wasi("poll_oneoff", "i32 i32 i32 i32"),
    ]
    .concat();
    let body = [
        read(0, 1024),
        read(0, 1032),
        read(1, 1040),
        read(1, 1048),
        sleep(5_000_000_000),
        read(0, 1056),
        read(1, 1064),
    ]
    .concat();
    let response = run(&imports, &body, 48, &MemoryHost::default());
    let late = AT + 5_000_000_000;
    assert_eq!(
        words(&response),
        [AT, AT, AT + 1000, AT + 2000, late, late + 3000]
    );
}

#[test]
fn an_absolute_sleep_ends_at_its_time() {
    let imports = [
        wasi("clock_time_get", "i32 i64 i32"),
        wasi("poll_oneoff", "i32 i32 i32 i32"),
    ]
    .concat();
    let body = [
        sleep(AT + 7).replace("i32.store offset=16 (i32.const 2048) (i32.const 1)", "i32.store16 offset=40 (i32.const 2048) (i32.const 1)"),
        read(0, 1024),
        "(i64.store (i32.const 1032) (i64.load (i32.const 4096))) (i64.store (i32.const 1040) (i64.load offset=8 (i32.const 4096))) (i64.store (i32.const 1048) (i64.load32_u (i32.const 8192)))".to_owned(),
    ]
    .concat();
    let response = run(&imports, &body, 32, &MemoryHost::default());
    assert_eq!(words(&response), [AT + 7, 99, 0, 1]);
}

#[test]
fn a_time_before_1970_is_zero() {
    let mut host = MemoryHost::default();
    host.transaction.timestamp = Timestamp {
        seconds: -5,
        nanos: 0,
    };
    let response = run(
        &wasi("clock_time_get", "i32 i64 i32"),
        &read(0, 1024),
        8,
        &host,
    );
    assert_eq!(words(&response), [0]);
}

#[test]
fn random_bytes_are_a_function_of_the_transaction() {
    let body = "(drop (call $random_get (i32.const 1024) (i32.const 8))) (drop (call $random_get (i32.const 1032) (i32.const 13)))";
    let draw = |host: &MemoryHost| run(&wasi("random_get", "i32 i32"), body, 24, host).payload;
    let first = draw(&MemoryHost::default());
    assert_eq!(first, draw(&MemoryHost::default()));
    assert_eq!(&first[21..], [0, 0, 0]);
    assert_ne!(first[..8], first[8..16]);
    let mut other = MemoryHost::default();
    other.transaction.tx_id = "cd".repeat(32);
    assert_ne!(first, draw(&other));
}

#[test]
fn output_becomes_log_lines() {
    // One vector of two parts: a whole line and the beginning of the next, which a second write ends.
    let imports = format!(
        "{} (data (i32.const 512) \"one\\ntwo\") (data (i32.const 600) \"\\00\\02\\00\\00\\05\\00\\00\\00\\05\\02\\00\\00\\02\\00\\00\\00\")",
        wasi("fd_write", "i32 i32 i32 i32")
    );
    let write = |fd: u32| {
        format!("(call $fd_write (i32.const {fd}) (i32.const 600) (i32.const 2) (i32.const 1028))")
    };
    let body = format!(
        "(i32.store (i32.const 1024) {}) (drop {}) (i32.store (i32.const 1032) {})",
        write(1),
        write(2),
        write(3)
    );
    let host = MemoryHost::default();
    let response = run(&imports, &body, 12, &host);
    // The first write succeeded, seven bytes were taken, and descriptor 3 does not exist.
    let results: Vec<u32> = response
        .payload
        .chunks(4)
        .map(|c| u32::from_le_bytes(c.try_into().unwrap()))
        .collect();
    assert_eq!(results, [0, 7, 8]);
    let lines = [
        (Level::Info, "one"),
        (Level::Warn, "one"),
        (Level::Info, "two"),
        (Level::Warn, "two"),
    ];
    assert_eq!(
        host.log(),
        lines.map(|(level, line)| (level, line.to_owned()))
    );
}

#[test]
fn there_is_nothing_else() {
    let imports = [
        wasi("args_sizes_get", "i32 i32"),
        wasi("environ_sizes_get", "i32 i32"),
        wasi("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
        wasi("fd_prestat_get", "i32 i32"),
        wasi("fd_read", "i32 i32 i32 i32"),
        wasi("sock_accept", "i32 i32 i32"),
    ]
    .concat();
    let zero = "(i32.const 0)";
    let body = format!(
        "(i32.store (i32.const 1040) (i32.const 9)) (i32.store (i32.const 1056) (i32.const 9))
        (i32.store (i32.const 1024) (call $args_sizes_get (i32.const 1040) (i32.const 1044)))
        (i32.store (i32.const 1028) (call $environ_sizes_get (i32.const 1048) (i32.const 1052)))
        (i32.store (i32.const 1032) (call $path_open (i32.const 3) {zero} {zero} {zero} {zero} (i64.const 0) (i64.const 0) {zero} {zero}))
        (i32.store (i32.const 1036) (call $fd_prestat_get (i32.const 3) {zero}))
        (drop (call $fd_read {zero} {zero} {zero} (i32.const 1056)))
        (i32.store (i32.const 1060) (call $sock_accept (i32.const 4) {zero} {zero}))"
    );
    let response = run(&imports, &body, 40, &MemoryHost::default());
    let results: Vec<u32> = response
        .payload
        .chunks(4)
        .map(|c| u32::from_le_bytes(c.try_into().unwrap()))
        .collect();
    assert_eq!(results, [0, 0, 44, 8, 0, 0, 0, 0, 0, 8]);
}
