//! What a chaincode is told, and what its queries leave in the read set.

use crate::synthetic;
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use selvedge_interface::{
    Change, Cursor, Host, Level, MetadataEntry, PageRequest, Response, Selection, Space,
    Transaction, Write,
};
use selvedge_ledger::{
    Access, BlockAndCodes, CollectionNames, CollectionSource, HostOptions, Ledger, Options,
    Outside, SimulationError, Simulator, TransactionHost,
};
use selvedge_protos::kvrwset::{KvrwSet, RangeQueryInfo, range_query_info::ReadsInfo};
use selvedge_protos::rwset::TxReadWriteSet;
use std::sync::Arc;

const TX: &str = "ab01";

/// Collections `open` and `readonly`; `hidden` is defined but denied.
struct Collections;

impl CollectionSource for Collections {
    fn collections(
        &self,
        simulator: &mut Simulator,
        namespace: &str,
    ) -> Result<Option<CollectionNames>, SimulationError> {
        simulator.get("definitions", namespace)?;
        let names = ["open", "readonly", "hidden"].map(str::to_owned);
        Ok((namespace == "cc").then(|| names.into()))
    }
}

#[derive(Default)]
struct Nothing {
    asked: Vec<String>,
}

impl Outside for Nothing {
    fn invoke_chaincode(&mut self, _: &str, _: &str, _: Vec<Bytes>) -> Response {
        Response::error("nobody there")
    }

    fn access(&mut self, _: &mut Simulator, _: &str, collection: &str) -> Result<Access, String> {
        self.asked.push(collection.to_owned());
        match collection {
            "hidden" => Ok(Access {
                read: false,
                write: false,
            }),
            "readonly" => Ok(Access {
                read: true,
                write: false,
            }),
            _ => Ok(Access {
                read: true,
                write: true,
            }),
        }
    }

    fn set_event(&mut self, _: &str, _: Bytes) {}

    fn log(&mut self, _: Level, _: &str) {}
}

struct Bench {
    _dir: tempfile::TempDir,
    ledger: Ledger,
}

impl Bench {
    /// Keys `r000`, `r001`, … and `h` with one version per row.
    fn new(rows: usize) -> Self {
        Self::with(rows, synthetic::options())
    }

    fn with(rows: usize, options: Options) -> Self {
        let dir = synthetic::dir();
        let ledger = Ledger::create(dir.path(), synthetic::genesis(), options).unwrap();
        let envelopes = (0..rows.max(1)).map(|row| {
            let mut simulator = ledger.simulator(row.to_string(), Arc::new(Collections));
            simulator.put("cc", "h", row.to_string().into()).unwrap();
            if rows > 0 {
                simulator
                    .put("cc", &format!("r{row:03}"), row.to_string().into())
                    .unwrap();
            }
            synthetic::transaction(&format!("{row}"), simulator.results().unwrap().public)
        });
        let block = synthetic::next_block(&ledger, envelopes.collect());
        let codes = vec![0; rows.max(1)];
        ledger
            .commit(BlockAndCodes {
                block,
                codes,
                private: Vec::new(),
            })
            .unwrap();
        Self { _dir: dir, ledger }
    }

    fn host(&self, options: HostOptions) -> (Arc<Mutex<Simulator>>, TransactionHost<Nothing>) {
        let simulator = Arc::new(Mutex::new(self.ledger.simulator(TX, Arc::new(Collections))));
        let transaction = Arc::new(Transaction {
            tx_id: TX.to_owned(),
            ..Transaction::default()
        });
        let host = TransactionHost::new(
            Arc::clone(&simulator),
            "cc",
            transaction,
            Nothing::default(),
            options,
        );
        (simulator, host)
    }
}

fn range(start: &'static str, end: &'static str) -> Selection<'static> {
    Selection::Range {
        space: Space::Public,
        start,
        end,
    }
}

