//! What the log says about a guest that trapped, and no response does.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use selvedge_interface::Response;
use selvedge_runtime::Call;
use std::fmt::Debug;
use std::sync::Mutex;
use support::{MemoryHost, component, engine, input, invoke, load};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps events as text.
struct Collect;

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!("{}={value:?};", field.name()));
    }
}

impl Subscriber for Collect {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("selvedge_runtime")
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        EVENTS.lock().unwrap().push(fields.0);
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[test]
fn a_trap_is_explained_in_the_log_alone() {
    tracing::subscriber::set_global_default(Collect).unwrap();
    let imports =
        r#"(import "fabric:chaincode/context@0.1.0" "fault" (func $fault (param i32 i32)))"#;
    let body = format!(
        "(data (i32.const 512) \"panicked at \\1b[31mlib.rs\") {}",
        invoke(
            "(call $fault (i32.const 512) (i32.const 23)) (i32.store (i32.const -4) (i32.const 0)) unreachable"
        )
    );
    let chaincode = load(&engine(), &component(imports, &body));
    let answer = chaincode.execute(
        Call::new("basic", input(&["a"])),
        MemoryHost::default().boxed(),
    );
    assert_eq!(
        answer,
        Ok(Response::error("chaincode failed: the transaction trapped"))
    );
    let events = EVENTS.lock().unwrap().clone();
    let [event] = events.as_slice() else {
        panic!("{events:?}")
    };
    for part in [
        r#"chaincode="basic""#,
        &format!(r#"tx_id="{}""#, "ab".repeat(32)),
        "failure=Trap",
        "out of bounds memory access",
        r#"fault="panicked at \\u{1b}[31mlib.rs""#,
    ] {
        assert!(event.contains(part), "{part} in {event}");
    }
}
