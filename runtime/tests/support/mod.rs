//! Guests as WAT, and the least host that answers them.
#![allow(dead_code, unreachable_pub, reason = "every test file uses its part")]

use bytes::Bytes;
use selvedge_interface::{
    Change, Cursor, Host, HostError, HostResult, Input, Kv, Level, MetadataEntry, Modifications,
    Operation, Page, PageRequest, Response, Scan, Selection, Space, Timestamp, Transaction, WIT,
    Write,
};
use selvedge_runtime::{Chaincode, EngineConfig, WasmEngine, encode_component};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A core module: `imports` and `body` around a memory of two pages, a bump allocator from 64 KiB on that grows the
/// memory at need, and `$answer`, which makes a response with the given status and payload.
pub fn core_module(imports: &str, body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
        {imports}
        (memory (export "memory") 2)
        (global $top (mut i32) (i32.const 65536))
        (func $alloc (export "cabi_realloc") (param $old i32) (param $old_len i32) (param $align i32) (param $len i32) (result i32)
          (local $at i32)
          (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
          (global.set $top (i32.add (local.get $at) (local.get $len)))
          (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
            (then
              (if (i32.eq (i32.const -1) (memory.grow (i32.add (i32.shr_u (local.get $len) (i32.const 16)) (i32.const 2))))
                (then unreachable))))
          (local.get $at))
        (func $answer (param $status i32) (param $ptr i32) (param $len i32) (result i32)
          (i32.store (i32.const 16) (local.get $status))
          (i32.store (i32.const 20) (i32.const 0))
          (i32.store (i32.const 24) (i32.const 0))
          (i32.store (i32.const 28) (local.get $ptr))
          (i32.store (i32.const 32) (local.get $len))
          (i32.const 16))
        {body})"#
    );
    with_world(&text)
}

