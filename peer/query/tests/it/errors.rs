//! Texts in which a query is refused. They reach chaincode, so they are part of an answer.

use selvedge_query::{Index, Query};

fn refusal(query: &str) -> String {
    Query::parse(query, "").unwrap_err().to_string()
}

fn couchdb(error: &str, reason: &str) -> String {
    format!("error handling CouchDB request. Error:{error},  Status Code:400,  Reason:{reason}")
}

#[test]
fn what_fabric_refuses_itself() {
    for (query, text) in [
        ("", "EOF"),
        ("{", "unexpected EOF"),
        (
            "selector",
            "invalid character 's' looking for beginning of value",
        ),
        (
            "[]",
            "json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (
            "true",
            "json: cannot unmarshal bool into Go value of type map[string]interface {}",
        ),
        (
            r#"{"selector":{},"fields":"a"}"#,
            "fields definition must be an array",
        ),
    ] {
        assert_eq!(refusal(query), text);
    }
}

#[test]
fn what_couchdb_refuses() {
    let selector = |text: &str| format!(r#"{{"selector":{text}}}"#);
    for (query, error, reason) in [
        (
            "{}".into(),
            "missing_required_key",
            "Missing required key: selector",
        ),
        (
            selector("[]"),
            "invalid_selector_json",
            "Selector must be a JSON object, not: []",
        ),
        (
            selector(r#"{"a":{"$foo":1}}"#),
            "invalid_operator",
            "Invalid operator: $foo",
        ),
        (
            selector(r#"{"$gt":1}"#),
            "invalid_selector",
            "One or more conditions is missing a field name.",
        ),
        (
            selector(r#"{"a":{"$in":1}}"#),
            "bad_arg",
            "Bad argument for operator $in: 1",
        ),
        (
            selector(r#"{"a":{"$type":1.5}}"#),
            "bad_arg",
            "Bad argument for operator $type: 1.5",
        ),
        (
            selector(r#"{"a":{"$exists":"x"}}"#),
            "bad_arg",
            "Bad argument for operator $exists: <<120>>",
        ),
        (
            selector(r#"{"a":{"$size":-1}}"#),
            "bad_arg",
            "Bad argument for operator $size: -1",
        ),
        (
            selector(r#"{"a":{"$mod":[1]}}"#),
            "bad_arg",
            "Bad argument for operator $mod: [1]",
        ),
        (
            selector(r#"{"a":{"$mod":[0,0]}}"#),
            "bad_arg",
            "Bad argument for operator $mod: [0,0]",
        ),
        (
            selector(r#"{"a":{"$regex":"("}}"#),
            "bad_arg",
            "Bad argument for operator $regex: <<40>>",
        ),
        (
            selector(r#"{"a":{"$all":{}}}"#),
            "bad_arg",
            "Bad argument for operator $all: {[]}",
        ),
        (
            selector(r#"{"$and":{"a":1}}"#),
            "bad_arg",
            "Bad argument for operator $and: {[{<<97>>,1}]}",
        ),
        (
            selector(r#"{"$not":[]}"#),
            "bad_arg",
            "Bad argument for operator $not: []",
        ),
        (
            selector(r#"{"a":{"$elemMatch":1}}"#),
            "bad_arg",
            "Bad argument for operator $elemMatch: 1",
        ),
        (
            selector(r#"{"$text":"x"}"#),
            "not_supported",
            "Unsupported operator: $text",
        ),
        (
            selector(r#"{"a..b":1}"#),
            "invalid_field_name",
            "Invalid field name: a..b",
        ),
        (
            r#"{"selector":{},"foo":1}"#.into(),
            "invalid_key",
            "Invalid key foo for this request.",
        ),
        (
            r#"{"selector":{},"skip":-1}"#.into(),
            "invalid_non_neg_integer",
            "-1 is not an integer greater than or equal to zero",
        ),
        (
            r#"{"selector":{},"sort":[{"a":"asc"},{"b":"desc"}]}"#.into(),
            "unsupported_mixed_sort",
            "Sorts currently only support a single direction for all fields.",
        ),
        (
            r#"{"selector":{},"sort":["a",{"b":"desc"}]}"#.into(),
            "unsupported_mixed_sort",
            "Sorts currently only support a single direction for all fields.",
        ),
        (
            r#"{"selector":{},"sort":{}}"#.into(),
            "invalid_sort_json",
            "Sort must be an array of sort specs, not: {[]}",
        ),
        (
            r#"{"selector":{},"sort":[1]}"#.into(),
            "invalid_sort_field",
            "Invalid sort field: 1",
        ),
        (
            r#"{"selector":{},"fields":[1]}"#.into(),
            "invalid_field",
            "Invalid JSON for field spec: 1",
        ),
        (
            r#"{"selector":{},"use_index":1}"#.into(),
            "invalid_index_name",
            "Invalid index name: 1",
        ),
        (
            r#"{"selector":{},"bookmark":"#.to_owned() + r#""garbage!"}"#,
            "invalid_bookmark",
            r#"Invalid bookmark value: "garbage!""#,
        ),
        (
            r#"{"selector":{},"bookmark":"nil"}"#.into(),
            "invalid_bookmark",
            r#"Invalid bookmark value: "nil""#,
        ),
        (
            selector(r#"{"a":{"$regex":1}}"#),
            "invalid_operator",
            "Invalid operator: $regex",
        ),
        (
            r#"{"selector":{},"sort":"a"}"#.into(),
            "invalid_sort_json",
            "Sort must be an array of sort specs, not: <<\"a\">>",
        ),
        (
            r#"{"selector":{},"partition":1}"#.into(),
            "illegal_partition",
            "Partition must be a string",
        ),
        (
            r#"{"selector":{},"partition":"a:b"}"#.into(),
            "illegal_partition",
            "Partition must not contain a colon",
        ),
        (
            r#"{"selector":{},"partition":"a"}"#.into(),
            "bad_request",
            "partition specified on non-partitioned db",
        ),
        (
            r#"{"selector":{},"execution_stats":1}"#.into(),
            "invalid_boolean",
            "Invalid boolean value: 1",
        ),
    ] {
        assert_eq!(refusal(&query), couchdb(error, reason), "{query}");
    }
}

#[test]
fn what_may_stand_beside_a_selector() {
    let query = r#"{"selector":{},"limit":5,"skip":2,"sort":[],"fields":["a"],"use_index":null,"bookmark":null,
        "r":1,"conflicts":false,"update":true,"stable":false,"execution_stats":true,"partition":""} and more"#;
    assert_eq!(Query::parse(query, "").unwrap().skip(), 2);
}

#[test]
fn indexes_that_cannot_be_made() {
    for (definition, reason) in [
        ("", "unexpected EOF"),
        ("[]", "cannot unmarshal array"),
        (r#"{"name":"x"}"#, "Missing required key: index"),
        (r#"{"index":{"fields":[]}}"#, "Missing required key: fields"),
        (
            r#"{"index":{"fields":["a"]},"type":"text"}"#,
            "Invalid type for index",
        ),
        (
            r#"{"index":{"fields":["a",{"b":"desc"}]}}"#,
            "Sorts currently only",
        ),
        (r#"{"index":{"fields":["a"],"x":1}}"#, "Invalid key x"),
        (r#"{"index":{"fields":["a"]},"x":1}"#, "Invalid key x"),
        (
            r#"{"index":{"fields":["a"]},"name":""}"#,
            "cannot be empty string",
        ),
        (
            r#"{"index":{"fields":["a"],"partial_filter_selector":{"a":{"$x":1}}}}"#,
            "Invalid operator: $x",
        ),
    ] {
        let error = Index::parse(definition.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(reason), "{definition}: {error}");
    }
}
