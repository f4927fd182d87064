use crate::SdkError;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A rich query over JSON records, in CouchDB's language. Peers answer it when their channel's state database is CouchDB
/// (on a Selvedge peer: when it follows CouchDB's rules), and refuse it otherwise.
/// ```
/// # use selvedge_sdk::prelude::*;
/// # use serde_json::json;
/// # #[derive(Serialize, Deserialize)] struct Asset { owner: String, size: u32 }
/// const ASSETS: Records<String, Asset> = Records::plain();
///
/// fn large_ones(query: &Query, owner: &str) -> Result<Vec<Asset>, SdkError> {
///     let wanted = Find::select(json!({"owner": owner, "size": {"$gt": 10}}))
///         .descending(&["size"])
///         .use_index("sizeDoc", "size");
///     ASSETS.find(query, &wanted)?.map(|row| Ok(row?.1)).collect()
/// }
/// ```
///
/// A sort needs an index, which the package brings as `META-INF/statedb/couchdb/indexes/<name>.json`:
/// `{"index": {"fields": ["owner", "size"]}, "ddoc": "sizeDoc", "name": "size", "type": "json"}`.
#[derive(Clone, Debug)]
pub struct Find {
    query: Map<String, Value>,
    error: Option<String>,
}

impl Find {
    /// The records that match a selector.
    pub fn select(selector: impl Serialize) -> Self {
        let mut query = Map::new();
        let error = match serde_json::to_value(selector) {
            Ok(selector) => {
                query.insert("selector".to_owned(), selector);
                None
            }
            Err(error) => Some(error.to_string()),
        };
        Self { query, error }
    }

    /// In the order of these fields. Records that lack one of them are not found.
    pub fn ascending(self, fields: &[&str]) -> Self {
        self.with("sort", fields.into())
    }

    /// As [`Find::ascending`], the other way round.
    pub fn descending(self, fields: &[&str]) -> Self {
        let fields: Vec<Value> = fields.iter().map(|field| json!({*field: "desc"})).collect();
        self.with("sort", fields.into())
    }

    /// Asks for one index by its design document and name. Peers pass over one that does not fit.
    pub fn use_index(self, design: &str, name: &str) -> Self {
        self.with("use_index", json!([design, name]))
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.query.insert(key.to_owned(), value);
        self
    }

    pub(super) fn text(&self) -> Result<String, SdkError> {
        match &self.error {
            None => Ok(Value::Object(self.query.clone()).to_string()),
            Some(error) => Err(SdkError::internal(format!(
                "the selector is not JSON: {error}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_couchdb_reads() {
        let find = Find::select(json!({"a": 1}))
            .descending(&["b", "a"])
            .use_index("d", "n");
        let text: Value = serde_json::from_str(&find.text().unwrap()).unwrap();
        assert_eq!(
            text,
            json!({"selector": {"a": 1}, "sort": [{"b": "desc"}, {"a": "desc"}], "use_index": ["d", "n"]})
        );
    }
}
