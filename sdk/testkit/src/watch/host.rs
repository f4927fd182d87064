use super::value::fraction;
use super::{HostCall, TrapKind, Watch};
use crate::rwset::readable_key;
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_interface::{
    Called, Change, Cursor, Host, HostError, HostResult, Input, Kv, Level, MetadataEntry,
    Modifications, Operation, Page, PageRequest, Response, Scan, Selection, Space, Transaction,
    Write,
};
use std::sync::Arc;

/// A host that is watched.
pub(crate) struct Watched {
    inner: Box<dyn Host>,
    chaincode: String,
    depth: u32,
    id: u64,
    watch: Arc<Mutex<Watch>>,
}

/// What a request carries.
struct Asked {
    operation: Operation,
    subject: String,
    page: bool,
    sent: usize,
}

impl Watched {
    pub(crate) fn new(
        inner: Box<dyn Host>,
        chaincode: &str,
        depth: u32,
        watch: Arc<Mutex<Watch>>,
    ) -> Self {
        let id = {
            let mut watch = watch.lock();
            watch.hosts += 1;
            watch.hosts
        };
        Self {
            inner,
            chaincode: chaincode.to_owned(),
            depth,
            id,
            watch,
        }
    }

    fn tx_id(&self) -> &str {
        &self.inner.transaction().tx_id
    }

    /// Asks the peer, or fails in its place. Nothing is locked while the peer works.
    fn ask<T>(
        &mut self,
        asked: Asked,
        size: impl FnOnce(&T) -> usize,
        call: impl FnOnce(&mut dyn Host) -> HostResult<T>,
    ) -> HostResult<T> {
        let outcome = match self.fails() {
            true => Err(HostError::new(
                asked.operation,
                self.tx_id(),
                "injected failure",
            )),
            false => call(self.inner.as_mut()),
        };
        let received = outcome.as_ref().map_or(0, size);
        let error = outcome
            .as_ref()
            .err()
            .map(|error| error.as_str().to_owned());
        self.note(asked, received, error);
        outcome
    }

    fn fails(&self) -> bool {
        let mut watch = self.watch.lock();
        let number = watch.fallible;
        watch.fallible += 1;
        watch.fault == Some(number)
    }

    fn note(&self, asked: Asked, received: usize, error: Option<String>) {
        self.watch.lock().calls.push(HostCall {
            chaincode: self.chaincode.clone(),
            operation: asked.operation.name(),
            subject: asked.subject,
            page: asked.page,
            error,
            sent: asked.sent,
            received,
        });
    }

    fn name(&self, space: Space<'_>, key: &str) -> String {
        let key = readable_key(key);
        match space {
            Space::Public => format!("{}/{key}", self.chaincode),
            Space::Private(collection) => format!("{}/{collection}/{key}", self.chaincode),
        }
    }

    fn asked(&self, operation: Operation, space: Space<'_>, key: &str, value: usize) -> Asked {
        Asked {
            operation,
            subject: self.name(space, key),
            page: false,
            sent: key.len() + value,
        }
    }

    fn note_read(&self, space: Space<'_>, key: &str, value: Option<&Bytes>) {
        let mut watch = self.watch.lock();
        watch.reads += 1;
        if watch.was_written(&self.chaincode, space.collection(), key) {
            watch.trap(TrapKind::ReadAfterWrite, self.name(space, key));
        }
        let Some(value) = value else { return };
        match space {
            Space::Public => {
                watch.secrets.known.push(value.clone());
                watch
                    .secrets
                    .known
                    .push(Bytes::copy_from_slice(key.as_bytes()));
            }
            Space::Private(_) => watch
                .secrets
                .private
                .push((self.name(space, key), value.clone())),
        }
    }

