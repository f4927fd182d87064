use proptest::prelude::*;
use proptest::sample::select;
use selvedge_query::Json;

pub(super) use crate::properties::one;
use crate::properties::{INDEXES, conditions, documents, scalars, selectors, tests, values};

/// Beside those of the other properties: of some documents, of none, downward, under a name beside another, of keys, and of
/// elements.
const MORE: &[&str] = &[
    r#"{"index":{"fields":["a"],"partial_filter_selector":{"b":{"$gt":1}}},"ddoc":"6","name":"some"}"#,
    r#"{"index":{"fields":["b"],"partial_filter_selector":{"$or":[]}},"ddoc":"7","name":"nothing"}"#,
    r#"{"index":{"fields":[{"b":"desc"}]},"ddoc":"8","name":"down"}"#,
    r#"{"index":{"fields":["a"]},"ddoc":"1","name":"again"}"#,
    r#"{"index":{"fields":["_id"]},"ddoc":"9","name":"key"}"#,
    r#"{"index":{"fields":["a.0"]},"ddoc":"0","name":"first"}"#,
];

pub(super) fn indexes() -> impl Strategy<Value = Vec<&'static str>> {
    let all = [INDEXES, MORE].concat();
    let count = all.len();
    prop::sample::subsequence(all, 0..=count)
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof!["[abAB]{1,2}", "k[0-9]", "[aäß0. é~]{1,3}", "[a\u{0}-]{1,2}"]
}

pub(super) fn stored() -> impl Strategy<Value = Vec<(String, Json)>> {
    let value = prop_oneof![8 => documents(), 1 => values()];
    prop::collection::vec((keys(), value), 0..25)
}

fn text(text: &str) -> Json {
    Json::String(text.to_owned())
}

fn names() -> impl Strategy<Value = Json> {
    select(vec!["a", "b", "c", "a.b", "a.0", "_id"]).prop_map(text)
}

fn sorts() -> impl Strategy<Value = Json> {
    let direction = select(vec![None, Some("asc"), Some("desc")]);
    (prop::collection::vec(names(), 0..4), direction).prop_map(|(fields, direction)| {
        let fields = fields.into_iter().map(|field| match (&field, direction) {
            (Json::String(name), Some(direction)) => one(name, text(direction)),
            _ => field,
        });
        Json::Array(fields.collect())
    })
}

fn restrictions() -> impl Strategy<Value = Json> {
    let field = prop_oneof![3 => Just("a"), 2 => Just("b"), 1 => Just("c"), 1 => Just("a.b"), 1 => Just("_id")];
    let each = (field, tests()).prop_map(|(name, test)| one(name, test));
    prop::collection::vec(each, 1..5).prop_map(|each| one("$and", Json::Array(each)))
}

fn use_indexes() -> impl Strategy<Value = Json> {
    let designs = vec!["1", "_design/2", "6", "7", "8", "_design/9", "none"];
    let names = vec!["a", "ba", "some", "nothing", "down", "key", "again"];
    prop_oneof![
        select(designs.clone()).prop_map(text),
        (select(designs), select(names))
            .prop_map(|(design, name)| Json::Array(vec![text(design), text(name)])),
    ]
}