fn ranges(simulator: &Mutex<Simulator>) -> Vec<RangeQueryInfo> {
    let public = simulator.lock().results().unwrap().public;
    let set = TxReadWriteSet::decode(public).unwrap();
    let namespace = set
        .ns_rwset
        .into_iter()
        .find(|set| set.namespace == "cc")
        .unwrap();
    KvrwSet::decode(namespace.rwset).unwrap().range_queries_info
}

fn put(host: &mut TransactionHost<Nothing>) -> Result<(), String> {
    let change = Change::Put(Bytes::from_static(b"v"));
    host.write(Space::Public, "k", change)
        .map_err(|error| error.as_str().to_owned())
}

#[test]
fn a_scan_pulls_one_row_ahead() {
    let bench = Bench::new(250);
    let (simulator, mut host) = bench.host(HostOptions::default());
    let first = host.open(range("r", "s")).unwrap();
    assert_eq!(
        (first.rows.len(), first.rows[99].key.as_str()),
        (100, "r099")
    );
    host.close(first.cursor.unwrap());
    let [info] = &ranges(&simulator)[..] else {
        panic!("one range")
    };
    assert_eq!(
        (
            info.start_key.as_str(),
            info.end_key.as_str(),
            info.itr_exhausted
        ),
        ("r", "r100", false)
    );
    let Some(ReadsInfo::ReadsMerkleHashes(summary)) = &info.reads_info else {
        panic!("not hashed")
    };
    // 51 rows make one leaf, the other 50 another.
    assert_eq!(
        (
            summary.max_degree,
            summary.max_level,
            summary.max_level_hashes.len()
        ),
        (50, 1, 2)
    );
}

#[test]
fn a_scan_read_to_the_end_is_exhausted() {
    let bench = Bench::new(250);
    let (simulator, mut host) = bench.host(HostOptions::default());
    let mut scan = host.open(range("r", "s")).unwrap();
    let mut keys: Vec<String> = Vec::new();
    loop {
        keys.extend(scan.rows.into_iter().map(|row| row.key));
        let Some(cursor) = scan.cursor else { break };
        scan = host.next(cursor).unwrap();
    }
    assert_eq!(
        keys,
        (0..250).map(|row| format!("r{row:03}")).collect::<Vec<_>>()
    );
    let [info] = &ranges(&simulator)[..] else {
        panic!("one range")
    };
    assert_eq!((info.end_key.as_str(), info.itr_exhausted), ("s", true));
    assert_eq!(
        host.next(Cursor(1)).unwrap_err().as_str(),
        "QUERY_STATE_NEXT failed: transaction ID: ab01: query iterator not found"
    );
}

#[test]
fn the_total_limit_ends_a_scan_silently_and_unexhausted() {
    let bench = Bench::new(30);
    let (simulator, mut host) = bench.host(HostOptions {
        total_query_limit: 20,
        ..HostOptions::default()
    });
    let scan = host.open(range("r", "s")).unwrap();
    assert_eq!((scan.rows.len(), scan.cursor), (20, None));
    let [info] = &ranges(&simulator)[..] else {
        panic!("one range")
    };
    assert_eq!((info.end_key.as_str(), info.itr_exhausted), ("r019", false));
    assert!(
        matches!(&info.reads_info, Some(ReadsInfo::RawReads(reads)) if reads.kv_reads.len() == 20)
    );
}

#[test]
fn pages_follow_their_bookmarks() {
    let bench = Bench::new(10);
    let (simulator, mut host) = bench.host(HostOptions::default());
    let mut bookmark = String::new();
    let mut pages = Vec::new();
    loop {
        let page = host
            .page(
                range("r", "s"),
                PageRequest {
                    size: 4,
                    bookmark: &bookmark,
                },
            )
            .unwrap();
        pages.push((
            page.rows[0].key.clone(),
            page.fetched,
            page.bookmark.clone(),
        ));
        bookmark = page.bookmark;
        if bookmark.is_empty() {
            break;
        }
    }
    let page =
        |first: &str, fetched, bookmark: &str| (first.to_owned(), fetched, bookmark.to_owned());
    assert_eq!(
        pages,
        [
            page("r000", 4, "r004"),
            page("r004", 4, "r008"),
            page("r008", 2, "")
        ]
    );
    let refused = put(&mut host).unwrap_err();
    assert_eq!(
        refused,
        "PUT_STATE failed: transaction ID: ab01: txid [ab01]: unsuppored transaction. Transaction has already performed a paginated query. Writes are not allowed"
    );
    let ends: Vec<_> = ranges(&simulator)
        .into_iter()
        .map(|info| (info.end_key, info.itr_exhausted))
        .collect();
    assert_eq!(
        ends,
        [
            ("r003".to_owned(), false),
            ("r007".to_owned(), false),
            ("s".to_owned(), true)
        ]
    );
}