    fn note_write(&self, space: Space<'_>, key: &str, change: &Change) {
        let mut watch = self.watch.lock();
        watch.note_write(&self.chaincode, space.collection(), key);
        if is_strange(key) {
            watch.trap(TrapKind::StrangeKey, self.name(space, key));
        }
        let Change::Put(value) = change else { return };
        if value.is_empty() {
            watch.trap(TrapKind::EmptyValue, self.name(space, key));
        }
        if let Some(path) = fraction(value) {
            let subject = format!("{}: {path}", self.name(space, key));
            watch.trap(TrapKind::FloatInState, subject);
        }
        if space == Space::Public {
            let name = self.chaincode.clone();
            watch
                .public_writes
                .push((name, key.to_owned(), value.clone()));
        }
    }

    /// A query that shows keys which this transaction changed shows them as they were.
    fn note_range(&self, selection: &Selection<'_>) {
        let Selection::Range { space, start, end } = selection else {
            return;
        };
        let mut watch = self.watch.lock();
        let shown = watch.written.iter().find(|(ns, of, key)| {
            *ns == self.chaincode
                && of == space.collection()
                && key.as_str() >= *start
                && (end.is_empty() || key.as_str() < *end)
        });
        if let Some((_, _, key)) = shown {
            let subject = self.name(*space, key);
            watch.trap(TrapKind::ReadAfterWrite, subject);
        }
    }

    fn note_rows(&self, space: Space<'_>, rows: &[Kv]) {
        let mut watch = self.watch.lock();
        watch.reads += rows.len();
        for row in rows {
            match space {
                Space::Public => watch.secrets.known.push(row.value.clone()),
                Space::Private(_) => watch
                    .secrets
                    .private
                    .push((self.name(space, &row.key), row.value.clone())),
            }
        }
    }

    fn query(&self, selection: &Selection<'_>) -> Asked {
        let (operation, subject, sent) = match selection {
            Selection::Range { space, start, end } => (
                Operation::GetStateByRange,
                format!("{}..{}", self.name(*space, start), readable_key(end)),
                start.len() + end.len(),
            ),
            Selection::Rich { space, query } => (
                Operation::GetQueryResult,
                self.name(*space, query),
                query.len(),
            ),
        };
        Asked {
            operation,
            subject,
            page: false,
            sent,
        }
    }

    fn follow(&self, cursor: Option<Cursor>, was: Option<Cursor>, query: &str) {
        let mut watch = self.watch.lock();
        if let (Some(was), None) = (was, cursor) {
            watch.open.remove(&(self.id, was.0));
        }
        if let (Some(cursor), None) = (cursor, was) {
            watch.open.insert((self.id, cursor.0), query.to_owned());
        }
    }
}

/// Fabric keeps something under such a key itself: the mark of a finished Init.
fn is_strange(key: &str) -> bool {
    key.contains(['\0', '\u{10ffff}']) && selvedge_sdk::raw::split_composite_key(key).is_none()
}

fn value_size(value: &Option<Bytes>) -> usize {
    value.as_ref().map_or(0, Bytes::len)
}

fn rows_size(rows: &[Kv]) -> usize {
    rows.iter().map(|row| row.key.len() + row.value.len()).sum()
}

fn change_size(change: &Change) -> usize {
    match change {
        Change::Put(value) => value.len(),
        Change::Metadata(entry) => entry.name.len() + entry.value.len(),
        Change::Delete | Change::Purge => 0,
    }
}

fn space_of<'a>(selection: &Selection<'a>) -> Space<'a> {
    match selection {
        Selection::Range { space, .. } | Selection::Rich { space, .. } => *space,
    }
}

impl Host for Watched {
    fn transaction(&self) -> &Transaction {
        self.inner.transaction()
    }

    fn get_state(&mut self, space: Space<'_>, key: &str) -> HostResult<Option<Bytes>> {
        let asked = self.asked(Operation::GetState, space, key, 0);
        let value = self.ask(asked, value_size, |host| host.get_state(space, key))?;
        self.note_read(space, key, value.as_ref());
        Ok(value)
    }

