//! `fields`: which parts of a document come back (CouchDB: mango_fields.erl).

use crate::Document;
use crate::document::VERSION_MEMBER;
use crate::error::QueryError;
use crate::json::Json;
use crate::selector::{Found, Path};

#[derive(Clone, Debug)]
pub(crate) struct Fields(Vec<Path>);

impl Fields {
    pub(crate) fn parse(items: &[Json]) -> Result<Self, QueryError> {
        let paths = items.iter().map(|item| match item {
            Json::String(name) if name.is_empty() => Err(QueryError::refused(
                "invalid_field_name",
                "Invalid field name: ",
            )),
            Json::String(name) => Path::parse(name),
            other => Err(QueryError::refused(
                "invalid_field",
                format!(
                    "Invalid JSON for field spec: {}",
                    crate::erlang::term(other)
                ),
            )),
        });
        Ok(Self(paths.collect::<Result<_, _>>()?))
    }

    /// `None`: the whole value comes back. It does for an attachment that is asked for by name.
    pub(crate) fn project(&self, document: &Document) -> Option<Vec<u8>> {
        let asks_for = |name| self.0.iter().any(|path| path.name() == name);
        if !document.is_object() && asks_for("_attachments") {
            return None;
        }
        let mut out = Vec::new();
        for path in &self.0 {
            // Fabric takes these out again.
            if matches!(path.name(), "_id" | "_rev" | VERSION_MEMBER) {
                continue;
            }
            if let Found::Value(found) = path.find(document.body()) {
                put(&mut out, path.parts(), found);
            }
        }
        Some(Json::Object(out).to_string().into_bytes())
    }
}

/// Objects are made as needed; elements of arrays come back as members named by their number.
fn put(members: &mut Vec<(String, Json)>, parts: &[String], value: &Json) {
    let Some((first, rest)) = parts.split_first() else {
        return;
    };
    let at = members.binary_search_by(|member| member.0.cmp(first));
    match (at, rest.is_empty()) {
        (Ok(at), true) => members[at].1 = value.clone(),
        (Ok(at), false) => {
            if let Json::Object(inner) = &mut members[at].1 {
                put(inner, rest, value);
            }
        }
        (Err(at), _) => {
            let mut inner = value.clone();
            for part in rest.iter().rev() {
                inner = Json::Object(vec![(part.clone(), inner)]);
            }
            members.insert(at, (first.clone(), inner));
        }
    }
}