#[test]
fn history_comes_newest_first_in_batches() {
    let bench = Bench::new(150);
    let (_, mut host) = bench.host(HostOptions::default());
    let first = host.history("h").unwrap();
    assert_eq!(
        (first.rows.len(), first.rows[0].value.as_ref()),
        (100, b"149".as_slice())
    );
    let second = host.next_modifications(first.cursor.unwrap()).unwrap();
    assert_eq!(
        (
            second.rows.len(),
            second.rows[49].tx_id.as_str(),
            second.cursor
        ),
        (50, "0", None)
    );
}

/// Fabric: core/chaincode/handler.go, HandleGetHistoryForKey.
#[test]
fn history_that_is_switched_off_is_refused_and_has_no_gap_afterwards() {
    let off = Options {
        history: false,
        ..synthetic::options()
    };
    let bench = Bench::with(3, off);
    let (simulator, mut host) = bench.host(HostOptions::default());
    let refused = host.history("h").unwrap_err().to_string();
    let expected =
        "GET_HISTORY_FOR_KEY failed: transaction ID: ab01: history database is not enabled";
    assert_eq!(refused, expected);
    drop((host, simulator));
    let Bench { _dir, ledger } = bench;
    drop(ledger);
    let ledger = Ledger::open(_dir.path(), synthetic::options()).unwrap();
    let bench = Bench { _dir, ledger };
    let (_, mut host) = bench.host(HostOptions::default());
    assert_eq!(host.history("h").unwrap().rows.len(), 3);
}

#[test]
fn queries_and_writes_that_exclude_each_other() {
    let bench = Bench::new(1);
    let private = || Selection::Range {
        space: Space::Private("open"),
        start: "",
        end: "",
    };
    let unsupported = |operation: &str, what: &str| {
        format!(
            "{operation} failed: transaction ID: ab01: txid [ab01]: unsuppored transaction. {what}"
        )
    };
    let (_, mut host) = bench.host(HostOptions::default());
    put(&mut host).unwrap();
    let text = "Paginated queries are supported only in a read-only transaction";
    let request = PageRequest {
        size: 1,
        bookmark: "",
    };
    let error = host.page(range("", ""), request).unwrap_err();
    assert_eq!(error.as_str(), unsupported("GET_STATE_BY_RANGE", text));
    let error = host.open(private()).unwrap_err();
    let text = "Queries on pvt data is supported only in a read-only transaction";
    assert_eq!(error.as_str(), unsupported("GET_STATE_BY_RANGE", text));
    // A plain scan is fine.
    host.open(range("", "")).unwrap();

    let (_, mut host) = bench.host(HostOptions::default());
    host.open(private()).unwrap();
    let text = "Transaction has already performed queries on pvt data. Writes are not allowed";
    assert_eq!(put(&mut host).unwrap_err(), unsupported("PUT_STATE", text));
}

#[test]
fn rich_queries_answer_as_leveldb_does() {
    let bench = Bench::new(1);
    let (_, mut host) = bench.host(HostOptions::default());
    let rich = |space| Selection::Rich { space, query: "{}" };
    let error = host.open(rich(Space::Public)).unwrap_err();
    assert_eq!(
        error.as_str(),
        "GET_QUERY_RESULT failed: transaction ID: ab01: ExecuteQuery not supported for leveldb"
    );
    let request = PageRequest {
        size: 1,
        bookmark: "",
    };
    let error = host.page(rich(Space::Public), request).unwrap_err();
    assert!(
        error
            .as_str()
            .ends_with("ExecuteQueryWithMetadata not supported for leveldb")
    );
    // The attempt counts as a paginated query, as it does on Go peers.
    assert!(
        put(&mut host)
            .unwrap_err()
            .contains("already performed a paginated query")
    );
}