/// A core module, complete, with the world it is for.
fn with_world(text: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("chaincode.wit", WIT).unwrap();
    let world = resolve.select_world(&[package], Some("contract")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}

/// A core module of the test's own making.
pub fn component_of(text: &str) -> Vec<u8> {
    encode_component(&with_world(text)).unwrap()
}

pub fn component(imports: &str, body: &str) -> Vec<u8> {
    encode_component(&core_module(imports, body)).unwrap()
}

/// The guest's `invoke` with this body; its parameters are `$args`, `$count` and `$init`.
pub fn invoke(body: &str) -> String {
    format!(
        r#"(func (export "invoke") (param $args i32) (param $count i32) (param $init i32) (result i32) {body})"#
    )
}

pub const STATE: &str = r#"
    (import "fabric:chaincode/state@0.1.0" "get-state" (func $get (param i32 i32 i32)))
    (import "fabric:chaincode/state@0.1.0" "put-state" (func $put (param i32 i32 i32 i32 i32)))
    "#;

/// With two arguments puts the second under the first; answers with what the first had. Exposed errors: status 501.
pub fn get_and_put() -> Vec<u8> {
    let body = invoke(
        r#"
        (if (i32.eq (local.get $count) (i32.const 2)) (then
          (call $put (i32.load (local.get $args)) (i32.load offset=4 (local.get $args))
            (i32.load offset=8 (local.get $args)) (i32.load offset=12 (local.get $args)) (i32.const 128))
          (if (i32.load8_u (i32.const 128)) (then
            (return (call $answer (i32.const 501) (i32.load (i32.const 132)) (i32.load (i32.const 136))))))))
        (call $get (i32.load (local.get $args)) (i32.load offset=4 (local.get $args)) (i32.const 128))
        (if (i32.load8_u (i32.const 128)) (then
          (return (call $answer (i32.const 501) (i32.load (i32.const 132)) (i32.load (i32.const 136))))))
        (if (i32.eqz (i32.load8_u (i32.const 132))) (then (return (call $answer (i32.const 404) (i32.const 0) (i32.const 0)))))
        (call $answer (i32.const 200) (i32.load (i32.const 136)) (i32.load (i32.const 140)))"#,
    );
    component(STATE, &body)
}

#[derive(Default)]
pub struct Shared {
    pub state: BTreeMap<String, Bytes>,
    pub writes: Vec<(String, Change)>,
    pub log: Vec<(Level, String)>,
    pub events: Vec<(String, Bytes)>,
    pub open: BTreeMap<u32, Vec<Kv>>,
    pub calls: u64,
}

type Callee = Arc<dyn Fn(&str, Vec<Bytes>, &MemoryHost) -> Response + Send + Sync>;

/// Answers from a map, and remembers what it was told.
#[derive(Clone)]
pub struct MemoryHost {
    pub shared: Arc<Mutex<Shared>>,
    pub transaction: Transaction,
    pub callee: Option<Callee>,
}

impl Default for MemoryHost {
    fn default() -> Self {
        let transaction = Transaction {
            tx_id: "ab".repeat(32),
            channel_id: "ch".to_owned(),
            timestamp: Timestamp {
                seconds: 1_700_000_000,
                nanos: 5,
            },
            ..Transaction::default()
        };
        Self {
            shared: Arc::default(),
            transaction,
            callee: None,
        }
    }
}

impl MemoryHost {
    pub fn boxed(&self) -> Box<dyn Host> {
        Box::new(self.clone())
    }

    pub fn with(state: &[(&str, &[u8])]) -> Self {
        let host = Self::default();
        for (key, value) in state {
            host.shared
                .lock()
                .unwrap()
                .state
                .insert((*key).to_owned(), Bytes::copy_from_slice(value));
        }
        host
    }

    pub fn log(&self) -> Vec<(Level, String)> {
        self.shared.lock().unwrap().log.clone()
    }

    fn refuse(&self, operation: Operation, cause: &str) -> HostError {
        HostError::new(operation, &self.transaction.tx_id, cause)
    }
}

const BATCH: usize = 10;

fn batch(shared: &mut Shared, mut rows: Vec<Kv>) -> Scan {
    let rest = rows.split_off(rows.len().min(BATCH));
    let cursor = (!rest.is_empty()).then(|| {
        let id = shared.calls as u32;
        shared.open.insert(id, rest);
        Cursor(id)
    });
    Scan { rows, cursor }
}

impl Host for MemoryHost {
    fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    fn get_state(&mut self, _space: Space<'_>, key: &str) -> HostResult<Option<Bytes>> {
        let mut shared = self.shared.lock().unwrap();
        shared.calls += 1;
        if key.is_empty() {
            drop(shared);
            return Err(self.refuse(Operation::GetState, "key must not be an empty string"));
        }
        Ok(shared.state.get(key).cloned())
    }

    fn get_multiple_states(
        &mut self,
        space: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        keys.iter().map(|key| self.get_state(space, key)).collect()
    }

    fn get_private_data_hash(
        &mut self,
        _collection: &str,
        _key: &str,
    ) -> HostResult<Option<Bytes>> {
        Ok(None)
    }

    fn write(&mut self, _space: Space<'_>, key: &str, change: Change) -> HostResult<()> {
        if key.is_empty() {
            return Err(self.refuse(Operation::PutState, "key must not be an empty string"));
        }
        self.shared
            .lock()
            .unwrap()
            .writes
            .push((key.to_owned(), change));
        Ok(())
    }

    fn write_batch(&mut self, writes: Vec<Write>) -> HostResult<()> {
        writes
            .into_iter()
            .try_for_each(|w| self.write(Space::from_collection(&w.collection), &w.key, w.change))
    }

    fn get_state_metadata(
        &mut self,
        _space: Space<'_>,
        _key: &str,
    ) -> HostResult<Vec<MetadataEntry>> {
        Ok(Vec::new())
    }

    fn open(&mut self, selection: Selection<'_>) -> HostResult<Scan> {
        let Selection::Range { start, end, .. } = selection else {
            return Err(self.refuse(Operation::GetQueryResult, "not supported here"));
        };
        let mut shared = self.shared.lock().unwrap();
        shared.calls += 1;
        let rows = shared
            .state
            .iter()
            .filter(|(k, _)| k.as_str() >= start && (end.is_empty() || k.as_str() < end));
        let rows = rows
            .map(|(key, value)| Kv {
                key: key.clone(),
                value: value.clone(),
            })
            .collect();
        Ok(batch(&mut shared, rows))
    }

    fn page(&mut self, _selection: Selection<'_>, _request: PageRequest<'_>) -> HostResult<Page> {
        Ok(Page::default())
    }

    fn history(&mut self, _key: &str) -> HostResult<Modifications> {
        Ok(Modifications::default())
    }

    fn next(&mut self, cursor: Cursor) -> HostResult<Scan> {
        let mut shared = self.shared.lock().unwrap();
        shared.calls += 1;
        match shared.open.remove(&cursor.0) {
            Some(rows) => Ok(batch(&mut shared, rows)),
            None => {
                drop(shared);
                Err(self.refuse(Operation::QueryStateNext, "query iterator not found"))
            }
        }
    }

    fn next_modifications(&mut self, _cursor: Cursor) -> HostResult<Modifications> {
        Err(self.refuse(Operation::QueryStateNext, "query iterator not found"))
    }

    fn close(&mut self, cursor: Cursor) {
        self.shared.lock().unwrap().open.remove(&cursor.0);
    }

    fn invoke_chaincode(&mut self, name: &str, _channel: &str, args: Vec<Bytes>) -> Response {
        match self.callee.clone() {
            Some(callee) => callee(name, args, self),
            None => Response::error("no other chaincode here"),
        }
    }

    fn set_event(&mut self, name: &str, payload: Bytes) {
        self.shared
            .lock()
            .unwrap()
            .events
            .push((name.to_owned(), payload));
    }

    fn log(&mut self, level: Level, message: &str) {
        self.shared
            .lock()
            .unwrap()
            .log
            .push((level, message.to_owned()));
    }
}

pub fn engine() -> WasmEngine {
    let workers = NonZeroUsize::new(2).unwrap();
    WasmEngine::new(&EngineConfig {
        workers,
        ..EngineConfig::default()
    })
    .unwrap()
}

pub fn load(engine: &WasmEngine, component: &[u8]) -> Arc<dyn Chaincode> {
    engine.load(component).unwrap()
}

pub fn input<T: AsRef<[u8]>>(args: &[T]) -> Input {
    Input {
        args: args
            .iter()
            .map(|a| Bytes::copy_from_slice(a.as_ref()))
            .collect(),
        is_init: false,
    }
}
