//! Rich queries on the ledger: what is answered, what is recorded, and that indexes follow the state.

use crate::synthetic;
use bytes::Bytes;
use prost::Message;
use selvedge_interface::MetadataEntry;
use selvedge_ledger::{
    BlockAndCodes, BlockToLive, CollectionNames, CollectionSource, IndexFile, IndexOutcome, Ledger,
    Options, SimulationError, Simulator, Snapshot, StateDatabase, TxPrivateData,
};
use selvedge_protos::kvrwset::KvrwSet;
use selvedge_protos::rwset::TxReadWriteSet;
use std::path::Path;
use std::sync::Arc;

pub(crate) const OWNER: &str =
    r#"{"index":{"fields":["owner","size"]},"ddoc":"indexOwnerDoc","name":"indexOwner"}"#;

struct Collections;

impl CollectionSource for Collections {
    fn collections(
        &self,
        _: &mut Simulator,
        _: &str,
    ) -> Result<Option<CollectionNames>, SimulationError> {
        Ok(Some(["secret", "brief"].map(str::to_owned).into()))
    }
}

struct Brief;

impl BlockToLive for Brief {
    fn block_to_live(&self, _: &Snapshot, _: &str, collection: &str) -> Result<u64, String> {
        Ok(u64::from(collection == "brief"))
    }
}

pub(crate) struct Bench {
    dir: tempfile::TempDir,
    pub(crate) ledger: Ledger,
}

pub(crate) fn couchdb() -> Options {
    Options {
        state_database: StateDatabase::CouchDb,
        block_to_live: Arc::new(Brief),
        ..synthetic::options()
    }
}

fn open(dir: &Path, options: Options) -> Ledger {
    Ledger::open(dir, options).unwrap()
}

impl Bench {
    pub(crate) fn new(options: Options) -> Self {
        let dir = synthetic::dir();
        let ledger = Ledger::create(dir.path(), synthetic::genesis(), options).unwrap();
        Self { dir, ledger }
    }

    pub(crate) fn reopened(self, options: Options) -> Self {
        let Self { dir, ledger } = self;
        drop(ledger);
        let ledger = open(dir.path(), options);
        Self { dir, ledger }
    }

    pub(crate) fn simulator(&self) -> Simulator {
        let tx = format!("tx{}", self.ledger.height());
        self.ledger.simulator(tx, Arc::new(Collections))
    }

    /// Commits what `simulate` writes as a block of one transaction, and answers its code.
    pub(crate) fn commit(&self, simulate: impl FnOnce(&mut Simulator)) -> u8 {
        let mut simulator = self.simulator();
        simulate(&mut simulator);
        let results = simulator.results().unwrap();
        let tx = format!("tx{}", self.ledger.height());
        let envelope = synthetic::transaction(&tx, results.public);
        let private = results
            .private
            .map(|write_set| TxPrivateData { tx: 0, write_set });
        let input = BlockAndCodes {
            block: synthetic::next_block(&self.ledger, vec![envelope]),
            codes: vec![0],
            private: private.into_iter().collect(),
        };
        self.ledger.commit(input).unwrap().codes[0]
    }

    pub(crate) fn put(&self, rows: &[(&str, &str)]) {
        let code = self.commit(|simulator| {
            for (key, value) in rows {
                simulator
                    .put("cc", key, Bytes::copy_from_slice(value.as_bytes()))
                    .unwrap();
            }
        });
        assert_eq!(code, 0);
    }

    pub(crate) fn index(&self, collection: Option<&str>, definition: &str) -> IndexOutcome {
        let file = IndexFile {
            name: "index.json".into(),
            definition: Bytes::copy_from_slice(definition.as_bytes()),
        };
        let mut outcomes = self
            .ledger
            .deploy_indexes("cc", collection, &[file])
            .unwrap();
        outcomes.pop().unwrap().1
    }

