use crate::oracle;
use crate::store::Store;
use proptest::prelude::*;
use selvedge_query::{Document, Index, Json, Query, canonical, check_value};

pub(crate) fn scalars() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        (-2_i64..4).prop_map(|n| Json::Number(n.into())),
        "[abAB]{0,2}".prop_map(Json::String),
    ]
}

pub(crate) fn values() -> impl Strategy<Value = Json> {
    scalars().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::Array),
            prop::collection::vec(("[abc]", inner), 0..3).prop_map(Json::object),
        ]
    })
}

pub(crate) fn documents() -> impl Strategy<Value = Json> {
    prop::collection::vec(("[abc]", values()), 0..4).prop_map(Json::object)
}

pub(crate) fn one(name: &str, value: Json) -> Json {
    Json::Object(vec![(name.to_owned(), value)])
}

pub(crate) fn tests() -> impl Strategy<Value = Json> {
    let names = ["$eq", "$ne", "$lt", "$lte", "$gt", "$gte"];
    prop_oneof![
        4 => (prop::sample::select(names.to_vec()), values()).prop_map(|(name, value)| one(name, value)),
        1 => (prop::sample::select(vec!["$in", "$nin", "$all"]), prop::collection::vec(values(), 0..3))
            .prop_map(|(name, items)| one(name, Json::Array(items))),
        1 => any::<bool>().prop_map(|value| one("$exists", Json::Bool(value))),
        1 => prop::sample::select(vec!["null", "boolean", "number", "string", "array", "object"])
            .prop_map(|name| one("$type", Json::String(name.into()))),
        1 => (0_i64..3).prop_map(|size| one("$size", Json::Number(size.into()))),
        1 => (prop::sample::select(vec!["$beginsWith", "$regex"]), "[abAB]{0,2}")
            .prop_map(|(name, text)| one(name, Json::String(text))),
    ]
}

/// Of a field, or below `$elemMatch` of a value.
pub(crate) fn conditions() -> impl Strategy<Value = Json> {
    tests().prop_recursive(2, 6, 2, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..3).prop_map(Json::Array);
        prop_oneof![
            (prop::sample::select(vec!["$and", "$or"]), several)
                .prop_map(|(name, items)| one(name, items)),
            inner.clone().prop_map(|item| one("$not", item)),
            (prop::sample::select(vec!["$elemMatch", "$allMatch"]), inner)
                .prop_map(|(name, item)| one(name, item)),
        ]
    })
}

pub(crate) fn selectors() -> impl Strategy<Value = Json> {
    let field = (
        "[abc](\\.[ab01])?",
        prop_oneof![3 => conditions(), 1 => scalars()],
    )
        .prop_map(|(name, condition)| one(&name, condition));
    field.prop_recursive(3, 10, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            (
                prop::sample::select(vec!["$and", "$or", "$nor"]),
                several.clone()
            )
                .prop_map(|(name, items)| one(name, Json::Array(items))),
            inner.prop_map(|item| one("$not", item)),
            several.prop_map(|items| {
                let members = items.into_iter().flat_map(|item| match item {
                    Json::Object(members) => members,
                    _ => vec![],
                });
                Json::object(members.collect())
            }),
        ]
    })
}

pub(crate) const INDEXES: &[&str] = &[
    r#"{"index":{"fields":["a"]},"ddoc":"1","name":"a"}"#,
    r#"{"index":{"fields":["b","a"]},"ddoc":"2","name":"ba"}"#,
    r#"{"index":{"fields":["a.b"]},"ddoc":"3","name":"nested"}"#,
    r#"{"index":{"fields":["c","_id"]},"ddoc":"4","name":"c"}"#,
    r#"{"index":{"fields":["a","b","c"]},"ddoc":"5","name":"abc"}"#,
];

/// With every subset of the indexes the same documents are found.
fn same_with_indexes(stored: &[Json], selector: &Json, some: &[bool]) {
    let texts: Vec<(String, String)> = (0..)
        .zip(stored)
        .map(|(at, value): (u32, _)| (format!("k{at}"), value.to_string()))
        .collect();
    let stored: Vec<(&str, &str)> = texts
        .iter()
        .map(|(key, value)| (&**key, &**value))
        .collect();
    let indexes: Vec<&str> = INDEXES
        .iter()
        .zip(some)
        .filter(|(_, used)| **used)
        .map(|(index, _)| *index)
        .collect();
    let store = Store::new(&stored, &indexes);
    let query = format!(r#"{{"selector":{selector}}}"#);
    let mut found = store.find(&query);
    found.sort();
    assert_eq!(
        found,
        store.scan(&query),
        "{query} {:?}",
        store.plan(&query)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn selectors_match_what_they_say(selector in selectors(), document in documents()) {
        let query = Query::parse(&format!(r#"{{"selector":{selector}}}"#), "").unwrap();
        let stored = Document::new("k", document.to_string().as_bytes());
        prop_assert_eq!(
            query.matches(&stored),
            oracle::matches(&selector, &document, false),
            "{} on {}", selector, document
        );
    }

    #[test]
    fn indexes_change_no_result(
        stored in prop::collection::vec(documents(), 0..12),
        selector in selectors(),
        some in prop::collection::vec(any::<bool>(), INDEXES.len()),
    ) {
        same_with_indexes(&stored, &selector, &some);
    }

    #[test]
    fn ranges_lose_nothing(
        stored in prop::collection::vec(documents(), 0..12),
        restrictions in prop::collection::vec(("[abc]", tests()), 1..5),
        some in prop::collection::vec(any::<bool>(), INDEXES.len()),
    ) {
        let each = restrictions.iter().map(|(name, test)| one(name, test.clone()));
        same_with_indexes(&stored, &one("$and", Json::Array(each.collect())), &some);
    }

    #[test]
    fn nothing_that_is_read_panics(text in any::<String>(), bytes in any::<Vec<u8>>(), bookmark in any::<String>()) {
        let _ = Query::parse(&text, &bookmark);
        let _ = Query::parse(&String::from_utf8_lossy(&bytes), "");
        let _ = Index::parse(&bytes);
        let _ = check_value(&bytes);
        let _ = Document::new(&text, &bytes);
    }

    #[test]
    fn queries_with_the_right_words_do_not_panic(
        text in r#"\{("selector"|"sort"|"fields"|"a"|:|,|\{|\}|\[|\]|"\$(and|or|not|in|mod|regex|size|elemMatch)"|1|-|null|\\|"){0,30}"#,
    ) {
        let _ = Query::parse(&text, "");
        let _ = Query::parse(&format!(r#"{{"selector":{text}}}"#), "");
        let _ = Index::parse(text.as_bytes());
    }

    #[test]
    fn canonical_bytes_stay_as_they_are(value in documents()) {
        let once = canonical(value.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&canonical(&once).unwrap(), &once);
        prop_assert_eq!(Document::new("k", &once), Document::new("k", value.to_string().as_bytes()));
    }
}
