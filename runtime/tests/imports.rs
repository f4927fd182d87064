//! Every import of the world arrives at its operation of `Host`, and its answer at the guest.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use selvedge_interface::{Change, Kv, MetadataEntry, Response};
use selvedge_runtime::{Call, WasmEngine};
use std::sync::LazyLock;
use support::{MemoryHost, component, engine, input, invoke, load};

static ENGINE: LazyLock<WasmEngine> = LazyLock::new(engine);

fn import(interface: &str, name: &str, signature: &str) -> String {
    format!(r#"(import "fabric:chaincode/{interface}@0.1.0" "{name}" (func ${name} {signature}))"#)
}

/// Runs `body` with the texts at fixed places: `k` at 512, `coll` at 520, `value` at 530, `entry` at 540.
fn run(imports: &str, body: &str, host: &MemoryHost) -> Response {
    let data = r#"(data (i32.const 512) "k") (data (i32.const 520) "coll") (data (i32.const 530) "value") (data (i32.const 540) "entry")"#;
    let chaincode = load(
        &ENGINE,
        &component(imports, &format!("{data} {}", invoke(body))),
    );
    chaincode
        .execute(Call::new("std", input(&["a"])), host.boxed())
        .unwrap()
}

const K: &str = "(i32.const 512) (i32.const 1)";
const COLLECTION: &str = "(i32.const 520) (i32.const 4)";
const VALUE: &str = "(i32.const 530) (i32.const 5)";
const ENTRY: &str = "(i32.const 540) (i32.const 5)";
/// Results go to 128; a `result` begins with 0 for success.
const OUT: &str = "(i32.const 128)";
const OK: &str = "(call $answer (i32.const 200) (i32.const 0) (i32.const 0))";
/// The text of a refusal, or the bytes of a list, right after the discriminant.
const TEXT: &str = "(call $answer (i32.load8_u (i32.const 128)) (i32.load (i32.const 132)) (i32.load (i32.const 136)))";
/// The bytes in `result<option<list<u8>>, string>`.
const SOME: &str = "(call $answer (i32.load8_u (i32.const 132)) (i32.load (i32.const 136)) (i32.load (i32.const 140)))";

fn writes(host: &MemoryHost) -> Vec<(String, Change)> {
    host.shared.lock().unwrap().writes.clone()
}

fn entry() -> Change {
    Change::Metadata(MetadataEntry {
        name: "entry".into(),
        value: "value".into(),
    })
}

#[test]
fn public_writes() {
    let imports = [
        import("state", "del-state", "(param i32 i32 i32)"),
        import(
            "state",
            "put-state-metadata",
            "(param i32 i32 i32 i32 i32 i32 i32)",
        ),
    ]
    .concat();
    let host = MemoryHost::default();
    let body = format!(
        "(call $del-state {K} {OUT}) (call $put-state-metadata {K} {ENTRY} {VALUE} {OUT}) {OK}"
    );
    assert_eq!(run(&imports, &body, &host).status, 200);
    assert_eq!(
        writes(&host),
        [("k".into(), Change::Delete), ("k".into(), entry())]
    );
}

#[test]
fn private_writes() {
    let imports = [
        import(
            "private-data",
            "put-private-data",
            "(param i32 i32 i32 i32 i32 i32 i32)",
        ),
        import(
            "private-data",
            "del-private-data",
            "(param i32 i32 i32 i32 i32)",
        ),
        import(
            "private-data",
            "purge-private-data",
            "(param i32 i32 i32 i32 i32)",
        ),
        import(
            "private-data",
            "put-private-data-metadata",
            "(param i32 i32 i32 i32 i32 i32 i32 i32 i32)",
        ),
    ]
    .concat();
    let host = MemoryHost::default();
    let body = format!(
        "(call $put-private-data {COLLECTION} {K} {VALUE} {OUT}) (call $del-private-data {COLLECTION} {K} {OUT})
        (call $purge-private-data {COLLECTION} {K} {OUT})
        (call $put-private-data-metadata {COLLECTION} {K} {ENTRY} {VALUE} {OUT}) {OK}"
    );
    assert_eq!(run(&imports, &body, &host).status, 200);
    let expected = [
        Change::Put("value".into()),
        Change::Delete,
        Change::Purge,
        entry(),
    ];
    assert_eq!(
        writes(&host),
        expected.map(|change| ("k".to_owned(), change))
    );
}

#[test]
fn the_empty_collection_is_not_public_state() {
    let host = MemoryHost::with(&[("k", b"public")]);
    let none = "(i32.const 520) (i32.const 0)";
    for (name, signature, arguments) in [
        (
            "get-private-data",
            "(param i32 i32 i32 i32 i32)",
            format!("{none} {K} {OUT}"),
        ),
        (
            "get-private-data-hash",
            "(param i32 i32 i32 i32 i32)",
            format!("{none} {K} {OUT}"),
        ),
        (
            "get-multiple-private-data",
            "(param i32 i32 i32 i32 i32)",
            format!("{none} {K} {OUT}")
                .replace("512", "0")
                .replace("(i32.const 1)", "(i32.const 0)"),
        ),
        (
            "put-private-data",
            "(param i32 i32 i32 i32 i32 i32 i32)",
            format!("{none} {K} {VALUE} {OUT}"),
        ),
        (
            "del-private-data",
            "(param i32 i32 i32 i32 i32)",
            format!("{none} {K} {OUT}"),
        ),
        (
            "purge-private-data",
            "(param i32 i32 i32 i32 i32)",
            format!("{none} {K} {OUT}"),
        ),
        (
            "get-private-data-metadata",
            "(param i32 i32 i32 i32 i32)",
            format!("{none} {K} {OUT}"),
        ),
        (
            "get-private-data-by-range",
            "(param i32 i32 i32 i32 i32 i32 i32)",
            format!("{none} {K} {K} {OUT}"),
        ),
        (
            "get-private-data-query-result",
            "(param i32 i32 i32 i32 i32)",
            format!("{none} {K} {OUT}"),
        ),
    ] {
        let answer = run(
            &import("private-data", name, signature),
            &format!("(call ${name} {arguments}) {TEXT}"),
            &host,
        );
        let refused = Response {
            status: 1,
            payload: "collection must not be an empty string".into(),
            ..Response::default()
        };
        assert_eq!(answer, refused, "{name}");
    }
    assert!(writes(&host).is_empty());
}

#[test]
fn private_reads() {
    let host = MemoryHost::with(&[("k", b"secret")]);
    let imports = import(
        "private-data",
        "get-private-data",
        "(param i32 i32 i32 i32 i32)",
    );
    let answer = run(
        &imports,
        &format!("(call $get-private-data {COLLECTION} {K} {OUT}) {SOME}"),
        &host,
    );
    assert_eq!((answer.status, answer.payload), (1, "secret".into()));
}

#[test]
fn a_scan_is_read_to_its_end() {
    let host = MemoryHost::default();
    for n in 0..25 {
        host.shared
            .lock()
            .unwrap()
            .state
            .insert(format!("key{n:02}"), format!("v{n}").into());
    }
    let imports = [
        import("state", "get-state-by-range", "(param i32 i32 i32 i32 i32)"),
        import("state", "next", "(param i32 i32)"),
    ]
    .concat();
    // result<scan>: 132 and 136 the rows, 140 whether there is a cursor, 144 the cursor. The first bytes of all values
    // are collected from 70000 on; a row is 16 bytes, its value at 8.
    let body = format!(
        "(local $i i32) (local $n i32)
        (call $get-state-by-range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) {OUT})
        (loop $batches
          (local.set $i (i32.const 0))
          (loop $rows
            (i32.store8 offset=40000 (local.get $n)
              (i32.load8_u offset=1 (i32.load offset=8 (i32.add (i32.load (i32.const 132)) (i32.shl (local.get $i) (i32.const 4))))))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $rows (i32.lt_u (local.get $i) (i32.load (i32.const 136)))))
          (if (i32.load8_u (i32.const 140)) (then
            (call $next (i32.load (i32.const 144)) {OUT})
            (br $batches))))
        (call $answer (i32.const 200) (i32.const 40000) (local.get $n))"
    );
    assert_eq!(
        run(&imports, &body, &host),
        Response::ok("0123456789111111111122222")
    );
    assert!(host.shared.lock().unwrap().open.is_empty());
}

