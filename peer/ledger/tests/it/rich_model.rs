//! Whatever happens to the state, an index finds what a scan finds.

use crate::rich::{Bench, couchdb, keys};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Block(Vec<(u8, Option<String>)>),
    Index(usize),
    Reopen,
}

const INDEXES: [&str; 3] = [
    r#"{"index":{"fields":["a"]},"ddoc":"x","name":"a"}"#,
    r#"{"index":{"fields":["b","a"]},"ddoc":"x","name":"ba"}"#,
    r#"{"index":{"fields":["b"],"partial_filter_selector":{"a":{"$gt":1}}},"ddoc":"x","name":"a"}"#,
];

const QUERIES: [&str; 6] = [
    r#"{"selector":{"a":{"$gt":null}}}"#,
    r#"{"selector":{"a":{"$gte":1,"$lt":"b"}}}"#,
    r#"{"selector":{"b":"x","a":{"$lte":2}}}"#,
    r#"{"selector":{"b":{"$gte":"A"}}}"#,
    r#"{"selector":{"$or":[{"a":1},{"a":"x"}]}}"#,
    r#"{"selector":{"b":{"$exists":true}}}"#,
];

fn values() -> impl Strategy<Value = Option<String>> {
    let part = || prop::sample::select(vec!["1", "2", "null", r#""x""#, r#""A""#, "[]"]);
    let both = (part(), part()).prop_map(|(a, b)| format!(r#"{{"a":{a},"b":{b}}}"#));
    prop_oneof![
        1 => Just(None),
        1 => Just(Some("text".to_owned())),
        2 => part().prop_map(|a| Some(format!(r#"{{"a":{a}}}"#))),
        4 => both.prop_map(Some),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let write = (0..6_u8, values());
    let step = prop_oneof![
        6 => prop::collection::vec(write, 1..5).prop_map(Step::Block),
        2 => (0..INDEXES.len()).prop_map(Step::Index),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..10)
}

fn write(bench: &Bench, rows: &[(u8, Option<String>)]) {
    bench.commit(|simulator| {
        for (key, value) in rows {
            let key = format!("k{key}");
            match value {
                Some(value) => simulator.put("cc", &key, value.clone().into()).unwrap(),
                None => simulator.delete("cc", &key).unwrap(),
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn an_index_finds_what_a_scan_finds(steps in steps()) {
        let plain = Bench::new(couchdb());
        let mut indexed = Bench::new(couchdb());
        for step in steps {
            match step {
                Step::Block(rows) => {
                    write(&plain, &rows);
                    write(&indexed, &rows);
                }
                Step::Index(at) => drop(indexed.index(None, INDEXES[at])),
                Step::Reopen => indexed = indexed.reopened(couchdb()),
            }
            for query in QUERIES {
                let expected = plain.find(query).unwrap();
                let found = indexed.find(query).unwrap();
                let mut sorted = found.clone();
                sorted.sort();
                prop_assert_eq!(&sorted, &expected, "{} {:?}", query, keys(&found));
            }
        }
    }
}
