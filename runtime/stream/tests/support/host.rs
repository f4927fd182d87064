//! A host over a map, which counts what is asked of it.

use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_interface::{
    Called, Change, Cursor, Host, HostError, HostResult, Input, Kv, Level, MetadataEntry,
    Modification, Modifications, Operation, Page, PageRequest, Response, Scan, Selection, Space,
    Transaction, Write,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What outlives one host.
#[derive(Default)]
pub struct World {
    pub state: BTreeMap<(String, String), Bytes>,
    pub metadata: BTreeMap<(String, String), MetadataEntry>,
    pub events: Vec<(String, Bytes)>,
    pub calls: Vec<(String, Vec<Bytes>)>,
    pub closed: Vec<Cursor>,
    /// Hosts that are in use.
    pub alive: usize,
}

pub type Shared = Arc<Mutex<World>>;
type Callee = Box<dyn FnMut(&str, Vec<Bytes>) -> Response + Send>;

pub struct TestHost {
    pub world: Shared,
    pub transaction: Transaction,
    pub callee: Option<Callee>,
    left: Vec<Kv>,
}

/// Rows of one batch.
pub const BATCH: usize = 2;

impl TestHost {
    pub fn new(world: &Shared, tx_id: &str) -> Self {
        world.lock().alive += 1;
        Self {
            world: Arc::clone(world),
            transaction: Transaction {
                tx_id: tx_id.to_owned(),
                channel_id: "ch".to_owned(),
                ..Transaction::default()
            },
            callee: None,
            left: Vec::new(),
        }
    }

    fn refuse(&self, operation: Operation, cause: &str) -> HostError {
        HostError::new(operation, &self.transaction.tx_id, cause)
    }

    fn rows(&self, space: Space<'_>) -> Vec<Kv> {
        let world = self.world.lock();
        let rows = world.state.iter();
        rows.filter(|((collection, _), _)| collection == space.collection())
            .map(|((_, key), value)| Kv {
                key: key.clone(),
                value: value.clone(),
            })
            .collect()
    }

    fn batch(&mut self) -> Scan {
        let rest = self.left.split_off(self.left.len().min(BATCH));
        let rows = std::mem::replace(&mut self.left, rest);
        Scan {
            rows,
            cursor: (!self.left.is_empty()).then_some(Cursor(7)),
        }
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        self.world.lock().alive -= 1;
    }
}

fn at(space: Space<'_>, key: &str) -> (String, String) {
    (space.collection().to_owned(), key.to_owned())
}

impl Host for TestHost {
    fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    fn get_state(&mut self, space: Space<'_>, key: &str) -> HostResult<Option<Bytes>> {
        if key == "broken" {
            return Err(self.refuse(Operation::GetState, "the disk is on fire"));
        }
        Ok(self.world.lock().state.get(&at(space, key)).cloned())
    }

    fn get_multiple_states(
        &mut self,
        space: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        keys.iter().map(|key| self.get_state(space, key)).collect()
    }

    fn get_private_data_hash(&mut self, collection: &str, key: &str) -> HostResult<Option<Bytes>> {
        Ok(Some(format!("hash of {collection}/{key}").into()))
    }

    fn write(&mut self, space: Space<'_>, key: &str, change: Change) -> HostResult<()> {
        let mut world = self.world.lock();
        let key = at(space, key);
        match change {
            Change::Put(value) => drop(world.state.insert(key, value)),
            Change::Delete => drop(world.state.remove(&key)),
            Change::Purge if space == Space::Public => {
                drop(world);
                let cause = "only applicable for private data";
                return Err(self.refuse(Operation::PurgePrivateData, cause));
            }
            Change::Purge => drop(world.state.remove(&key)),
            Change::Metadata(entry) => drop(world.metadata.insert(key, entry)),
        }
        Ok(())
    }

    fn write_batch(&mut self, writes: Vec<Write>) -> HostResult<()> {
        for write in writes {
            let space = Space::from_collection(&write.collection);
            self.write(space, &write.key, write.change)?;
        }
        Ok(())
    }

    fn get_state_metadata(
        &mut self,
        space: Space<'_>,
        key: &str,
    ) -> HostResult<Vec<MetadataEntry>> {
        let entry = self.world.lock().metadata.get(&at(space, key)).cloned();
        Ok(entry.into_iter().collect())
    }

    fn open(&mut self, selection: Selection<'_>) -> HostResult<Scan> {
        match selection {
            Selection::Range { space, .. } => {
                self.left = self.rows(space);
                Ok(self.batch())
            }
            Selection::Rich { query, .. } => {
                Err(self.refuse(Operation::GetQueryResult, &format!("no such {query}")))
            }
        }
    }

    fn page(&mut self, selection: Selection<'_>, request: PageRequest<'_>) -> HostResult<Page> {
        let Selection::Range { space, .. } = selection else {
            return Ok(Page::default());
        };
        let mut rows = self.rows(space);
        rows.retain(|row| row.key.as_str() >= request.bookmark);
        let rest = rows.split_off(rows.len().min(request.size as usize));
        Ok(Page {
            fetched: rows.len() as i32,
            rows,
            bookmark: rest.first().map(|row| row.key.clone()).unwrap_or_default(),
        })
    }

    fn history(&mut self, key: &str) -> HostResult<Modifications> {
        let row = Modification {
            tx_id: "earlier".to_owned(),
            value: key.to_owned().into(),
            timestamp: None,
            is_delete: false,
        };
        Ok(Modifications {
            rows: vec![row],
            cursor: Some(Cursor(9)),
        })
    }

    fn next(&mut self, _: Cursor) -> HostResult<Scan> {
        Ok(self.batch())
    }

    fn next_modifications(&mut self, _: Cursor) -> HostResult<Modifications> {
        Ok(Modifications::default())
    }

    fn close(&mut self, cursor: Cursor) {
        self.world.lock().closed.push(cursor);
    }

    fn invoke_chaincode(&mut self, name: &str, _: &str, args: Vec<Bytes>) -> Response {
        self.world
            .lock()
            .calls
            .push((name.to_owned(), args.clone()));
        match &mut self.callee {
            Some(callee) => callee(name, args),
            None => Response::ok(format!("from {name}")),
        }
    }

    fn try_invoke_chaincode(
        &mut self,
        name: &str,
        channel: &str,
        input: Input,
    ) -> HostResult<Called> {
        match name {
            "refused" => Err(self.refuse(Operation::InvokeChaincode, "no such chaincode")),
            "failed" => Ok(Called::Failed("gave up".to_owned())),
            _ if input.is_init => Ok(Called::Response(Response::ok("initialized"))),
            _ => {
                let args = input.args;
                Ok(Called::Response(self.invoke_chaincode(name, channel, args)))
            }
        }
    }

    fn set_event(&mut self, name: &str, payload: Bytes) {
        self.world.lock().events.push((name.to_owned(), payload));
    }

    fn log(&mut self, _: Level, _: &str) {}
}
