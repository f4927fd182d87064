//! Every operator, on values that match and values that do not. Expectations follow CouchDB's documentation of
//! selectors and its source where that says more.

use selvedge_query::{Document, Query};

fn matches(selector: &str, document: &str) -> bool {
    let query = Query::parse(&format!(r#"{{"selector":{selector}}}"#), "").unwrap();
    query.matches(&Document::new("key", document.as_bytes()))
}

fn check(selector: &str, yes: &[&str], no: &[&str]) {
    for document in yes {
        assert!(matches(selector, document), "{selector} on {document}");
    }
    for document in no {
        assert!(!matches(selector, document), "{selector} on {document}");
    }
}

#[test]
fn equality_is_implicit_and_explicit() {
    for selector in [r#"{"a":1}"#, r#"{"a":{"$eq":1}}"#, r#"{"a":{"$eq":1.0}}"#] {
        check(
            selector,
            &[r#"{"a":1}"#, r#"{"a":1.0}"#],
            &[r#"{"a":2}"#, r#"{"b":1}"#, r#"{"a":"1"}"#],
        );
    }
    check(r#"{"a":{}}"#, &[r#"{"a":{}}"#], &[r#"{"a":{"b":1}}"#]);
    check(
        r#"{"a":null}"#,
        &[r#"{"a":null}"#],
        &["{}", r#"{"a":false}"#],
    );
    check(
        r#"{"a":["x",{"b":1}]}"#,
        &[r#"{"a":["x",{"b":1}]}"#],
        &[r#"{"a":["x"]}"#],
    );
}

#[test]
fn comparisons_follow_the_collation() {
    check(
        r#"{"a":{"$lt":5}}"#,
        &[r#"{"a":4}"#, r#"{"a":null}"#, r#"{"a":true}"#],
        &[r#"{"a":5}"#, r#"{"a":"1"}"#, "{}"],
    );
    check(r#"{"a":{"$lte":5}}"#, &[r#"{"a":5}"#], &[r#"{"a":5.5}"#]);
    check(
        r#"{"a":{"$gt":"b"}}"#,
        &[r#"{"a":"B"}"#, r#"{"a":[]}"#, r#"{"a":{}}"#],
        &[r#"{"a":"b"}"#, r#"{"a":"A"}"#, r#"{"a":9}"#],
    );
    check(
        r#"{"a":{"$gte":"b"}}"#,
        &[r#"{"a":"b"}"#],
        &[r#"{"a":"aa"}"#],
    );
    check(
        r#"{"a":{"$ne":1}}"#,
        &[r#"{"a":2}"#, r#"{"a":null}"#],
        &[r#"{"a":1}"#, "{}"],
    );
    check(
        r#"{"a":{"$gt":1,"$lt":3}}"#,
        &[r#"{"a":2}"#],
        &[r#"{"a":1}"#, r#"{"a":3}"#],
    );
}

#[test]
fn in_looks_into_arrays() {
    check(
        r#"{"a":{"$in":[1,"x"]}}"#,
        &[r#"{"a":1}"#, r#"{"a":"x"}"#, r#"{"a":[7,"x"]}"#],
        &[r#"{"a":2}"#, r#"{"a":[]}"#, "{}"],
    );
    check(
        r#"{"a":{"$nin":[1,"x"]}}"#,
        &[r#"{"a":2}"#, r#"{"a":[]}"#],
        &[r#"{"a":1}"#, r#"{"a":[7,"x"]}"#, "{}"],
    );
    check(r#"{"a":{"$in":[]}}"#, &[], &[r#"{"a":1}"#, "{}"]);
    check(r#"{"a":{"$nin":[]}}"#, &[r#"{"a":1}"#], &["{}"]);
}

#[test]
fn exists_and_type() {
    check(r#"{"a":{"$exists":true}}"#, &[r#"{"a":null}"#], &["{}"]);
    check(r#"{"a":{"$exists":false}}"#, &["{}"], &[r#"{"a":null}"#]);
    check(
        r#"{"a.b":{"$exists":false}}"#,
        &[r#"{"a":{}}"#, "{}"],
        &[r#"{"a":{"b":1}}"#, r#"{"a":5}"#],
    );
    for (name, value) in [
        ("null", "null"),
        ("boolean", "false"),
        ("number", "1.5"),
        ("string", r#""s""#),
        ("array", "[]"),
        ("object", "{}"),
    ] {
        let selector = format!(r#"{{"a":{{"$type":"{name}"}}}}"#);
        assert!(matches(&selector, &format!(r#"{{"a":{value}}}"#)));
        assert!(!matches(&selector, r#"{"b":1}"#));
    }
    check(r#"{"a":{"$type":"integer"}}"#, &[], &[r#"{"a":1}"#]);
}

#[test]
fn arrays() {
    check(
        r#"{"a":{"$size":2}}"#,
        &[r#"{"a":[1,2]}"#],
        &[r#"{"a":[1]}"#, r#"{"a":"ab"}"#],
    );
    check(
        r#"{"a":{"$all":[1,"x"]}}"#,
        &[r#"{"a":["x",2,1]}"#],
        &[r#"{"a":[1]}"#, r#"{"a":1}"#],
    );
    check(
        r#"{"a":{"$all":[[1,2]]}}"#,
        &[r#"{"a":[1,2]}"#, r#"{"a":[[1,2],3]}"#],
        &[r#"{"a":[2,1]}"#],
    );
    check(r#"{"a":{"$all":[]}}"#, &[], &[r#"{"a":[]}"#]);
    check(r#"{"a":{"$all":[1.0]}}"#, &[], &[r#"{"a":[1]}"#]);
    check(
        r#"{"a":{"$elemMatch":{"b":{"$gt":1}}}}"#,
        &[r#"{"a":[{"b":1},{"b":2}]}"#],
        &[r#"{"a":[{"b":1}]}"#, r#"{"a":{"b":2}}"#, r#"{"a":[]}"#],
    );
    check(
        r#"{"a":{"$elemMatch":{"$gte":80,"$lt":85}}}"#,
        &[r#"{"a":[1,81]}"#],
        &[r#"{"a":[79,85]}"#],
    );
    check(
        r#"{"a":{"$elemMatch":{"$not":{"$gt":1}}}}"#,
        &[r#"{"a":[5,1]}"#],
        &[r#"{"a":[5]}"#],
    );
    check(
        r#"{"a":{"$elemMatch":{"$nor":[{"$gt":1}]}}}"#,
        &[],
        &[r#"{"a":[1]}"#],
    );
    check(
        r#"{"a":{"$allMatch":{"$gt":1}}}"#,
        &[r#"{"a":[2,3]}"#],
        &[r#"{"a":[1,2]}"#, r#"{"a":[]}"#, r#"{"a":2}"#],
    );
}

#[test]
fn keys_of_objects() {
    check(
        r#"{"a":{"$keyMapMatch":{"$eq":"x"}}}"#,
        &[r#"{"a":{"x":1,"y":2}}"#],
        &[r#"{"a":{"y":1}}"#, r#"{"a":["x"]}"#],
    );
}

#[test]
fn numbers_and_texts() {
    check(
        r#"{"a":{"$mod":[4,1]}}"#,
        &[r#"{"a":5}"#, r#"{"a":5.0}"#],
        &[r#"{"a":4}"#, r#"{"a":5.5}"#, r#"{"a":-3}"#, r#"{"a":"5"}"#],
    );
    check(
        r#"{"a":{"$mod":[4,-3]}}"#,
        &[r#"{"a":-3}"#],
        &[r#"{"a":1}"#],
    );
    check(
        r#"{"a":{"$regex":"^x[0-9]+$"}}"#,
        &[r#"{"a":"x12"}"#],
        &[r#"{"a":"yx12"}"#, r#"{"a":12}"#],
    );
    check(
        r#"{"a":{"$beginsWith":"ab"}}"#,
        &[r#"{"a":"abc"}"#, r#"{"a":"ab"}"#],
        &[r#"{"a":"Ab"}"#, r#"{"a":["ab"]}"#, "{}"],
    );
}

#[test]
fn logic() {
    check(
        r#"{"$and":[{"a":1},{"b":2}]}"#,
        &[r#"{"a":1,"b":2}"#],
        &[r#"{"a":1}"#],
    );
    check(r#"{"a":1,"b":2}"#, &[r#"{"a":1,"b":2}"#], &[r#"{"a":1}"#]);
    check(
        r#"{"$or":[{"a":1},{"b":2}]}"#,
        &[r#"{"a":1}"#, r#"{"b":2}"#],
        &[r#"{"a":2}"#],
    );
    check(
        r#"{"$nor":[{"a":1},{"a":2}]}"#,
        &[r#"{"a":3}"#],
        &[r#"{"a":1}"#, "{}"],
    );
    check(
        r#"{"$not":{"a":1}}"#,
        &[r#"{"a":2}"#],
        &[r#"{"a":1}"#, "{}"],
    );
    check(
        r#"{"a":{"$not":{"$regex":"x"}}}"#,
        &[r#"{"a":"y"}"#, r#"{"a":1}"#],
        &[r#"{"a":"x"}"#, "{}"],
    );
    check(
        r#"{"$not":{"a":1,"b":2}}"#,
        &[r#"{"a":1,"b":3}"#, r#"{"a":3}"#],
        &[r#"{"a":1,"b":2}"#, r#"{"a":1}"#],
    );
    check(
        r#"{"$not":{"$not":{"a":1}}}"#,
        &[r#"{"a":1}"#],
        &[r#"{"a":2}"#],
    );
    check("{}", &["{}", r#"{"a":1}"#, "no JSON"], &[]);
    check(
        r#"{"a":{"$or":[{"$lt":1},{"$gt":5}]}}"#,
        &[r#"{"a":0}"#, r#"{"a":6}"#],
        &[r#"{"a":3}"#],
    );
}

#[test]
fn fields_nest_and_escape() {
    check(
        r#"{"a":{"b":{"$gt":1}}}"#,
        &[r#"{"a":{"b":2}}"#],
        &[r#"{"a":2}"#, r#"{"a.b":2}"#],
    );
    check(r#"{"a.b":2}"#, &[r#"{"a":{"b":2}}"#], &[r#"{"a.b":2}"#]);
    check(r#"{"a\\.b":2}"#, &[r#"{"a.b":2}"#], &[r#"{"a":{"b":2}}"#]);
    check(
        r#"{"a.1":"y"}"#,
        &[r#"{"a":["x","y"]}"#, r#"{"a":{"1":"y"}}"#],
        &[r#"{"a":["y"]}"#],
    );
    check(
        r#"{"$and":[{"a":{"$gt":1,"b":1}}]}"#,
        &[r#"{"a":{"b":1}}"#],
        &[r#"{"a":{"b":0}}"#, r#"{"a":5}"#],
    );
}

#[test]
fn the_key_is_a_member_compared_by_bytes() {
    check(r#"{"_id":"key"}"#, &["{}", "text"], &[]);
    check(r#"{"_id":{"$gt":null}}"#, &["{}", "[1]"], &[]);
    check(r#"{"_id":{"$gt":"Z"}}"#, &["{}"], &[]);
    check(r#"{"_id":{"$lt":"z","$gte":"kez"}}"#, &[], &["{}"]);
    check(r#"{"_id":{"$lt":5}}"#, &[], &["{}"]);
}

#[test]
fn a_value_that_is_no_object_has_only_its_key_and_its_attachment() {
    check(
        r#"{"_attachments.valueBytes.length":4}"#,
        &["text"],
        &["{}", "texts"],
    );
    check(r#"{"a":{"$exists":false}}"#, &["text"], &[]);
}