fn sometimes(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Option<Json>> {
    prop::option::weighted(0.3, value)
}

fn query(members: Vec<(&str, Option<Json>)>) -> Json {
    let given = members.into_iter();
    Json::object(
        given
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
    )
}

pub(super) fn queries() -> impl Strategy<Value = Json> {
    let selector =
        prop_oneof![4 => selectors(), 4 => restrictions(), 1 => Just(Json::Object(vec![]))];
    (
        selector,
        sometimes(sorts()),
        sometimes(prop::collection::vec(names(), 0..3).prop_map(Json::Array)),
        sometimes(use_indexes()),
        sometimes(any::<bool>().prop_map(Json::Bool)),
        sometimes((0_i64..4).prop_map(|skip| Json::Number(skip.into()))),
    )
        .prop_map(|(selector, sort, fields, index, fallback, skip)| {
            query(vec![
                ("selector", Some(selector)),
                ("sort", sort),
                ("fields", fields),
                ("use_index", index),
                ("allow_fallback", fallback),
                ("skip", skip),
            ])
        })
}

/// Values that stand where they may not.
fn odd() -> impl Strategy<Value = Json> {
    prop_oneof![
        values(),
        (-3_i64..3).prop_map(|n| Json::Number(n.into())),
        select(vec![
            "", "$", "a.", ".a", "a..b", "a\\", "$eq", "_id", "ok", "false", "nil", "(", "é",
            "a/b", "a/b/c"
        ])
        .prop_map(text),
        select(vec!["$eq", "$foo", "a.", "$and"])
            .prop_flat_map(|name| scalars().prop_map(move |value| one(name, value))),
    ]
}

fn odd_selectors() -> impl Strategy<Value = Json> {
    let names = vec![
        "$eq",
        "$ne",
        "$lt",
        "$in",
        "$nin",
        "$all",
        "$exists",
        "$type",
        "$size",
        "$regex",
        "$beginsWith",
        "$elemMatch",
        "$allMatch",
        "$keyMapMatch",
        "$and",
        "$or",
        "$nor",
        "$not",
        "$foo",
        "a",
        "a.",
        "",
        "a\\.b",
    ];
    let member = (select(names), prop_oneof![3 => odd(), 1 => conditions()]);
    let member = member.prop_map(|(name, value)| one(name, value));
    let nested = (
        select(vec!["a", "$not", "$elemMatch", "b.c"]),
        member.clone(),
    );
    let listed = (
        select(vec!["$and", "$or", "$nor", "$all", "$in"]),
        prop::collection::vec(member.clone(), 0..3),
    );
    prop_oneof![
        3 => member,
        3 => nested.prop_map(|(name, value)| one(name, value)),
        2 => listed.prop_map(|(name, items)| one(name, Json::Array(items))),
        1 => odd(),
    ]
}

/// Mostly refused. `fields` is always a list: Fabric asks for that itself.
pub(super) fn dubious() -> impl Strategy<Value = Json> {
    let selector = prop_oneof![3 => odd_selectors(), 1 => Just(one("a", Json::Null))];
    // For an object CouchDB has no words, only a failure at the first document.
    let named = odd().prop_filter("an object", |value| !matches!(value, Json::Object(_)));
    let others = vec![
        "sort",
        "use_index",
        "bookmark",
        "skip",
        "r",
        "conflicts",
        "stale",
        "update",
        "stable",
        "execution_stats",
        "allow_fallback",
        "foo",
    ];
    (
        prop::option::weighted(0.95, selector),
        prop::option::weighted(
            0.2,
            prop::collection::vec(named, 0..3).prop_map(Json::Array),
        ),
        prop::collection::vec((select(others), odd()), 0..2),
    )
        .prop_map(|(selector, fields, others)| {
            let mut members = vec![("selector", selector), ("fields", fields)];
            members.extend(others.into_iter().map(|(name, value)| (name, Some(value))));
            query(members)
        })
}

/// Of many scripts, with marks and signs that collations ignore, shorten or expand. Of Han those that the collations of
/// all releases of ICU order alike. Marks that ICU puts into an order before it compares are left out: CouchDB has that
/// switched off.
pub(super) fn texts() -> impl Strategy<Value = Json> {
    prop_oneof![
        "[\u{1}-\u{24f}]{0,6}",
        "[a-cA-C0-9 _.,;:!?'\"()\\[\\]{}@*/&#%`^+<=>|~$-]{0,5}",
        "[aAàÀâÄäåæÆeéèßsœOoøöoe\u{301}\u{308}\u{30a}ıiİ]{0,5}",
        "[\u{370}-\u{37f}\u{384}-\u{3ff}\u{400}-\u{482}\u{48a}-\u{52f}\u{301}\u{308}]{0,5}",
        "[\u{5d0}-\u{5ea}\u{621}-\u{64a}\u{905}-\u{939}\u{e01}-\u{e30}\u{e40}-\u{e46}]{0,5}",
        "[\u{905}-\u{939}\u{93e}-\u{94d}]{0,5}",
        "[\u{3041}-\u{3096}\u{3099}-\u{309f}\u{30a1}-\u{30ff}\u{ff66}-\u{ff9f}一中字漢]{0,4}",
        "[\u{1100}-\u{1112}\u{1161}-\u{1175}\u{11a8}-\u{11c2}\u{ac00}-\u{ad00}]{0,4}",
        "[\u{1f600}-\u{1f640}\u{2190}-\u{21ff}\u{2200}-\u{22ff}]{0,3}",
    ]
    .prop_map(Json::String)
}

/// All from a text on, in order.
pub(super) fn from(bound: Json) -> Json {
    let selector = one("a", one("$gte", bound));
    query(vec![
        ("selector", Some(selector)),
        ("sort", Some(Json::Array(vec![text("a")]))),
    ])
}
