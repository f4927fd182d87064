use super::bindings::fabric::chaincode::{chaincode, context, private_data, state, types};
use super::convert;
use crate::{
    Change, Cursor, Host, HostError, HostResult, Level, MetadataEntry, Modifications, Page,
    PageRequest, Response, Scan, Selection, Space, Transaction, Write,
};
use bytes::Bytes;
use std::cell::OnceCell;

/// The peer behind the component's imports. The transaction is fetched when a contract first asks about it: most never
/// do.
#[derive(Default)]
pub struct WasmHost {
    transaction: OnceCell<Transaction>,
}

impl Host for WasmHost {
    fn transaction(&self) -> &Transaction {
        self.transaction
            .get_or_init(|| convert::transaction(context::transaction()))
    }

    fn get_state(&mut self, space: Space<'_>, key: &str) -> HostResult<Option<Bytes>> {
        convert::value(match space {
            Space::Public => state::get_state(key),
            Space::Private(collection) => private_data::get_private_data(collection, key),
        })
    }

    fn get_multiple_states(
        &mut self,
        space: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        convert::values(match space {
            Space::Public => state::get_multiple_states(keys),
            Space::Private(collection) => private_data::get_multiple_private_data(collection, keys),
        })
    }

    fn get_private_data_hash(&mut self, collection: &str, key: &str) -> HostResult<Option<Bytes>> {
        convert::value(private_data::get_private_data_hash(collection, key))
    }

    fn write(&mut self, space: Space<'_>, key: &str, change: Change) -> HostResult<()> {
        convert::result(match space {
            Space::Public => write_public(key, change),
            Space::Private(collection) => write_private(collection, key, change),
        })
    }

    fn write_batch(&mut self, writes: Vec<Write>) -> HostResult<()> {
        let writes: Vec<_> = writes.into_iter().map(write).collect();
        convert::result(state::write_batch(&writes))
    }

    fn get_state_metadata(
        &mut self,
        space: Space<'_>,
        key: &str,
    ) -> HostResult<Vec<MetadataEntry>> {
        convert::entries(match space {
            Space::Public => state::get_state_metadata(key),
            Space::Private(collection) => private_data::get_private_data_metadata(collection, key),
        })
    }

    // Inlined, as is `page`, so that a component has the imports of the selections it makes and no others.
    #[inline(always)]
    fn open(&mut self, selection: Selection<'_>) -> HostResult<Scan> {
        convert::scan(match selection {
            Selection::Range {
                space: Space::Public,
                start,
                end,
            } => state::get_state_by_range(start, end),
            Selection::Range {
                space: Space::Private(collection),
                start,
                end,
            } => private_data::get_private_data_by_range(collection, start, end),
            Selection::Rich {
                space: Space::Public,
                query,
            } => state::get_query_result(query),
            Selection::Rich {
                space: Space::Private(collection),
                query,
            } => private_data::get_private_data_query_result(collection, query),
        })
    }

    #[inline(always)]
    fn page(&mut self, selection: Selection<'_>, request: PageRequest<'_>) -> HostResult<Page> {
        let PageRequest { size, bookmark } = request;
        convert::page(match selection {
            Selection::Range {
                space: Space::Public,
                start,
                end,
            } => state::get_state_by_range_with_pagination(start, end, size, bookmark),
            Selection::Rich {
                space: Space::Public,
                query,
            } => state::get_query_result_with_pagination(query, size, bookmark),
            Selection::Range {
                space: Space::Private(_),
                ..
            }
            | Selection::Rich {
                space: Space::Private(_),
                ..
            } => {
                return Err(HostError::verbatim("private data is not paginated"));
            }
        })
    }

    fn history(&mut self, key: &str) -> HostResult<Modifications> {
        convert::modifications(state::get_history_for_key(key))
    }

    fn next(&mut self, cursor: Cursor) -> HostResult<Scan> {
        convert::scan(state::next(cursor.0))
    }

    fn next_modifications(&mut self, cursor: Cursor) -> HostResult<Modifications> {
        convert::modifications(state::next_modifications(cursor.0))
    }

    fn close(&mut self, cursor: Cursor) {
        state::close(cursor.0);
    }

    fn invoke_chaincode(&mut self, name: &str, channel: &str, args: Vec<Bytes>) -> Response {
        let args: Vec<Vec<u8>> = args.into_iter().map(Into::into).collect();
        let response = chaincode::invoke_chaincode(name, channel, &args);
        Response {
            status: response.status,
            message: response.message,
            payload: response.payload.into(),
        }
    }

    fn set_event(&mut self, name: &str, payload: Bytes) {
        // The one refusal, an empty name, is made before a call gets here.
        let _ = chaincode::set_event(name, &payload);
    }

    fn log(&mut self, level: Level, message: &str) {
        context::log(convert::level(level), message);
    }
}

fn write_public(key: &str, change: Change) -> Result<(), String> {
    match change {
        Change::Put(value) => state::put_state(key, &value),
        Change::Delete => state::del_state(key),
        Change::Metadata(entry) => state::put_state_metadata(key, &convert::entry(entry)),
        // The world cannot say it, nor can the stub.
        Change::Purge => Err("only private data can be purged".to_owned()),
    }
}

fn write_private(collection: &str, key: &str, change: Change) -> Result<(), String> {
    match change {
        Change::Put(value) => private_data::put_private_data(collection, key, &value),
        Change::Delete => private_data::del_private_data(collection, key),
        Change::Purge => private_data::purge_private_data(collection, key),
        Change::Metadata(entry) => {
            private_data::put_private_data_metadata(collection, key, &convert::entry(entry))
        }
    }
}

fn write(write: Write) -> types::Write {
    let change = match write.change {
        Change::Put(value) => types::Change::Put(value.into()),
        Change::Delete => types::Change::Delete,
        Change::Purge => types::Change::Purge,
        Change::Metadata(entry) => types::Change::Metadata(convert::entry(entry)),
    };
    types::Write {
        collection: write.collection,
        key: write.key,
        change,
    }
}
