//! Guests, and the least host that answers them.
#![allow(dead_code, unreachable_pub, reason = "every test file uses its part")]

mod guest;
pub use guest::*;

use bytes::Bytes;
use selvedge_interface::{
    Change, Cursor, Host, HostError, HostResult, Input, Kv, Level, MetadataEntry, Modifications,
    Operation, Page, PageRequest, Response, Scan, Selection, Space, Timestamp, Transaction, Write,
};
use selvedge_runtime::{Chaincode, EngineConfig, WasmEngine};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

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
