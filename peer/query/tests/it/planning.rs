//! Which index is taken, and in which order rows come (CouchDB: mango_idx_view.erl, mango_cursor_view.erl).

use crate::store::Store;
use selvedge_query::{Bounds, Document, Query};

const OWNER: &str = r#"{"index":{"fields":["owner"]},"ddoc":"ownerDoc","name":"owner"}"#;
const OWNER_SIZE: &str =
    r#"{"index":{"fields":["owner","size"]},"ddoc":"ownerSizeDoc","name":"ownerSize"}"#;
const SIZE_DESC: &str = r#"{"index":{"fields":[{"size":"desc"}]},"ddoc":"sizeDoc","name":"size"}"#;
const PARTIAL: &str = r#"{"index":{"fields":["size"],"partial_filter_selector":{"owner":"tom"}},"ddoc":"partialDoc","name":"toms"}"#;

const MARBLES: &[(&str, &str)] = &[
    ("m1", r#"{"owner":"tom","size":5}"#),
    ("m2", r#"{"owner":"Tom","size":3}"#),
    ("m3", r#"{"owner":"jerry","size":5}"#),
    ("m4", r#"{"owner":"tom","size":"large"}"#),
    ("m5", r#"{"owner":"tom"}"#),
    ("m6", "no JSON"),
];

fn store() -> Store {
    Store::new(MARBLES, &[OWNER, OWNER_SIZE, SIZE_DESC, PARTIAL])
}

fn chosen(query: &str) -> Option<String> {
    let store = store();
    let plan = store.plan(query).unwrap();
    plan.index.map(|at| store.indexes[at].label())
}

#[test]
fn the_index_that_covers_most_restrictions_wins_then_the_shorter_one() {
    for (query, index) in [
        (
            r#"{"selector":{"owner":"tom"}}"#,
            Some("_design/ownerDoc/owner"),
        ),
        (
            r#"{"selector":{"owner":"tom","size":{"$gt":1}}}"#,
            Some("_design/ownerSizeDoc/ownerSize"),
        ),
        (
            r#"{"selector":{"size":{"$gt":1}}}"#,
            Some("_design/sizeDoc/size"),
        ),
        // Served by an index because it must exist, though nothing narrows the scan.
        (
            r#"{"selector":{"owner":{"$regex":"t"}}}"#,
            Some("_design/ownerDoc/owner"),
        ),
        (
            r#"{"selector":{"$or":[{"owner":"a"},{"owner":"b"}]}}"#,
            Some("_design/ownerDoc/owner"),
        ),
        (r#"{"selector":{"$or":[{"owner":"a"},{"size":1}]}}"#, None),
        (r#"{"selector":{"owner":{"$exists":false}}}"#, None),
        (r#"{"selector":{"color":"red"}}"#, None),
        (r#"{"selector":{}}"#, None),
    ] {
        assert_eq!(chosen(query).as_deref(), index, "{query}");
    }
}

#[test]
fn use_index_names_an_index_or_is_passed_over_with_a_warning() {
    let query = |name: &str| {
        format!(r#"{{"selector":{{"owner":"tom","size":{{"$gt":1}}}},"use_index":{name}}}"#)
    };
    for name in [
        r#""ownerDoc""#,
        r#""_design/ownerDoc""#,
        r#"["_design/ownerDoc","owner"]"#,
        r#""ownerDoc/owner""#,
    ] {
        assert_eq!(
            chosen(&query(name)).as_deref(),
            Some("_design/ownerDoc/owner"),
            "{name}"
        );
        assert!(store().plan(&query(name)).unwrap().warnings.is_empty());
    }
    let other = query(r#"["ownerDoc","nobody"]"#);
    assert_eq!(
        chosen(&other).as_deref(),
        Some("_design/ownerSizeDoc/ownerSize")
    );
    assert_eq!(
        store().plan(&other).unwrap().warnings,
        ["_design/ownerDoc, nobody was not used because it is not a valid index for this query."]
    );
    assert_eq!(
        store()
            .plan(r#"{"selector":{"color":"red"}}"#)
            .unwrap()
            .warnings,
        ["No matching index found, create an index to optimize query time."]
    );
}

#[test]
fn a_partial_index_serves_only_who_names_it() {
    let query = r#"{"selector":{"size":{"$gt":0}}}"#;
    assert_eq!(chosen(query).as_deref(), Some("_design/sizeDoc/size"));
    let named = r#"{"selector":{"size":{"$gt":0}},"use_index":"partialDoc"}"#;
    assert_eq!(store().find(named), ["m1", "m4"]);
}

#[test]
fn rows_come_in_the_order_of_the_index() {
    let by_owner = r#"{"selector":{"owner":{"$gt":null}}}"#;
    assert_eq!(store().find(by_owner), ["m3", "m1", "m4", "m5", "m2"]);
    let sorted = r#"{"selector":{"owner":{"$gt":null}},"sort":["owner","size"]}"#;
    assert_eq!(store().find(sorted), ["m3", "m1", "m4", "m2"]);
    let backwards =
        r#"{"selector":{"owner":{"$gt":null}},"sort":[{"owner":"desc"},{"size":"desc"}]}"#;
    assert_eq!(store().find(backwards), ["m2", "m4", "m1", "m3"]);
    let fixed = r#"{"selector":{"owner":"tom"},"sort":[{"size":"desc"}]}"#;
    assert_eq!(store().find(fixed), ["m4", "m1"]);
}

#[test]
fn a_sort_needs_an_index() {
    let refused = "error handling CouchDB request. Error:no_usable_index,  Status Code:400,  Reason:No index exists \
                   for this sort, try indexing by the sort fields.";
    for query in [
        r#"{"selector":{"owner":"tom"},"sort":["color"]}"#,
        r#"{"selector":{"owner":"tom"},"sort":["size","owner"]}"#,
        r#"{"selector":{"color":"red"},"sort":["_id"]}"#,
    ] {
        assert_eq!(store().plan(query).unwrap_err(), refused, "{query}");
    }
    let by_key = r#"{"selector":{"_id":{"$gt":"m2"}},"sort":[{"_id":"desc"}]}"#;
    assert_eq!(store().find(by_key), ["m6", "m5", "m4", "m3"]);
}

#[test]
fn contradictions_are_not_searched() {
    for selector in [
        r#"{"owner":{"$gt":"b","$lt":"a"}}"#,
        r#"{"$and":[{"owner":"a"},{"owner":"b"}]}"#,
        r#"{"_id":{"$gt":"b","$lt":"a"}}"#,
        r#"{"$or":[]}"#,
        r#"{"$and":[]}"#,
    ] {
        let query = format!(r#"{{"selector":{selector}}}"#);
        assert_eq!(
            store().plan(&query).unwrap().bounds,
            Bounds::Nothing,
            "{selector}"
        );
        let query = Query::parse(&query, "").unwrap();
        let document = Document::new("m1", br#"{"owner":"a"}"#);
        assert!(!query.matches(&document), "{selector}");
    }
}