    /// Keys and values.
    pub(crate) fn find(&self, query: &str) -> Result<Vec<(String, String)>, String> {
        let mut simulator = self.simulator();
        let scan = simulator.rich_query("cc", query);
        let rows = scan.and_then(|scan| simulator.advance(scan, usize::MAX));
        Ok(texts(rows.map_err(|error| error.to_string())?))
    }

    fn find_private(&self, collection: &str, query: &str) -> Vec<(String, String)> {
        let mut simulator = self.simulator();
        let scan = simulator
            .rich_query_private("cc", collection, query)
            .unwrap();
        texts(simulator.advance(scan, usize::MAX).unwrap())
    }
}

fn texts(rows: Vec<selvedge_ledger::Row>) -> Vec<(String, String)> {
    let text = |row: selvedge_ledger::Row| {
        let value = String::from_utf8(row.value.value.to_vec()).unwrap();
        (row.key, value)
    };
    rows.into_iter().map(text).collect()
}

pub(crate) fn keys(rows: &[(String, String)]) -> Vec<&str> {
    rows.iter().map(|(key, _)| key.as_str()).collect()
}

fn marbles() -> Bench {
    let bench = Bench::new(couchdb());
    bench.put(&[
        ("m1", r#"{ "size":5, "owner":"tom", "note":"<b>" }"#),
        ("m2", r#"{"owner":"jerry","size":1.0}"#),
        ("m3", r#"{"owner":"tom","size":2}"#),
        ("m4", "not JSON"),
    ]);
    bench
}

const TOMS: &str = r#"{"selector":{"owner":"tom"}}"#;
const SIZED: &str = r#"{"selector":{"owner":"tom","size":{"$gt":null}}}"#;
const SORTED: &str = r#"{"selector":{"owner":"tom"},"sort":[{"size":"desc"}]}"#;

/// Keys of the plain reads and number of range infos in namespace `cc`.
fn recorded(simulator: &mut Simulator) -> (Vec<String>, usize) {
    let public = simulator.results().unwrap().public;
    let set = TxReadWriteSet::decode(public).unwrap();
    let Some(own) = set.ns_rwset.into_iter().find(|set| set.namespace == "cc") else {
        return (vec![], 0);
    };
    let set = KvrwSet::decode(own.rwset).unwrap();
    let keys = set.reads.into_iter().map(|read| read.key).collect();
    (keys, set.range_queries_info.len())
}

#[test]
fn rows_come_back_as_couchdb_writes_them() {
    let bench = marbles();
    let found = bench.find(TOMS).unwrap();
    let first = r#"{"note":"\u003cb\u003e","owner":"tom","size":5}"#;
    assert_eq!(found[0], ("m1".into(), first.into()));
    assert_eq!(keys(&found), ["m1", "m3"]);
    let all = bench.find(r#"{"selector":{}}"#).unwrap();
    assert_eq!(all[3], ("m4".into(), "not JSON".into()));
    let parts = bench
        .find(r#"{"selector":{"owner":"jerry"},"fields":["size"]}"#)
        .unwrap();
    assert_eq!(parts, [("m2".to_owned(), r#"{"size":1}"#.to_owned())]);
    // Every other read of a value is written alike.
    let mut simulator = bench.simulator();
    assert_eq!(simulator.get("cc", "m1").unwrap().unwrap(), first);
    assert_eq!(simulator.range("cc", "", "").unwrap()[0].value.value, first);
}

/// The commit hash covers the value to which metadata is put, in CouchDB's form, as if it had been written so.
#[test]
fn metadata_is_put_to_the_value_that_couchdb_gives_back() {
    let entries = vec![MetadataEntry {
        name: "VALIDATION_PARAMETER".into(),
        value: Bytes::from_static(b"policy"),
    }];
    let hash = |options: Options, written_again: Option<&'static str>| {
        let bench = Bench::new(options);
        let written = Bytes::from_static(br#"{"b": 1.0, "a": "<"}"#);
        bench.commit(|simulator| simulator.put("cc", "k", written).unwrap());
        bench.commit(|simulator| {
            if let Some(value) = written_again {
                simulator.put("cc", "k", value.into()).unwrap();
            }
            simulator.put_metadata("cc", "k", entries.clone()).unwrap();
        });
        bench.ledger.commit_hash()
    };
    let form = r#"{"a":"\u003c","b":1}"#;
    assert_eq!(
        hash(couchdb(), None),
        hash(synthetic::options(), Some(form))
    );
    assert_ne!(hash(couchdb(), None), hash(synthetic::options(), None));
}

#[test]
fn an_index_orders_rows_and_allows_a_sort() {
    let bench = marbles();
    let refused = bench.find(SORTED).unwrap_err();
    assert!(
        refused.contains("Error:no_usable_index,  Status Code:400"),
        "{refused}"
    );
    assert_eq!(
        bench.index(None, OWNER),
        IndexOutcome::Built("_design/indexOwnerDoc/indexOwner".into())
    );
    assert_eq!(keys(&bench.find(SIZED).unwrap()), ["m3", "m1"]);
    // It lacks who has no size, so it cannot serve this one.
    assert_eq!(keys(&bench.find(TOMS).unwrap()), ["m1", "m3"]);
    assert_eq!(keys(&bench.find(SORTED).unwrap()), ["m1", "m3"]);
    assert!(matches!(bench.index(None, OWNER), IndexOutcome::Kept(_)));
    let other = OWNER.replace("\"owner\",\"size\"", "\"color\"");
    assert!(matches!(bench.index(None, &other), IndexOutcome::Built(_)));
    assert!(
        bench.find(SORTED).is_err(),
        "the new definition took its place"
    );
    assert!(matches!(bench.index(None, "{}"), IndexOutcome::Refused(_)));
}

#[test]
fn an_index_follows_the_state_also_over_a_restart() {
    let bench = marbles();
    bench.index(None, OWNER);
    bench.commit(|simulator| {
        simulator.delete("cc", "m3").unwrap();
        simulator
            .put("cc", "m2", r#"{"owner":"tom","size":0}"#.into())
            .unwrap();
        simulator
            .put("cc", "m5", r#"{"owner":"tom"}"#.into())
            .unwrap();
        simulator.put("cc", "m1", "now text".into()).unwrap();
    });
    assert_eq!(keys(&bench.find(SORTED).unwrap()), ["m2"]);
    let bench = bench.reopened(couchdb());
    bench.put(&[("m1", r#"{"owner":"tom","size":9}"#)]);
    assert_eq!(keys(&bench.find(SORTED).unwrap()), ["m1", "m2"]);
}

#[test]
fn a_simulation_keeps_its_height() {
    let bench = marbles();
    bench.index(None, OWNER);
    let mut before = bench.simulator();
    let scan = before.rich_query("cc", SORTED).unwrap();
    bench.commit(|simulator| simulator.delete("cc", "m1").unwrap());
    let rows = before.advance(scan, 10).unwrap();
    assert_eq!(keys(&texts(rows)), ["m1", "m3"]);
    assert_eq!(keys(&bench.find(SORTED).unwrap()), ["m3"]);
}

#[test]
fn rows_pulled_are_reads_and_no_range() {
    let bench = marbles();
    let mut simulator = bench.simulator();
    let scan = simulator.rich_query("cc", r#"{"selector":{}}"#).unwrap();
    simulator.advance(scan, 2).unwrap();
    simulator.put("cc", "m9", "allowed".into()).unwrap();
    assert_eq!(
        recorded(&mut simulator),
        (vec!["m1".into(), "m2".into()], 0)
    );
    // A row that changes meanwhile is a conflict; one that appears is not.
    let stale = |write: &str| {
        let mut reader = bench.simulator();
        let scan = reader.rich_query("cc", TOMS).unwrap();
        reader.advance(scan, 100).unwrap();
        bench.put(&[(write, r#"{"owner":"tom"}"#)]);
        let envelope = synthetic::transaction(write, reader.results().unwrap().public);
        let input = BlockAndCodes {
            block: synthetic::next_block(&bench.ledger, vec![envelope]),
            codes: vec![0],
            private: vec![],
        };
        bench.ledger.commit(input).unwrap().codes[0]
    };
    assert_eq!((stale("m6"), stale("m1")), (0, 11));
}

#[test]
fn pages_follow_one_another_by_bookmark() {
    let bench = Bench::new(couchdb());
    let rows: Vec<(String, String)> = (0..25)
        .map(|row| {
            (
                format!("k{row:02}"),
                format!(r#"{{"owner":"tom","size":{}}}"#, 24 - row),
            )
        })
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(key, value)| (&**key, &**value)).collect();
    bench.put(&rows);
    bench.index(None, OWNER);
    for (query, expected) in [
        (r#"{"selector":{"size":{"$gte":0}}}"#, false),
        (TOMS, false),
        (SIZED, true),
        (SORTED, false),
        (
            r#"{"selector":{"_id":{"$gt":"k"}},"sort":[{"_id":"desc"}]}"#,
            true,
        ),
    ] {
        let (mut seen, mut bookmark) = (Vec::new(), String::new());
        loop {
            let mut simulator = bench.simulator();
            let scan = simulator.rich_query_page("cc", query, &bookmark).unwrap();
            let page = texts(simulator.advance(scan, 10).unwrap());
            bookmark = simulator.bookmark(scan).unwrap();
            assert!(simulator.put("cc", "k", "v".into()).is_err());
            seen.extend(page.iter().map(|(key, _)| key.clone()));
            if page.len() < 10 {
                break;
            }
        }
        let mut every: Vec<String> = rows.iter().map(|(key, _)| key.to_string()).collect();
        if expected {
            every.reverse();
        }
        assert_eq!(seen, every, "{query}");
        // Past the end the bookmark stays, and leads to nothing.
        let mut simulator = bench.simulator();
        let scan = simulator.rich_query_page("cc", query, &bookmark).unwrap();
        assert!(simulator.advance(scan, 10).unwrap().is_empty());
        assert_eq!(simulator.bookmark(scan).unwrap(), bookmark);
    }
    let mut simulator = bench.simulator();
    let error = simulator
        .rich_query_page("cc", TOMS, "nonsense!")
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains(r#"Reason:Invalid bookmark value: "nonsense!""#)
    );
    let scan = simulator
        .rich_query_page("cc", r#"{"selector":{"owner":"x"}}"#, "")
        .unwrap();
    assert!(simulator.advance(scan, 10).unwrap().is_empty());
    assert_eq!(simulator.bookmark(scan).unwrap(), "nil");
}

#[test]
fn skip_counts_in_every_portion() {
    let bench = Bench::new(Options {
        rich_query_portion: 3,
        ..couchdb()
    });
    let keys_of: Vec<String> = (0..10).map(|row| format!("k{row}")).collect();
    let rows: Vec<(&str, &str)> = keys_of.iter().map(|key| (&**key, "{}")).collect();
    bench.put(&rows);
    let found = bench.find(r#"{"selector":{},"skip":1,"limit":2}"#).unwrap();
    assert_eq!(keys(&found), ["k1", "k2", "k3", "k5", "k6", "k7", "k9"]);
}

#[test]
fn a_finished_range_has_its_end_as_bookmark() {
    let bench = marbles();
    let mut simulator = bench.simulator();
    let scan = simulator.scan_page("cc", "m", "m3<").unwrap();
    assert_eq!(simulator.advance(scan, 2).unwrap().len(), 2);
    assert_eq!(simulator.bookmark(scan).unwrap(), "m3");
    simulator.advance(scan, 2).unwrap();
    assert_eq!(simulator.bookmark(scan).unwrap(), r"m3\u003c");
}

#[test]
fn private_values_are_found_until_they_are_gone() {
    let bench = Bench::new(couchdb());
    let put = |collection: &str, key: &str, size: u32| {
        bench.commit(|simulator| {
            let value = format!(r#"{{"size":{size},"owner":"tom"}}"#);
            simulator
                .put_private("cc", collection, key, value.into())
                .unwrap();
        })
    };
    put("secret", "s1", 2);
    for collection in ["secret", "brief"] {
        bench.index(Some(collection), OWNER);
    }
    put("secret", "s2", 1);
    put("brief", "b1", 1);
    let found = bench.find_private("secret", SORTED);
    assert_eq!(
        found[0],
        ("s1".into(), r#"{"owner":"tom","size":2}"#.into())
    );
    assert_eq!(keys(&found), ["s1", "s2"]);
    assert_eq!(keys(&bench.find_private("brief", SORTED)), ["b1"]);
    assert_eq!(bench.find(TOMS).unwrap(), []);
    // Two blocks later the brief value has expired; a purge takes the other's row with it.
    bench.commit(|simulator| simulator.purge_private("cc", "secret", "s1").unwrap());
    bench.put(&[("x", "y")]);
    assert_eq!(keys(&bench.find_private("secret", SORTED)), ["s2"]);
    assert_eq!(bench.find_private("brief", SORTED), []);

    let mut simulator = bench.simulator();
    let scan = simulator.rich_query_private("cc", "secret", TOMS).unwrap();
    simulator.advance(scan, 10).unwrap();
    let error = simulator
        .put("cc", "k", "v".into())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("already performed queries on pvt data"),
        "{error}"
    );
    assert_eq!(recorded(&mut simulator), (vec![], 0));
}

#[test]
fn what_couchdb_cannot_hold_is_refused_and_invalid() {
    let bench = marbles();
    let mut simulator = bench.simulator();
    for (key, value, text) in [
        (
            "",
            "v",
            "invalid key. Empty string is not supported as a key by couchdb",
        ),
        ("_a", "v", "invalid key [_a], cannot begin with \"_\""),
        (
            "a",
            r#"{"_b":1}"#,
            "field [_b] is not valid for the CouchDB state database",
        ),
        (
            "a",
            r#"{"~version":1}"#,
            "field [~version] is not valid for the CouchDB state database",
        ),
    ] {
        let error = simulator.put("cc", key, value.into()).unwrap_err();
        assert_eq!(error.to_string(), text);
        let error = simulator
            .put_private("cc", "secret", key, value.into())
            .unwrap_err();
        assert_eq!(error.to_string(), text);
    }
    assert!(simulator.get("cc", "_a").is_err());
    assert!(simulator.get_private("cc", "secret", "").is_err());
    assert!(simulator.put("cc", "a", r#"[{"_b":1}]"#.into()).is_ok());

    let lax = Bench::new(synthetic::options());
    for (key, value, code) in [("_a", "v", 24), ("a", r#"{"_b":1}"#, 24), ("b", "{}", 0)] {
        let mut simulator = lax.simulator();
        simulator.put("cc", key, value.into()).unwrap();
        let envelope = synthetic::transaction(key, simulator.results().unwrap().public);
        let commit = |bench: &Bench| {
            let input = BlockAndCodes {
                block: synthetic::next_block(&bench.ledger, vec![envelope.clone()]),
                codes: vec![0],
                private: vec![],
            };
            bench.ledger.commit(input).unwrap().codes[0]
        };
        assert_eq!((commit(&bench), commit(&lax)), (code, 0), "{key}");
    }
}

#[test]
fn the_kind_of_state_can_be_changed() {
    let bench = marbles();
    bench.index(None, OWNER);
    let bench = bench.reopened(synthetic::options());
    assert_eq!(
        bench.find(TOMS).unwrap_err(),
        "ExecuteQuery not supported for leveldb"
    );
    bench.put(&[("m3", r#"{ "owner":"tom","size":7 }"#)]);
    let raw = bench.simulator().get("cc", "m3").unwrap().unwrap();
    assert_eq!(raw, r#"{ "owner":"tom","size":7 }"#);
    let bench = bench.reopened(couchdb());
    assert_eq!(keys(&bench.find(SORTED).unwrap()), ["m3", "m1"]);
}