#[test]
fn private_data_has_a_doorkeeper() {
    let bench = Bench::new(1);
    let (simulator, mut host) = bench.host(HostOptions::default());
    let read = |host: &mut TransactionHost<Nothing>, collection: &str| {
        let outcome = host.get_state(Space::Private(collection), "k");
        outcome.map_err(|error| error.as_str().to_owned())
    };
    assert_eq!(read(&mut host, "open"), Ok(None));
    assert_eq!(
        read(&mut host, "hidden").unwrap_err(),
        "GET_STATE failed: transaction ID: ab01: tx creator does not have read access permission on privatedata in chaincodeName:cc collectionName: hidden"
    );
    let error = host
        .write(Space::Private("readonly"), "k", Change::Delete)
        .unwrap_err();
    assert_eq!(
        error.as_str(),
        "DEL_STATE failed: transaction ID: ab01: tx creator does not have write access permission on privatedata in chaincodeName:cc collectionName: readonly"
    );
    assert_eq!(
        read(&mut host, "unknown").unwrap_err(),
        "GET_STATE failed: transaction ID: ab01: collection [unknown] not defined in the collection config for chaincode [cc]"
    );
    assert_eq!(read(&mut host, "open"), Ok(None));
    assert_eq!(
        host.outside().asked,
        ["open", "hidden", "readonly", "unknown"]
    );
    let error = host.write(Space::Public, "k", Change::Purge).unwrap_err();
    assert_eq!(
        error.as_str(),
        "PURGE_PRIVATE_DATA failed: transaction ID: ab01: only applicable for private data"
    );
    // What the source of collections read is in the read set.
    let public = simulator.lock().results().unwrap().public;
    let set = TxReadWriteSet::decode(public).unwrap();
    assert!(
        set.ns_rwset
            .iter()
            .any(|set| set.namespace == "definitions")
    );
}

#[test]
fn capabilities_and_initialization() {
    let bench = Bench::new(1);
    let old = HostOptions {
        key_metadata: false,
        purge: false,
        is_init: true,
        ..HostOptions::default()
    };
    let (_, mut host) = bench.host(old);
    let entry = MetadataEntry {
        name: "m".into(),
        value: Bytes::new(),
    };
    let error = host
        .write(Space::Public, "k", Change::Metadata(entry))
        .unwrap_err();
    assert!(error.as_str().ends_with(
        "key level endorsement is not enabled, channel application capability of V1_3 or later is required"
    ));
    let purge = Write {
        collection: "open".into(),
        key: "k".into(),
        change: Change::Purge,
    };
    let error = host.write_batch(vec![purge]).unwrap_err();
    assert_eq!(
        error.as_str(),
        "WRITE_BATCH_STATE failed: transaction ID: ab01: purge private data is not enabled, channel application capability of V2_5 or later is required"
    );
    let error = host.get_private_data_hash("open", "k").unwrap_err();
    assert_eq!(
        error.as_str(),
        "GET_PRIVATE_DATA_HASH failed: transaction ID: ab01: private data APIs are not allowed in chaincode Init()"
    );
}

#[test]
fn a_simulator_that_is_done() {
    let bench = Bench::new(1);
    let (simulator, mut host) = bench.host(HostOptions::default());
    simulator.lock().done();
    assert_eq!(
        host.get_state(Space::Public, "k").unwrap_err().as_str(),
        "GET_STATE failed: transaction ID: ab01: this instance should not be used after calling Done()"
    );
    simulator.lock().results().unwrap();
    assert_eq!(
        simulator.lock().results().unwrap_err().to_string(),
        "this function should only be called once on a transaction simulator instance"
    );
}