#[test]
fn a_batch_of_writes_keeps_its_order() {
    let host = MemoryHost::default();
    // write: collection, key, then the change: discriminant at 16 and payload at 20; 40 bytes in all.
    let imports = import("state", "write-batch", "(param i32 i32 i32)");
    let body = format!(
        "(i32.store (i32.const 1032) (i32.const 512)) (i32.store (i32.const 1036) (i32.const 1))
        (i32.store (i32.const 1044) (i32.const 530)) (i32.store (i32.const 1048) (i32.const 5))
        (i32.store (i32.const 1068) (i32.const 512)) (i32.store (i32.const 1072) (i32.const 1))
        (i32.store8 (i32.const 1076) (i32.const 1))
        (call $write-batch (i32.const 1024) (i32.const 2) {OUT})
        (call $answer (i32.load8_u (i32.const 128)) (i32.const 0) (i32.const 0))"
    );
    assert_eq!(run(&imports, &body, &host).status, 0);
    assert_eq!(
        writes(&host),
        [
            ("k".into(), Change::Put("value".into())),
            ("k".into(), Change::Delete)
        ]
    );
}

#[test]
fn events_need_a_name() {
    let host = MemoryHost::default();
    let imports = import("chaincode", "set-event", "(param i32 i32 i32 i32 i32)");
    let body = format!(
        "(call $set-event {ENTRY} {VALUE} {OUT}) (call $set-event (i32.const 0) (i32.const 0) {VALUE} {OUT}) {TEXT}"
    );
    assert_eq!(
        run(&imports, &body, &host).payload,
        "event name can not be empty string"
    );
    assert_eq!(
        host.shared.lock().unwrap().events,
        [("entry".to_owned(), "value".into())]
    );
}

