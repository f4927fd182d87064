//! What comes back of a document.

use selvedge_query::{Document, Index, Query};

fn project(fields: &str, value: &str) -> Option<String> {
    let query = format!(r#"{{"selector":{{}},"fields":{fields}}}"#);
    let query = Query::parse(&query, "").unwrap();
    let projected = query.project(&Document::new("key", value.as_bytes()));
    projected.map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn fields_pick_members() {
    let value = r#"{"c":[7,8],"b":{"x":1,"y":"<"},"a":1.0}"#;
    for (fields, found) in [
        (r#"["b.y","a"]"#, r#"{"a":1,"b":{"y":"\u003c"}}"#),
        (r#"["b.x","b.y","b.z"]"#, r#"{"b":{"x":1,"y":"\u003c"}}"#),
        (r#"["b.y","b"]"#, r#"{"b":{"x":1,"y":"\u003c"}}"#),
        (r#"["c.1"]"#, r#"{"c":{"1":8}}"#),
        (r#"["nothing","_id","_rev","~version"]"#, "{}"),
        // Fabric adds two fields of its own, so that none means no member at all.
        ("[]", "{}"),
    ] {
        assert_eq!(project(fields, value).as_deref(), Some(found), "{fields}");
    }
}

#[test]
fn attachments_come_back_whole_unless_fields_leave_them_out() {
    assert_eq!(project(r#"["a"]"#, "text").as_deref(), Some("{}"));
    assert_eq!(project(r#"["_attachments"]"#, "text"), None);
    let all = Query::parse(r#"{"selector":{}}"#, "").unwrap();
    assert_eq!(all.project(&Document::new("key", b"{}")), None);
}

#[test]
fn an_index_survives_being_written_down() {
    let text = br#"{"index":{"fields":[{"a.b":"desc"}],"partial_filter_selector":{"c":1}},"ddoc":"d","name":"n","type":"json"}"#;
    let index = Index::parse(text).unwrap();
    let again = Index::parse(index.to_json().as_bytes()).unwrap();
    assert_eq!(
        (again.label(), again.to_json()),
        (index.label(), index.to_json())
    );
    assert!(again.is_same(&index));
    let document = Document::new("k", br#"{"a":{"b":1},"c":1}"#);
    assert_eq!(again.entry(&document), index.entry(&document));
    assert!(
        index
            .entry(&Document::new("k", br#"{"a":{"b":1}}"#))
            .is_none()
    );
    let unnamed = Index::parse(br#"{"index":{"fields":["a"]}}"#).unwrap();
    assert_eq!(
        unnamed.label(),
        Index::parse(br#"{"index":{ "fields":["a"] }}"#)
            .unwrap()
            .label()
    );
}
