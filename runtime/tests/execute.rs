//! What a well-behaved guest sees.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use selvedge_interface::{Change, Response};
use selvedge_runtime::{Budget, Call, Code, EngineConfig, WasmEngine};
use support::{MemoryHost, engine, get_and_put, input, load};

#[test]
fn a_guest_reads_and_writes_through_its_host() {
    let engine = engine();
    let chaincode = load(&engine, &get_and_put());
    let host = MemoryHost::with(&[("k", b"old")]);
    let response = chaincode
        .execute(Call::new("kv", input(&["k", "new"])), host.boxed())
        .unwrap();
    assert_eq!(response, Response::ok("old"));
    let writes = host.shared.lock().unwrap().writes.clone();
    assert_eq!(writes, [("k".to_owned(), Change::Put("new".into()))]);
    let absent = chaincode
        .execute(Call::new("kv", input(&["x"])), host.boxed())
        .unwrap();
    assert_eq!(absent.status, 404);
}

#[test]
fn quick_code_uses_the_same_fuel() {
    let quick = EngineConfig {
        code: Code::Quick,
        ..EngineConfig::default()
    };
    let used = [engine(), WasmEngine::new(&quick).unwrap()].map(|engine| {
        let call = Call::new("kv", input(&["k", "new"]));
        let budget = call.budget.clone();
        let host = MemoryHost::with(&[("k", b"v")]);
        assert_eq!(
            load(&engine, &get_and_put()).execute(call, host.boxed()),
            Ok(Response::ok("v"))
        );
        budget.fuel()
    });
    assert_eq!(used[0], used[1]);
}

#[test]
fn a_component_is_compiled_once_with_and_without_its_metadata() {
    let engine = engine();
    let plain = get_and_put();
    let mut told = plain.clone();
    // A custom section called `m`.
    told.extend([0, 3, 1, b'm', b'x']);
    let before = engine.work().compilations;
    load(&engine, &plain);
    let chaincode = load(&engine, &told);
    assert_eq!(engine.work().compilations, before + 1);
    let host = MemoryHost::with(&[("k", b"old")]);
    let call = Call::new("kv", input(&["k", "new"]));
    assert_eq!(
        chaincode.execute(call, host.boxed()),
        Ok(Response::ok("old"))
    );
}

#[test]
fn refusals_reach_the_guest_as_text() {
    let chaincode = load(&engine(), &get_and_put());
    let host = MemoryHost::default();
    let response = chaincode
        .execute(Call::new("kv", input(&[""])), host.boxed())
        .unwrap();
    let text = format!(
        "GET_STATE failed: transaction ID: {}: key must not be an empty string",
        "ab".repeat(32)
    );
    assert_eq!((response.status, response.payload), (501, text.into()));
}

#[test]
fn a_thousand_fresh_instances_agree_to_the_unit_of_fuel() {
    let chaincode = load(&engine(), &get_and_put());
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..1000 {
        let host = MemoryHost::with(&[("k", b"value")]);
        let call = Call::new("kv", input(&["k", "new"]));
        let budget = call.budget.clone();
        let response = chaincode.execute(call, host.boxed()).unwrap();
        assert_eq!(response, Response::ok("value"));
        seen.insert((
            Budget::DEFAULT_FUEL - budget.fuel(),
            Budget::DEFAULT_HOST_WORK - budget.host_work(),
        ));
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen.first().unwrap().0 > 50);
}
