//! Rich queries, the definitions of indexes, and the values they look into.

use crate::Target;
use selvedge_query::{Bounds, Document, Index, Plan, Query, canonical, check_key, check_value};

pub(crate) const TARGET: Target = Target {
    name: "query",
    run,
    seeds,
};

const KEY: &str = "key";

/// A query, a bookmark, an index and a value, with zero bytes between them.
fn run(data: &[u8]) {
    let mut parts = data.split(|byte| *byte == 0);
    let mut next = || parts.next().unwrap_or_default();
    let (text, bookmark, definition, value) = (next(), next(), next(), next());
    let _ = check_value(value);
    let _ = check_key(&String::from_utf8_lossy(bookmark));
    if let Some(once) = canonical(value) {
        assert_eq!(canonical(&once).as_ref(), Some(&once));
    }
    let document = Document::new(KEY, value);
    let index = Index::parse(definition).ok();
    if let Some(index) = &index {
        let _ = index.label();
        assert!(
            Index::parse(index.to_json().as_bytes())
                .unwrap()
                .is_same(index)
        );
    }
    let (text, bookmark) = (
        String::from_utf8_lossy(text),
        String::from_utf8_lossy(bookmark),
    );
    let Ok(query) = Query::parse(&text, &bookmark) else {
        return;
    };
    let _ = query.project(&document);
    let indexes: Vec<&Index> = index.iter().collect();
    continues(&text, &query, &document, &indexes);
    let is_found = query.matches(&document);
    if let Ok(plan) = query.plan(&indexes)
        && is_found
    {
        in_bounds(&plan, index.as_ref(), &document);
    }
}

/// After a page that ended with the document the next begins behind it.
fn continues(text: &str, query: &Query, document: &Document, indexes: &[&Index]) {
    let index = match query.plan(indexes) {
        Ok(plan) => plan.index.map(|at| indexes[at]),
        Err(_) => return,
    };
    let entry = index.map_or(Some(Vec::new()), |index| index.entry(document));
    if let Some(entry) = entry {
        let bookmark = query.bookmark(document, index);
        let next = Query::parse(text, &bookmark).and_then(|query| query.plan(indexes));
        let row = [entry, KEY.into()].concat();
        assert_eq!(next.unwrap().after, Some(row));
    }
}

/// No plan passes over a document that the query matches.
fn in_bounds(plan: &Plan, index: Option<&Index>, document: &Document) {
    match &plan.bounds {
        Bounds::Nothing => panic!("a document matches where none should"),
        Bounds::Rows { lower, upper } => {
            let index = index.expect("rows of no index");
            let Some(entry) = index.entry(document) else {
                // A query that names a partial index is answered from what the index holds, as CouchDB answers it.
                let is_partial = index.to_json().contains("partial_filter_selector");
                return assert!(is_partial, "the index lacks the document");
            };
            let row = [entry, KEY.into()].concat();
            assert!(*lower <= row && row < *upper, "the row is out of bounds");
        }
        Bounds::Ids { first, last } => {
            let after = first.as_ref().is_none_or(|first| first.as_str() <= KEY);
            let before = last.as_ref().is_none_or(|last| KEY <= last.as_str());
            assert!(after && before, "the key is out of bounds");
        }
    }
}

const INDEX: &str = r#"{"index":{"fields":["a",{"b.c":"asc"}],"partial_filter_selector":{"d":1}},"ddoc":"d","name":"n","type":"json"}"#;

fn seeds() -> Vec<Vec<u8>> {
    let value = r#"{"a":1,"b":{"c":["x",2.5e3,null]},"d":1,"e":[{"f":true}]}"#;
    let queries = [
        r#"{"selector":{"a":{"$gte":1,"$lt":5},"b.c":{"$exists":true}},"sort":[{"a":"desc"}],"fields":["a","b.c"],"limit":3,"skip":1,"use_index":["_design/d","n"]}"#,
        r#"{"selector":{"$or":[{"a":{"$in":[1,2]}},{"$not":{"e":{"$elemMatch":{"f":{"$ne":false}}}}}],"_id":{"$gt":"a"}}}"#,
        r#"{"selector":{"$and":[{"a":{"$type":"number"}},{"b.c":{"$size":3}},{"e":{"$allMatch":{"f":true}}},{"d":{"$mod":[2,1]}}]}}"#,
        r#"{"selector":{"$nor":[{"a":{"$regex":"^x+$"}},{"b":{"$keyMapMatch":{"$eq":"c"}}},{"a":{"$beginsWith":"y"}}]},"bookmark":""}"#,
        r#"{"selector":{"b.c":{"$all":["x",null]},"a":{"$eq":1}},"execution_stats":true,"allow_fallback":false}"#,
    ];
    let index = Index::parse(INDEX.as_bytes()).ok();
    let first_page = Query::parse(queries[0], "").expect("a query");
    let bookmark = first_page.bookmark(&Document::new(KEY, value.as_bytes()), index.as_ref());
    let seed = |query: &str| [query, &bookmark, INDEX, value].join("\0").into_bytes();
    let first = |query: &str| [query, "", INDEX, value].join("\0").into_bytes();
    let mut seeds: Vec<_> = queries.iter().map(|query| first(query)).collect();
    seeds.push(seed(queries[0]));
    seeds
}