    fn get_multiple_states(
        &mut self,
        space: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        let asked = Asked {
            operation: Operation::GetStateMultiple,
            subject: self.name(space, &keys.join(",")),
            page: false,
            sent: keys.iter().map(String::len).sum(),
        };
        let size = |values: &Vec<Option<Bytes>>| values.iter().map(value_size).sum();
        let values = self.ask(asked, size, |host| host.get_multiple_states(space, keys))?;
        for (key, value) in keys.iter().zip(&values) {
            self.note_read(space, key, value.as_ref());
        }
        Ok(values)
    }

    fn get_private_data_hash(&mut self, collection: &str, key: &str) -> HostResult<Option<Bytes>> {
        let space = Space::Private(collection);
        let asked = self.asked(Operation::GetPrivateDataHash, space, key, 0);
        let hash = self.ask(asked, value_size, |host| {
            host.get_private_data_hash(collection, key)
        })?;
        self.watch.lock().reads += 1;
        Ok(hash)
    }

    fn write(&mut self, space: Space<'_>, key: &str, change: Change) -> HostResult<()> {
        let operation = match change {
            Change::Put(_) => Operation::PutState,
            Change::Delete => Operation::DelState,
            Change::Purge => Operation::PurgePrivateData,
            Change::Metadata(_) => Operation::PutStateMetadata,
        };
        let asked = self.asked(operation, space, key, change_size(&change));
        let noted = change.clone();
        self.ask(asked, |()| 0, |host| host.write(space, key, change))?;
        self.note_write(space, key, &noted);
        Ok(())
    }

    fn write_batch(&mut self, writes: Vec<Write>) -> HostResult<()> {
        let asked = Asked {
            operation: Operation::WriteBatchState,
            subject: format!("{} writes", writes.len()),
            page: false,
            sent: writes
                .iter()
                .map(|write| write.key.len() + change_size(&write.change))
                .sum(),
        };
        let noted = writes.clone();
        self.ask(asked, |()| 0, |host| host.write_batch(writes))?;
        for write in &noted {
            let space = Space::from_collection(&write.collection);
            self.note_write(space, &write.key, &write.change);
        }
        Ok(())
    }

    fn get_state_metadata(
        &mut self,
        space: Space<'_>,
        key: &str,
    ) -> HostResult<Vec<MetadataEntry>> {
        let asked = self.asked(Operation::GetStateMetadata, space, key, 0);
        let size = |entries: &Vec<MetadataEntry>| {
            let size = |entry: &MetadataEntry| entry.name.len() + entry.value.len();
            entries.iter().map(size).sum()
        };
        let entries = self.ask(asked, size, |host| host.get_state_metadata(space, key))?;
        self.watch.lock().reads += 1;
        Ok(entries)
    }

    fn open(&mut self, selection: Selection<'_>) -> HostResult<Scan> {
        let asked = self.query(&selection);
        let subject = asked.subject.clone();
        self.note_range(&selection);
        let size = |scan: &Scan| rows_size(&scan.rows);
        let scan = self.ask(asked, size, |host| host.open(selection))?;
        if matches!(selection, Selection::Rich { .. }) {
            self.watch.lock().rich_queries.push(subject.clone());
        }
        self.note_rows(space_of(&selection), &scan.rows);
        self.follow(scan.cursor, None, &subject);
        Ok(scan)
    }

    fn page(&mut self, selection: Selection<'_>, request: PageRequest<'_>) -> HostResult<Page> {
        let asked = Asked {
            page: true,
            ..self.query(&selection)
        };
        self.note_range(&selection);
        let size = |page: &Page| rows_size(&page.rows) + page.bookmark.len();
        let page = self.ask(asked, size, |host| host.page(selection, request))?;
        self.note_rows(space_of(&selection), &page.rows);
        Ok(page)
    }

