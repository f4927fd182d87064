//! Which files may lie below `META-INF/statedb` of a package, and what an index definition looks like.
//!
//! The packager checks; a peer takes what it is given, except for legacy packages.
//!
//! Fabric: internal/ccmetadata/validators.go.

use serde_json::{Map, Value};
use thiserror::Error;

const TOP: &str = "META-INF/statedb";

/// `Display` is Fabric's text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ArtifactError {
    #[error("metadata file path must begin with META-INF/statedb, found: {0}")]
    Outside(String),
    #[error("metadata file path must include a database and index directory: {0}")]
    Shallow(String),
    #[error("database name [{0}] is not supported, valid options: [couchdb]")]
    Database(String),
    #[error("metadata file path does not have an indexes directory: {0}")]
    NoIndexes(String),
    #[error(
        "metadata file path for collections must include a collections and index directory: {0}"
    )]
    CollectionDepth(String),
    #[error(
        "metadata file path for collections must have a collections and indexes directory: {0}"
    )]
    CollectionIndexes(String),
    #[error("collection name is not valid: {0}")]
    Collection(String),
    #[error("artifact file name is not valid: {0}")]
    FileName(String),
    #[error("metadata file path or name is not supported: {0}")]
    Unsupported(String),
    #[error("Index metadata file [{0}] is not a valid JSON")]
    NotJson(String),
    #[error("Index metadata file [{file}] is not a valid index definition: {cause}")]
    Index { file: String, cause: String },
}

/// Whether a file with this path and content may be in a package.
///
/// # Errors
/// Says what is wrong with the path, or with the index it defines.
pub fn check_artifact(path: &str, content: &[u8]) -> Result<(), ArtifactError> {
    if !is_index(path) {
        return Err(misplaced(path));
    }
    let definition: Option<Map<String, Value>> =
        serde_json::from_slice(content).map_err(|_| ArtifactError::NotJson(path.to_owned()))?;
    check_definition(&definition.unwrap_or_default()).map_err(|cause| ArtifactError::Index {
        file: path.to_owned(),
        cause,
    })
}

/// `.json` may stand anywhere behind the directory: Fabric's expression has no end.
fn is_index(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("META-INF/statedb/couchdb/") else {
        return false;
    };
    let json = |file: &str| !file.contains('\n') && file.contains(".json");
    if let Some(file) = rest.strip_prefix("indexes/") {
        return json(file);
    }
    let in_collection = rest.strip_prefix("collections/").and_then(|rest| {
        let (collection, file) = rest.split_once("/indexes/")?;
        Some(is_collection(collection) && json(file))
    });
    in_collection.unwrap_or(false)
}