#[test]
fn hashes_and_transaction_info() {
    let host = MemoryHost::default();
    let imports = [
        import("crypto", "sha256", "(param i32 i32 i32)"),
        import("context", "transaction", "(param i32)"),
    ]
    .concat();
    let hash = format!(
        "(call $sha256 (i32.const 0) (i32.const 0) {OUT}) (call $answer (i32.const 200) (i32.load (i32.const 128)) (i32.load (i32.const 132)))"
    );
    let answer = run(&imports, &hash, &host);
    assert_eq!(hex::encode(&answer.payload[..4]), "e3b0c442");
    let id = format!(
        "(call $transaction {OUT}) (call $answer (i32.wrap_i64 (i64.load (i32.const 144))) (i32.load (i32.const 128)) (i32.load (i32.const 132)))"
    );
    let answer = run(&imports, &id, &host);
    assert_eq!(
        (answer.status, answer.payload),
        (1_700_000_000, "ab".repeat(32).into())
    );
}

#[test]
fn several_keys_at_once() {
    let host = MemoryHost::with(&[("k", b"v")]);
    let imports = import("state", "get-multiple-states", "(param i32 i32 i32)");
    // Two strings at 1024: "k" and "value"; the answer's two options are 12 bytes each.
    let body = format!(
        "(i32.store (i32.const 1024) (i32.const 512)) (i32.store (i32.const 1028) (i32.const 1))
        (i32.store (i32.const 1032) (i32.const 530)) (i32.store (i32.const 1036) (i32.const 5))
        (call $get-multiple-states (i32.const 1024) (i32.const 2) {OUT})
        (call $answer
          (i32.add (i32.mul (i32.const 100) (i32.load (i32.const 136)))
            (i32.sub (i32.load8_u (i32.load (i32.const 132))) (i32.load8_u offset=12 (i32.load (i32.const 132)))))
          (i32.load offset=4 (i32.load (i32.const 132))) (i32.load offset=8 (i32.load (i32.const 132))))"
    );
    let answer = run(&imports, &body, &host);
    assert_eq!((answer.status, answer.payload), (201, "v".into()));
}

#[test]
fn rows_are_what_the_host_gave() {
    let kv = Kv {
        key: "k".into(),
        value: "v".into(),
    };
    let host = MemoryHost::with(&[(kv.key.as_str(), &kv.value)]);
    let imports = import("state", "get-state-by-range", "(param i32 i32 i32 i32 i32)");
    let body = format!(
        "(call $get-state-by-range {K} (i32.const 0) (i32.const 0) {OUT})
        (call $answer (i32.load8_u (i32.load (i32.load (i32.const 132))))
          (i32.load offset=8 (i32.load (i32.const 132))) (i32.load offset=12 (i32.load (i32.const 132))))"
    );
    let answer = run(&imports, &body, &host);
    assert_eq!(
        (answer.status, answer.payload),
        (i32::from(b'k'), "v".into())
    );
}