    fn history(&mut self, key: &str) -> HostResult<Modifications> {
        let asked = self.asked(Operation::GetHistoryForKey, Space::Public, key, 0);
        let subject = asked.subject.clone();
        let history = self.ask(asked, history_size, |host| host.history(key))?;
        self.watch.lock().reads += history.rows.len();
        self.follow(history.cursor, None, &subject);
        Ok(history)
    }

    fn next(&mut self, cursor: Cursor) -> HostResult<Scan> {
        let asked = Asked {
            operation: Operation::QueryStateNext,
            subject: format!("{} more rows", self.chaincode),
            page: false,
            sent: 0,
        };
        let scan = self.ask(
            asked,
            |scan: &Scan| rows_size(&scan.rows),
            |host| host.next(cursor),
        )?;
        self.watch.lock().reads += scan.rows.len();
        self.follow(scan.cursor, Some(cursor), "");
        Ok(scan)
    }

    fn next_modifications(&mut self, cursor: Cursor) -> HostResult<Modifications> {
        let asked = Asked {
            operation: Operation::QueryStateNext,
            subject: format!("{} more of the history", self.chaincode),
            page: false,
            sent: 0,
        };
        let history = self.ask(asked, history_size, |host| host.next_modifications(cursor))?;
        self.watch.lock().reads += history.rows.len();
        self.follow(history.cursor, Some(cursor), "");
        Ok(history)
    }

    fn close(&mut self, cursor: Cursor) {
        let mut watch = self.watch.lock();
        if let Some(query) = watch.open.remove(&(self.id, cursor.0)) {
            watch.closed_early.push(query);
        }
        drop(watch);
        self.inner.close(cursor);
    }

    fn invoke_chaincode(&mut self, name: &str, channel: &str, args: Vec<Bytes>) -> Response {
        let input = Input {
            args,
            is_init: false,
        };
        match self.try_invoke_chaincode(name, channel, input) {
            Ok(Called::Response(response)) => response,
            Ok(Called::Failed(text)) => Response {
                status: Response::ERROR,
                payload: text.into(),
                message: String::new(),
            },
            Err(error) => Response {
                status: Response::ERROR,
                payload: error.as_str().to_owned().into(),
                message: String::new(),
            },
        }
    }

    fn try_invoke_chaincode(
        &mut self,
        name: &str,
        channel: &str,
        input: Input,
    ) -> HostResult<Called> {
        let asked = Asked {
            operation: Operation::InvokeChaincode,
            subject: name.to_owned(),
            page: false,
            sent: input.args.iter().map(Bytes::len).sum(),
        };
        let before = self.watch.lock().writes();
        let size = |called: &Called| match called {
            Called::Response(response) => response.message.len() + response.payload.len(),
            Called::Failed(text) => text.len(),
        };
        let called = self.ask(asked, size, |host| {
            host.try_invoke_chaincode(name, channel, input)
        })?;
        let failed = match &called {
            Called::Response(response) => response.status >= Response::ERROR_THRESHOLD,
            Called::Failed(_) => true,
        };
        let mut watch = self.watch.lock();
        if failed && watch.writes() > before {
            watch.trap(TrapKind::FailedCalleeWrote, name);
        }
        drop(watch);
        Ok(called)
    }

    fn set_event(&mut self, name: &str, payload: Bytes) {
        let mut watch = self.watch.lock();
        if self.depth > 0 {
            let subject = format!("{name} of {}", self.chaincode);
            watch.trap(TrapKind::CalleeEvent, subject);
        } else {
            watch.events += 1;
            if watch.events > 1 {
                watch.trap(TrapKind::SecondEvent, name);
            }
        }
        drop(watch);
        self.inner.set_event(name, payload);
    }

    fn log(&mut self, level: Level, message: &str) {
        self.inner.log(level, message);
    }
}

fn history_size(history: &Modifications) -> usize {
    history
        .rows
        .iter()
        .map(|row| row.tx_id.len() + row.value.len())
        .sum()
}
