//! Values of the state as CouchDB documents (Fabric: statecouchdb, couchdoc_conv.go).

use crate::json::{Json, Numbers, parse, top_level_names};

/// A key and its value as a query sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    body: Json,
    is_object: bool,
}

/// Fabric's own member: version and metadata of the key. Not visible to queries here.
pub(crate) const VERSION_MEMBER: &str = "~version";

impl Document {
    /// A value that is a JSON object has its members beside `_id`, the key; any other value is an attachment.
    pub fn new(key: &str, value: &[u8]) -> Self {
        let (mut members, is_object) = match object(value) {
            Some(members) => (members, true),
            None => (
                vec![("_attachments".into(), attachment(value.len()))],
                false,
            ),
        };
        members.push(("_id".into(), Json::String(key.to_owned())));
        Self {
            body: Json::object(members),
            is_object,
        }
    }

    pub(crate) fn body(&self) -> &Json {
        &self.body
    }

    /// `None` cannot be: every document has one.
    pub(crate) fn key(&self) -> Option<&str> {
        match self.body.member("_id") {
            Some(Json::String(key)) => Some(key),
            _ => None,
        }
    }

    /// The bytes a chaincode reads back from CouchDB; `None`: the value as it was written.
    pub fn value(&self) -> Option<Vec<u8>> {
        let Json::Object(members) = &self.body else {
            return None;
        };
        let own = members.iter().filter(|member| member.0 != "_id").cloned();
        self.is_object
            .then(|| Json::Object(own.collect()).to_string().into_bytes())
    }

    pub(crate) fn is_object(&self) -> bool {
        self.is_object
    }
}

fn attachment(length: usize) -> Json {
    let stub = vec![
        (
            "content_type".into(),
            Json::String("application/octet-stream".into()),
        ),
        (
            "length".into(),
            Json::Number(i64::try_from(length).unwrap_or(i64::MAX).into()),
        ),
        ("stub".into(), Json::Bool(true)),
    ];
    Json::object(vec![("valueBytes".into(), Json::object(stub))])
}

fn object(value: &[u8]) -> Option<Vec<(String, Json)>> {
    // Most values that are no object say so with their first byte.
    if value.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return None;
    }
    match parse(value, Numbers::Document).ok()? {
        Json::Object(members) => Some(members),
        _ => None,
    }
}

/// The bytes a chaincode reads back from CouchDB for a value that is a JSON object; `None`: the value is kept as it is.
pub fn canonical(value: &[u8]) -> Option<Vec<u8>> {
    object(value).map(|members| Json::Object(members).to_string().into_bytes())
}

/// A member of a JSON value that CouchDB, or Fabric's use of it, keeps for itself.
///
/// # Errors
/// The text in which Fabric refuses the write.
pub fn check_value(value: &[u8]) -> Result<(), String> {
    let names = top_level_names(value).unwrap_or_default();
    let reserved = names
        .iter()
        .find(|name| name.starts_with('_') || *name == VERSION_MEMBER);
    match reserved {
        None => Ok(()),
        Some(name) => Err(format!(
            "field [{name}] is not valid for the CouchDB state database"
        )),
    }
}

/// # Errors
/// The text in which Fabric refuses to read or write the key.
pub fn check_key(key: &str) -> Result<(), String> {
    if key.starts_with('_') {
        return Err(format!("invalid key [{key}], cannot begin with \"_\""));
    }
    if key.is_empty() {
        return Err("invalid key. Empty string is not supported as a key by couchdb".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_are_documents() {
        for value in [
            "[1]",
            "null",
            "1",
            r#""a""#,
            r#"{"a":1} x"#,
            "",
            r#"{"a":1e999}"#,
        ] {
            assert!(!Document::new("k", value.as_bytes()).is_object(), "{value}");
            assert_eq!(canonical(value.as_bytes()), None, "{value}");
        }
        assert!(Document::new("k", b" {} ").is_object());
        assert_eq!(canonical(b" { } ").unwrap(), b"{}");
    }

    #[test]
    fn reserved_names_are_refused_at_the_top_only() {
        for (value, refused) in [
            (r#"{"_a":1}"#, Some("_a")),
            (r#"{"b":1,"~version":1}"#, Some("~version")),
            (r#"{"a":{"_b":1}}"#, None),
            (r#"[{"_a":1}]"#, None),
            (r#"{"_a":1"#, None),
        ] {
            let text = refused
                .map(|name| format!("field [{name}] is not valid for the CouchDB state database"));
            assert_eq!(check_value(value.as_bytes()).err(), text);
        }
        assert!(check_key("a_").is_ok() && check_key("_a").is_err() && check_key("").is_err());
    }
}
