use super::bindings::fabric::chaincode::{state, types};
use super::convert::{
    change, kvs_size, metadata, modifications, modifications_size, page, scan, values_size,
};
use super::guest::{Guest, refusal};
use bytes::Bytes;
use selvedge_interface::{Change, Cursor, PageRequest, Selection, Space, Write};

type Answer<T> = wasmtime::Result<Result<T, String>>;

impl Guest {
    pub(crate) fn read_many(
        &mut self,
        space: Space<'_>,
        keys: &[String],
    ) -> Answer<Vec<Option<Vec<u8>>>> {
        self.charge(0)?;
        // Each key is a read of its own for the peer.
        for key in keys {
            self.charge(key.len())?;
        }
        let values = match self.host()?.get_multiple_states(space, keys) {
            Ok(values) => values,
            Err(error) => return Ok(Err(refusal(error))),
        };
        self.charge_answer(values_size(&values))?;
        Ok(Ok(values.into_iter().map(|v| v.map(Vec::from)).collect()))
    }

    pub(crate) fn change(&mut self, space: Space<'_>, key: &str, change: Change) -> Answer<()> {
        let carried = match &change {
            Change::Put(value) => value.len(),
            Change::Metadata(entry) => entry.name.len() + entry.value.len(),
            Change::Delete | Change::Purge => 0,
        };
        self.charge(key.len() + carried)?;
        Ok(self.host()?.write(space, key, change).map_err(refusal))
    }

    pub(crate) fn read_metadata(
        &mut self,
        space: Space<'_>,
        key: &str,
    ) -> Answer<Vec<types::MetadataEntry>> {
        self.charge(key.len())?;
        let entries = self.host()?.get_state_metadata(space, key);
        Ok(entries.map(metadata).map_err(refusal))
    }

    pub(crate) fn open(&mut self, selection: Selection<'_>) -> Answer<types::Scan> {
        self.charge(0)?;
        let found = self.host()?.open(selection);
        self.scanned(found)
    }

    fn scanned(
        &mut self,
        found: selvedge_interface::HostResult<selvedge_interface::Scan>,
    ) -> Answer<types::Scan> {
        match found {
            Ok(found) => {
                self.charge_answer(kvs_size(&found.rows))?;
                Ok(Ok(scan(found)))
            }
            Err(error) => Ok(Err(refusal(error))),
        }
    }

    fn paged(
        &mut self,
        selection: Selection<'_>,
        size: i32,
        bookmark: &str,
    ) -> Answer<types::Page> {
        self.charge(bookmark.len())?;
        match self.host()?.page(selection, PageRequest { size, bookmark }) {
            Ok(found) => {
                self.charge_answer(kvs_size(&found.rows))?;
                Ok(Ok(page(found)))
            }
            Err(error) => Ok(Err(refusal(error))),
        }
    }

    fn past(
        &mut self,
        found: selvedge_interface::HostResult<selvedge_interface::Modifications>,
    ) -> Answer<types::Modifications> {
        match found {
            Ok(found) => {
                self.charge_answer(modifications_size(&found.rows))?;
                Ok(Ok(modifications(found)))
            }
            Err(error) => Ok(Err(refusal(error))),
        }
    }

    /// One value, with what it costs.
    pub(crate) fn found(
        &mut self,
        value: selvedge_interface::HostResult<Option<Bytes>>,
    ) -> Answer<Option<Vec<u8>>> {
        match value {
            Ok(Some(value)) => {
                self.charge_answer(value.len())?;
                // Free where the value is shared with nobody, as a value fresh from the database is.
                Ok(Ok(Some(Vec::from(value))))
            }
            Ok(None) => Ok(Ok(None)),
            Err(error) => Ok(Err(refusal(error))),
        }
    }
}

impl state::Host for Guest {
    fn get_state(&mut self, key: String) -> Answer<Option<Vec<u8>>> {
        self.charge(key.len())?;
        let value = self.host()?.get_state(Space::Public, &key);
        self.found(value)
    }

    fn get_multiple_states(&mut self, keys: Vec<String>) -> Answer<Vec<Option<Vec<u8>>>> {
        self.read_many(Space::Public, &keys)
    }

    fn put_state(&mut self, key: String, value: Vec<u8>) -> Answer<()> {
        self.change(Space::Public, &key, Change::Put(value.into()))
    }

    fn del_state(&mut self, key: String) -> Answer<()> {
        self.change(Space::Public, &key, Change::Delete)
    }

    fn write_batch(&mut self, writes: Vec<types::Write>) -> Answer<()> {
        let writes: Vec<Write> = writes.into_iter().map(write).collect();
        for write in &writes {
            let carried = match &write.change {
                Change::Put(value) => value.len(),
                Change::Metadata(entry) => entry.name.len() + entry.value.len(),
                Change::Delete | Change::Purge => 0,
            };
            self.charge(write.collection.len() + write.key.len() + carried)?;
        }
        Ok(self.host()?.write_batch(writes).map_err(refusal))
    }

    fn get_state_metadata(&mut self, key: String) -> Answer<Vec<types::MetadataEntry>> {
        self.read_metadata(Space::Public, &key)
    }

    fn put_state_metadata(&mut self, key: String, entry: types::MetadataEntry) -> Answer<()> {
        self.change(Space::Public, &key, change(types::Change::Metadata(entry)))
    }

    fn get_state_by_range(&mut self, start: String, end: String) -> Answer<types::Scan> {
        self.open(Selection::Range {
            space: Space::Public,
            start: &start,
            end: &end,
        })
    }

    fn get_state_by_range_with_pagination(
        &mut self,
        start: String,
        end: String,
        page_size: i32,
        bookmark: String,
    ) -> Answer<types::Page> {
        self.paged(
            Selection::Range {
                space: Space::Public,
                start: &start,
                end: &end,
            },
            page_size,
            &bookmark,
        )
    }

    fn get_query_result(&mut self, query: String) -> Answer<types::Scan> {
        self.charge_answer(query.len())?;
        self.open(Selection::Rich {
            space: Space::Public,
            query: &query,
        })
    }

    fn get_query_result_with_pagination(
        &mut self,
        query: String,
        page_size: i32,
        bookmark: String,
    ) -> Answer<types::Page> {
        self.charge_answer(query.len())?;
        self.paged(
            Selection::Rich {
                space: Space::Public,
                query: &query,
            },
            page_size,
            &bookmark,
        )
    }

    fn get_history_for_key(&mut self, key: String) -> Answer<types::Modifications> {
        self.charge(key.len())?;
        let found = self.host()?.history(&key);
        self.past(found)
    }

    fn next(&mut self, cursor: u32) -> Answer<types::Scan> {
        self.charge(0)?;
        let found = self.host()?.next(Cursor(cursor));
        self.scanned(found)
    }

    fn next_modifications(&mut self, cursor: u32) -> Answer<types::Modifications> {
        self.charge(0)?;
        let found = self.host()?.next_modifications(Cursor(cursor));
        self.past(found)
    }

    fn close(&mut self, cursor: u32) -> wasmtime::Result<()> {
        self.charge(0)?;
        self.host()?.close(Cursor(cursor));
        Ok(())
    }
}

fn write(write: types::Write) -> Write {
    Write {
        collection: write.collection,
        key: write.key,
        change: change(write.change),
    }
}
