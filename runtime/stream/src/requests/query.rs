//! Queries and the iterators they leave open. Batches and what they cost are the host's.
//!
//! Fabric: core/chaincode/query_response_generator.go.

use super::{Answer, Asked, Failure, decode};
use bytes::Bytes;
use prost::Message;
use selvedge_interface::{
    Cursor, Kv, Modification, Modifications, PageRequest, Scan, Selection, Space,
};
use selvedge_protos::protos::{
    GetHistoryForKey, GetQueryResult, GetStateByRange, QueryMetadata, QueryResponse,
    QueryResponseMetadata, QueryResultBytes, QueryStateClose, QueryStateNext,
};
use selvedge_protos::queryresult;
use std::collections::BTreeMap;

/// The iterators of one transaction, by the names that its chaincode was told.
#[derive(Debug, Default)]
pub(crate) struct OpenQueries {
    open: BTreeMap<String, Query>,
    named: u64,
}

#[derive(Clone, Copy, Debug)]
enum Query {
    Scan(Cursor),
    History(Cursor),
}

impl OpenQueries {
    /// Names are opaque to chaincode and known in one transaction only.
    fn name(&mut self) -> String {
        self.named += 1;
        format!("query-{}", self.named)
    }

    /// Keeps the iterator if there is more to come.
    fn keep(&mut self, id: &str, query: Option<Query>) -> bool {
        let more = query.is_some();
        if let Some(query) = query {
            self.open.insert(id.to_owned(), query);
        }
        more
    }
}

pub(super) fn range(request: GetStateByRange, asked: &mut Asked<'_>) -> Answer {
    let selection = Selection::Range {
        space: Space::from_collection(&request.collection),
        start: &request.start_key,
        end: &request.end_key,
    };
    select(selection, &request.collection, request.metadata, asked)
}

pub(super) fn rich(request: GetQueryResult, asked: &mut Asked<'_>) -> Answer {
    let selection = Selection::Rich {
        space: Space::from_collection(&request.collection),
        query: &request.query,
    };
    select(selection, &request.collection, request.metadata, asked)
}

fn select(
    selection: Selection<'_>,
    collection: &str,
    metadata: Bytes,
    asked: &mut Asked<'_>,
) -> Answer {
    let metadata: QueryMetadata = decode(metadata)?;
    let request = PageRequest {
        size: metadata.page_size,
        bookmark: &metadata.bookmark,
    };
    // Private data is not paginated; a page size only cuts the result.
    let cut = !collection.is_empty() && request.size > 0;
    if cut || collection.is_empty() && (request.size != 0 || !request.bookmark.is_empty()) {
        return page(selection, request, collection.is_empty(), asked);
    }
    let scan = asked.host.open(selection)?;
    let id = asked.queries.name();
    Ok(scanned(id, scan, asked))
}

fn page(
    selection: Selection<'_>,
    request: PageRequest<'_>,
    paginated: bool,
    asked: &mut Asked<'_>,
) -> Answer {
    let page = asked.host.page(selection, request)?;
    let metadata = paginated.then_some(QueryResponseMetadata {
        fetched_records_count: page.fetched,
        bookmark: page.bookmark,
    });
    Ok(QueryResponse {
        results: rows(page.rows, asked.chaincode),
        has_more: false,
        id: asked.queries.name(),
        metadata: metadata.map_or_else(Bytes::new, |metadata| metadata.encode_to_vec().into()),
    }
    .encode_to_vec()
    .into())
}

pub(super) fn history(request: GetHistoryForKey, asked: &mut Asked<'_>) -> Answer {
    let history = asked.host.history(&request.key)?;
    let id = asked.queries.name();
    Ok(modified(id, history, asked))
}

pub(super) fn next(request: QueryStateNext, asked: &mut Asked<'_>) -> Answer {
    let id = request.id;
    match asked.queries.open.remove(&id) {
        Some(Query::Scan(cursor)) => {
            let scan = asked.host.next(cursor)?;
            Ok(scanned(id, scan, asked))
        }
        Some(Query::History(cursor)) => {
            let history = asked.host.next_modifications(cursor)?;
            Ok(modified(id, history, asked))
        }
        None => Err(Failure::cause("query iterator not found")),
    }
}

/// Closing what is not open is fine.
pub(super) fn close(request: QueryStateClose, asked: &mut Asked<'_>) -> Answer {
    if let Some(Query::Scan(cursor) | Query::History(cursor)) =
        asked.queries.open.remove(&request.id)
    {
        asked.host.close(cursor);
    }
    let response = QueryResponse {
        id: request.id,
        ..QueryResponse::default()
    };
    Ok(response.encode_to_vec().into())
}

fn scanned(id: String, scan: Scan, asked: &mut Asked<'_>) -> Bytes {
    let has_more = asked.queries.keep(&id, scan.cursor.map(Query::Scan));
    let results = rows(scan.rows, asked.chaincode);
    response(id, has_more, results)
}

fn modified(id: String, history: Modifications, asked: &mut Asked<'_>) -> Bytes {
    let has_more = asked.queries.keep(&id, history.cursor.map(Query::History));
    let results = history.rows.into_iter().map(modification).collect();
    response(id, has_more, results)
}

fn response(id: String, has_more: bool, results: Vec<QueryResultBytes>) -> Bytes {
    QueryResponse {
        results,
        has_more,
        id,
        metadata: Bytes::new(),
    }
    .encode_to_vec()
    .into()
}

fn rows(rows: Vec<Kv>, namespace: &str) -> Vec<QueryResultBytes> {
    let bytes = |row: Kv| queryresult::Kv {
        namespace: namespace.to_owned(),
        key: row.key,
        value: row.value,
    };
    rows.into_iter()
        .map(|row| QueryResultBytes {
            result_bytes: bytes(row).encode_to_vec().into(),
        })
        .collect()
}

fn modification(row: Modification) -> QueryResultBytes {
    let modification = queryresult::KeyModification {
        tx_id: row.tx_id,
        value: row.value,
        timestamp: row.timestamp.map(|timestamp| prost_types::Timestamp {
            seconds: timestamp.seconds,
            nanos: timestamp.nanos,
        }),
        is_delete: row.is_delete,
    };
    QueryResultBytes {
        result_bytes: modification.encode_to_vec().into(),
    }
}
