use super::cursors::{Open, Table};
use super::{Access, HostOptions, Outside};
use crate::{Row, ScanId, SimulationError, Simulator, Snapshot, Version};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_interface::{
    Called, Change, Cursor, Host, HostError, HostResult, Input, Kv, Level, MetadataEntry,
    Modification, Modifications, Operation, Page, PageRequest, Response, Scan, Selection, Space,
    Transaction, Write,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One chaincode's side of a transaction. A callee on the same channel has its own, on the same simulator.
pub struct TransactionHost<O> {
    simulator: Arc<Mutex<Simulator>>,
    pub(super) namespace: String,
    transaction: Arc<Transaction>,
    pub(super) outside: O,
    pub(super) options: HostOptions,
    pub(super) access: BTreeMap<String, Access>,
    scans: Table<Open<ScanId, Row>>,
    histories: Table<Open<HistoryScan, crate::HistoryRow>>,
    next_cursor: u32,
}

struct HistoryScan {
    snapshot: Snapshot,
    key: String,
    before: Option<Version>,
}

/// The cause of a refusal, before it gets Fabric's prefix.
pub(super) type Cause = SimulationError;

impl<O: Outside> TransactionHost<O> {
    pub fn new(
        simulator: Arc<Mutex<Simulator>>,
        namespace: impl Into<String>,
        transaction: Arc<Transaction>,
        outside: O,
        options: HostOptions,
    ) -> Self {
        Self {
            simulator,
            namespace: namespace.into(),
            transaction,
            outside,
            options,
            access: BTreeMap::new(),
            scans: Table::default(),
            histories: Table::default(),
            next_cursor: 1,
        }
    }

    pub fn outside(&mut self) -> &mut O {
        &mut self.outside
    }

    pub fn into_outside(self) -> O {
        self.outside
    }

    /// Runs `call` with the simulator locked and gives its refusal Fabric's form.
    fn run<T>(
        &mut self,
        operation: Operation,
        call: impl FnOnce(&mut Self, &mut Simulator) -> Result<T, Cause>,
    ) -> HostResult<T> {
        let simulator = Arc::clone(&self.simulator);
        let outcome = call(self, &mut simulator.lock());
        outcome.map_err(|cause| HostError::new(operation, &self.transaction.tx_id, cause))
    }

    fn cursor(&mut self) -> Cursor {
        let cursor = Cursor(self.next_cursor);
        self.next_cursor = self.next_cursor.wrapping_add(1);
        cursor
    }

    fn apply(
        &mut self,
        simulator: &mut Simulator,
        space: Space<'_>,
        key: &str,
        change: Change,
    ) -> Result<(), Cause> {
        match (space, change) {
            (_, Change::Metadata(entry)) => self.put_metadata(simulator, space, key, entry),
            (_, Change::Purge) => self.purge(simulator, space, key),
            (Space::Public, Change::Put(value)) => simulator.put(&self.namespace, key, value),
            (Space::Public, Change::Delete) => simulator.delete(&self.namespace, key),
            (Space::Private(collection), Change::Put(value)) => {
                self.may_write(simulator, collection)?;
                simulator.put_private(&self.namespace, collection, key, value)
            }
            (Space::Private(collection), Change::Delete) => {
                self.may_write(simulator, collection)?;
                simulator.delete_private(&self.namespace, collection, key)
            }
        }
    }

    fn open_scan(
        &mut self,
        simulator: &mut Simulator,
        selection: Selection<'_>,
    ) -> Result<ScanId, Cause> {
        match selection {
            Selection::Range {
                space: Space::Public,
                start,
                end,
            } => simulator.scan(&self.namespace, start, end),
            Selection::Range {
                space: Space::Private(collection),
                start,
                end,
            } => {
                self.may_read(simulator, collection)?;
                simulator.scan_private(&self.namespace, collection, start, end)
            }
            Selection::Rich {
                space: Space::Public,
                query,
            } => simulator.rich_query(&self.namespace, query),
            Selection::Rich {
                space: Space::Private(collection),
                query,
            } => {
                self.may_read(simulator, collection)?;
                simulator.rich_query_private(&self.namespace, collection, query)
            }
        }
    }

    fn scan_batch(
        &mut self,
        simulator: &mut Simulator,
        cursor: Cursor,
        mut open: Open<ScanId, Row>,
    ) -> Result<Scan, Cause> {
        let limit = self.options.total_query_limit;
        let (rows, more) = open.batch(limit, |scan, want| simulator.advance(*scan, want))?;
        if more {
            self.scans.insert(cursor, open);
        }
        Ok(Scan {
            rows: rows.into_iter().map(kv).collect(),
            cursor: more.then_some(cursor),
        })
    }

    fn history_batch(
        &mut self,
        cursor: Cursor,
        mut open: Open<HistoryScan, crate::HistoryRow>,
    ) -> Result<Modifications, Cause> {
        let namespace = &self.namespace;
        let (rows, more) = open.batch(self.options.total_query_limit, |scan, want| {
            let rows = scan
                .snapshot
                .history(namespace, &scan.key, scan.before, want)?;
            scan.before = rows.last().map_or(scan.before, |row| Some(row.version));
            Ok::<_, Cause>(rows)
        })?;
        if more {
            self.histories.insert(cursor, open);
        }
        Ok(Modifications {
            rows: rows.into_iter().map(modification).collect(),
            cursor: more.then_some(cursor),
        })
    }

    fn public_page(
        &mut self,
        simulator: &mut Simulator,
        selection: Selection<'_>,
        request: PageRequest<'_>,
    ) -> Result<Page, Cause> {
        let bookmark = request.bookmark;
        let scan = match selection {
            Selection::Rich { query, .. } => {
                simulator.rich_query_page(&self.namespace, query, bookmark)?
            }
            // The bookmark takes the place of the start key, in what is recorded as well.
            Selection::Range { start, end, .. } => {
                let start = if bookmark.is_empty() { start } else { bookmark };
                simulator.scan_page(&self.namespace, start, end)?
            }
        };
        let rows = simulator.advance(scan, self.page_limit(request.size))?;
        let bookmark = simulator.bookmark(scan)?;
        let fetched = i32::try_from(rows.len()).unwrap_or(i32::MAX);
        Ok(Page {
            rows: rows.into_iter().map(kv).collect(),
            fetched,
            bookmark,
        })
    }

    /// A size of zero or less is no size.
    fn page_limit(&self, size: i32) -> usize {
        let limit = self.options.total_query_limit;
        usize::try_from(size)
            .ok()
            .filter(|size| *size > 0)
            .map_or(limit, |size| size.min(limit))
    }
}

impl<O: Outside> Host for TransactionHost<O> {
    fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    fn get_state(&mut self, space: Space<'_>, key: &str) -> HostResult<Option<Bytes>> {
        self.run(Operation::GetState, |host, simulator| match space {
            Space::Public => simulator.get(&host.namespace, key),
            Space::Private(collection) => {
                host.may_read(simulator, collection)?;
                simulator.get_private(&host.namespace, collection, key)
            }
        })
    }

    fn get_multiple_states(
        &mut self,
        space: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        self.run(Operation::GetStateMultiple, |host, simulator| match space {
            Space::Public => keys
                .iter()
                .map(|key| simulator.get(&host.namespace, key))
                .collect(),
            Space::Private(collection) => {
                host.may_read(simulator, collection)?;
                simulator.get_private_multiple(&host.namespace, collection, keys)
            }
        })
    }

    fn get_private_data_hash(&mut self, collection: &str, key: &str) -> HostResult<Option<Bytes>> {
        self.run(Operation::GetPrivateDataHash, |host, simulator| {
            host.not_in_init()?;
            simulator.get_private_hash(&host.namespace, collection, key)
        })
    }

    fn write(&mut self, space: Space<'_>, key: &str, change: Change) -> HostResult<()> {
        let operation = match change {
            Change::Put(_) => Operation::PutState,
            Change::Delete => Operation::DelState,
            Change::Purge => Operation::PurgePrivateData,
            Change::Metadata(_) => Operation::PutStateMetadata,
        };
        self.run(operation, |host, simulator| {
            host.apply(simulator, space, key, change)
        })
    }

    fn write_batch(&mut self, writes: Vec<Write>) -> HostResult<()> {
        self.run(Operation::WriteBatchState, |host, simulator| {
            for write in writes {
                host.apply(
                    simulator,
                    Space::from_collection(&write.collection),
                    &write.key,
                    write.change,
                )?;
            }
            Ok(())
        })
    }

    fn get_state_metadata(
        &mut self,
        space: Space<'_>,
        key: &str,
    ) -> HostResult<Vec<MetadataEntry>> {
        let entries = self.run(Operation::GetStateMetadata, |host, simulator| {
            host.metadata_allowed()?;
            match space {
                Space::Public => simulator.get_metadata(&host.namespace, key),
                Space::Private(collection) => {
                    host.may_read(simulator, collection)?;
                    simulator.get_private_metadata(&host.namespace, collection, key)
                }
            }
        });
        entries.map(|mut entries| {
            entries.sort_by(|one, other| one.name.cmp(&other.name));
            entries
        })
    }

    fn open(&mut self, selection: Selection<'_>) -> HostResult<Scan> {
        let operation = match selection {
            Selection::Range { .. } => Operation::GetStateByRange,
            Selection::Rich { .. } => Operation::GetQueryResult,
        };
        self.run(operation, |host, simulator| {
            let scan = host.open_scan(simulator, selection)?;
            let cursor = host.cursor();
            host.scan_batch(simulator, cursor, Open::new(scan))
        })
    }

    fn page(&mut self, selection: Selection<'_>, request: PageRequest<'_>) -> HostResult<Page> {
        let (operation, space) = match selection {
            Selection::Range { space, .. } => (Operation::GetStateByRange, space),
            Selection::Rich { space, .. } => (Operation::GetQueryResult, space),
        };
        self.run(operation, |host, simulator| match space {
            Space::Public => host.public_page(simulator, selection, request),
            // Fabric does not paginate private data; the size only cuts the result.
            Space::Private(_) => {
                let scan = host.open_scan(simulator, selection)?;
                let rows = simulator.advance(scan, host.page_limit(request.size))?;
                Ok(Page {
                    rows: rows.into_iter().map(kv).collect(),
                    ..Page::default()
                })
            }
        })
    }

    fn history(&mut self, key: &str) -> HostResult<Modifications> {
        self.run(Operation::GetHistoryForKey, |host, simulator| {
            let snapshot = simulator.peek().clone();
            if !snapshot.0.rules().history {
                return Err(Cause::Other("history database is not enabled".to_owned()));
            }
            let scan = HistoryScan {
                snapshot,
                key: key.to_owned(),
                before: None,
            };
            let cursor = host.cursor();
            host.history_batch(cursor, Open::new(scan))
        })
    }

    fn next(&mut self, cursor: Cursor) -> HostResult<Scan> {
        self.run(Operation::QueryStateNext, |host, simulator| {
            let open = host.scans.take(cursor).ok_or_else(unknown_cursor)?;
            host.scan_batch(simulator, cursor, open)
        })
    }

    fn next_modifications(&mut self, cursor: Cursor) -> HostResult<Modifications> {
        self.run(Operation::QueryStateNext, |host, _| {
            let open = host.histories.take(cursor).ok_or_else(unknown_cursor)?;
            host.history_batch(cursor, open)
        })
    }

    fn close(&mut self, cursor: Cursor) {
        self.scans.take(cursor);
        self.histories.take(cursor);
    }

    fn invoke_chaincode(&mut self, name: &str, channel: &str, args: Vec<Bytes>) -> Response {
        self.outside.invoke_chaincode(name, channel, args)
    }

    fn try_invoke_chaincode(
        &mut self,
        name: &str,
        channel: &str,
        input: Input,
    ) -> HostResult<Called> {
        self.outside.try_invoke_chaincode(name, channel, input)
    }

    fn set_event(&mut self, name: &str, payload: Bytes) {
        self.outside.set_event(name, payload);
    }

    fn log(&mut self, level: Level, message: &str) {
        self.outside.log(level, message);
    }
}

fn unknown_cursor() -> Cause {
    Cause::Other("query iterator not found".to_owned())
}

fn kv(row: Row) -> Kv {
    Kv {
        key: row.key,
        value: row.value.value,
    }
}

fn modification(row: crate::HistoryRow) -> Modification {
    Modification {
        tx_id: row.tx_id,
        value: row.value,
        timestamp: row.timestamp,
        is_delete: row.is_delete,
    }
}
