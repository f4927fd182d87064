//! Scans, pages and histories. The peer names an open query by a string; contracts by a number.

use super::StreamHost;
use prost::Message as _;
use selvedge_interface::{
    Cursor, HostError, HostResult, Kv, Modification, Modifications, Page, PageRequest, Scan,
    Selection, Timestamp,
};
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{
    GetHistoryForKey, GetQueryResult, GetStateByRange, QueryMetadata, QueryResponse,
    QueryResponseMetadata, QueryResultBytes, QueryStateClose, QueryStateNext,
};
use selvedge_protos::queryresult;
use std::collections::HashMap;

/// The open queries of one transaction.
#[derive(Default)]
pub(super) struct Cursors {
    last: u32,
    ids: HashMap<Cursor, String>,
}

impl Cursors {
    fn insert(&mut self, id: String) -> Cursor {
        self.last = self.last.wrapping_add(1);
        let cursor = Cursor(self.last);
        self.ids.insert(cursor, id);
        cursor
    }
}

impl StreamHost {
    pub(super) fn first_rows(&mut self, selection: Selection<'_>) -> HostResult<Scan> {
        let response = self.select(selection, None)?;
        self.scan(response)
    }

    pub(super) fn next_rows(&mut self, cursor: Cursor) -> HostResult<Scan> {
        let response = self.fetch(cursor)?;
        self.scan(response)
    }

    pub(super) fn first_modifications(&mut self, key: &str) -> HostResult<Modifications> {
        let request = GetHistoryForKey {
            key: key.to_owned(),
        };
        let response = self.ask_for(Type::GetHistoryForKey, &request)?;
        self.modifications(response)
    }

    pub(super) fn more_modifications(&mut self, cursor: Cursor) -> HostResult<Modifications> {
        let response = self.fetch(cursor)?;
        self.modifications(response)
    }

    /// A page without size and bookmark is none: the peer scans, and says so by leaving the query open. What it has is
    /// then read to the end.
    pub(super) fn one_page(
        &mut self,
        selection: Selection<'_>,
        request: PageRequest<'_>,
    ) -> HostResult<Page> {
        let metadata = QueryMetadata {
            page_size: request.size,
            bookmark: request.bookmark.to_owned(),
        };
        let response = self.select(selection, Some(&metadata))?;
        let about = QueryResponseMetadata::decode(response.metadata.clone())
            .map_err(|error| unreadable("metadata", &error))?;
        let mut scan = self.scan(response)?;
        let mut rows = scan.rows;
        while let Some(cursor) = scan.cursor {
            scan = self.next_rows(cursor)?;
            rows.append(&mut scan.rows);
        }
        Ok(Page {
            rows,
            fetched: about.fetched_records_count,
            bookmark: about.bookmark,
        })
    }

    pub(super) fn close_query(&mut self, cursor: Cursor) {
        if let Some(id) = self.cursors.ids.remove(&cursor) {
            // Nothing depends on it: the peer closes what is left when the transaction ends.
            let _ = self.ask(Type::QueryStateClose, &QueryStateClose { id });
        }
    }

    fn select(
        &self,
        selection: Selection<'_>,
        page: Option<&QueryMetadata>,
    ) -> HostResult<QueryResponse> {
        let metadata = page
            .map(|page| page.encode_to_vec().into())
            .unwrap_or_default();
        match selection {
            Selection::Range { space, start, end } => {
                let request = GetStateByRange {
                    start_key: start.to_owned(),
                    end_key: end.to_owned(),
                    collection: space.collection().to_owned(),
                    metadata,
                };
                self.ask_for(Type::GetStateByRange, &request)
            }
            Selection::Rich { space, query } => {
                let request = GetQueryResult {
                    query: query.to_owned(),
                    collection: space.collection().to_owned(),
                    metadata,
                };
                self.ask_for(Type::GetQueryResult, &request)
            }
        }
    }

    /// The next batch. Where the peer has more the query gets a new number; the old one is spent.
    fn fetch(&mut self, cursor: Cursor) -> HostResult<QueryResponse> {
        // The peer has the words for a query that it does not know.
        let id = self.cursors.ids.remove(&cursor).unwrap_or_default();
        self.ask_for(Type::QueryStateNext, &QueryStateNext { id })
    }

    fn scan(&mut self, response: QueryResponse) -> HostResult<Scan> {
        let rows = rows(response.results, |row: queryresult::Kv| Kv {
            key: row.key,
            value: row.value,
        })?;
        let cursor = response.has_more.then(|| self.cursors.insert(response.id));
        Ok(Scan { rows, cursor })
    }

    fn modifications(&mut self, response: QueryResponse) -> HostResult<Modifications> {
        let rows = rows(response.results, |row: queryresult::KeyModification| {
            Modification {
                tx_id: row.tx_id,
                value: row.value,
                timestamp: row.timestamp.map(|time| Timestamp {
                    seconds: time.seconds,
                    nanos: time.nanos,
                }),
                is_delete: row.is_delete,
            }
        })?;
        let cursor = response.has_more.then(|| self.cursors.insert(response.id));
        Ok(Modifications { rows, cursor })
    }
}

fn rows<M: prost::Message + Default, T>(
    results: Vec<QueryResultBytes>,
    row: impl Fn(M) -> T,
) -> HostResult<Vec<T>> {
    results
        .into_iter()
        .map(|result| {
            let found = M::decode(result.result_bytes);
            found.map(&row).map_err(|error| unreadable("row", &error))
        })
        .collect()
}

fn unreadable(what: &str, error: &prost::DecodeError) -> HostError {
    HostError::verbatim(format!(
        "the peer answered a query with a {what} that cannot be read: {error}"
    ))
}