fn is_collection(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn misplaced(path: &str) -> ArtifactError {
    let (directory, file) = match path.rfind('/') {
        Some(at) => path.split_at(at + 1),
        None => ("", path),
    };
    let shown = directory.to_owned();
    if !path.starts_with(TOP) {
        return ArtifactError::Outside(shown);
    }
    let parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    match parts.as_slice() {
        [] | [_] | [_, _] | [_, _, _] => ArtifactError::Shallow(shown),
        [_, _, database, ..] if *database != "couchdb" => {
            ArtifactError::Database((*database).to_owned())
        }
        [_, _, _, last] if *last != "indexes" => ArtifactError::NoIndexes(shown),
        [_, _, _, collections, collection, indexes] => {
            if *collections != "collections" || *indexes != "indexes" {
                ArtifactError::CollectionIndexes(shown)
            } else if !collection.starts_with(|c: char| is_collection(c.encode_utf8(&mut [0; 4]))) {
                ArtifactError::Collection((*collection).to_owned())
            } else if !file.contains(".json") {
                ArtifactError::FileName(file.to_owned())
            } else {
                ArtifactError::Unsupported(shown)
            }
        }
        _ => ArtifactError::CollectionDepth(shown),
    }
}

fn check_definition(definition: &Map<String, Value>) -> Result<(), String> {
    let mut has_index = false;
    for (name, value) in definition {
        match (name.as_str(), value) {
            ("index", Value::Object(index)) => {
                check_index(index)?;
                has_index = true;
            }
            ("index", _) => return Err("Invalid entry, \"index\" must be a JSON".to_owned()),
            ("ddoc" | "name", Value::String(_)) => {}
            ("ddoc" | "name", _) => {
                return Err(format!("Invalid entry, \"{name}\" must be a string"));
            }
            ("type", Value::String(kind)) if kind == "json" => {}
            ("type", _) => return Err("Index type must be json".to_owned()),
            _ => return Err(format!("Invalid Entry.  Entry {name}")),
        }
    }
    match has_index {
        true => Ok(()),
        false => Err("Index definition must include a \"fields\" definition".to_owned()),
    }
}

fn check_index(index: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in index {
        match (name.as_str(), value) {
            ("fields", Value::Array(fields)) => fields.iter().try_for_each(check_field)?,
            ("fields", _) => return Err("Expecting a JSON array of fields".to_owned()),
            ("partial_filter_selector", _) => {}
            _ => return Err(format!("Invalid Entry.  Entry {name}")),
        }
    }
    Ok(())
}

fn check_field(field: &Value) -> Result<(), String> {
    let Value::Object(sorted) = field else {
        return Ok(());
    };
    for direction in sorted.values() {
        match direction {
            Value::String(text) if matches!(text.to_lowercase().as_str(), "asc" | "desc") => {}
            Value::String(text) => {
                return Err(format!(
                    "Sort must be either \"asc\" or \"desc\".  \"{text}\" was found."
                ));
            }
            _ => {
                return Err(
                    "Invalid field definition, fields must be in the form \"fieldname\":\"sort\""
                        .to_owned(),
                );
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "META-INF/statedb/couchdb/indexes/a.json";

    fn refusal(path: &str, content: &str) -> String {
        check_artifact(path, content.as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn index_definitions_pass() {
        let good = [
            r#"{"index":{"fields":["a",{"b":"asc"},{"c":"DESC"}]},"ddoc":"d","name":"n","type":"json"}"#,
            r#"{"index":{"fields":[],"partial_filter_selector":{"a":1}}}"#,
            r#"{"index":{}}"#,
        ];
        for content in good {
            check_artifact(INDEX, content.as_bytes()).unwrap();
        }
        let in_collection = "META-INF/statedb/couchdb/collections/c_1-x/indexes/a.json";
        check_artifact(in_collection, good[0].as_bytes()).unwrap();
    }

    #[test]
    fn places_have_their_texts() {
        let rows = [
            (
                "a.json",
                "metadata file path must begin with META-INF/statedb, found: ",
            ),
            (
                "META-INF/statedb/a.json",
                "metadata file path must include a database and index directory: META-INF/statedb/",
            ),
            (
                "META-INF/statedb/goleveldb/indexes/a.json",
                "database name [goleveldb] is not supported, valid options: [couchdb]",
            ),
            (
                "META-INF/statedb/couchdb/other/a.json",
                "metadata file path does not have an indexes directory: META-INF/statedb/couchdb/other/",
            ),
            (
                "META-INF/statedb/couchdb/collections/c/a.json",
                "metadata file path for collections must include a collections and index directory: META-INF/statedb/couchdb/collections/c/",
            ),
            (
                "META-INF/statedb/couchdb/collections/c/other/a.json",
                "metadata file path for collections must have a collections and indexes directory: META-INF/statedb/couchdb/collections/c/other/",
            ),
            (
                "META-INF/statedb/couchdb/collections/#c/indexes/a.json",
                "collection name is not valid: #c",
            ),
            (
                "META-INF/statedb/couchdb/collections/c/indexes/a.txt",
                "artifact file name is not valid: a.txt",
            ),
        ];
        for (path, text) in rows {
            assert_eq!(refusal(path, r#"{"index":{}}"#), text, "{path}");
        }
    }

    #[test]
    fn definitions_have_their_texts() {
        let rows = [
            (r#"{"index":1}"#, "Invalid entry, \"index\" must be a JSON"),
            (
                r#"{"index":{},"ddoc":1}"#,
                "Invalid entry, \"ddoc\" must be a string",
            ),
            (r#"{"index":{},"type":"text"}"#, "Index type must be json"),
            (r#"{"index":{},"more":1}"#, "Invalid Entry.  Entry more"),
            (
                r#"{"name":"n"}"#,
                "Index definition must include a \"fields\" definition",
            ),
            (
                r#"{"index":{"fields":1}}"#,
                "Expecting a JSON array of fields",
            ),
            (r#"{"index":{"x":1}}"#, "Invalid Entry.  Entry x"),
            (
                r#"{"index":{"fields":[{"a":"up"}]}}"#,
                "Sort must be either \"asc\" or \"desc\".  \"up\" was found.",
            ),
            (
                r#"{"index":{"fields":[{"a":1}]}}"#,
                "Invalid field definition, fields must be in the form \"fieldname\":\"sort\"",
            ),
        ];
        for (content, cause) in rows {
            let text =
                format!("Index metadata file [{INDEX}] is not a valid index definition: {cause}");
            assert_eq!(refusal(INDEX, content), text);
        }
        assert_eq!(
            refusal(INDEX, "[]"),
            format!("Index metadata file [{INDEX}] is not a valid JSON")
        );
    }
}
