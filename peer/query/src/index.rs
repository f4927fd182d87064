use crate::Document;
use crate::collate::encode;
use crate::error::QueryError;
use crate::json::{Json, JsonError, Numbers, parse};
use crate::selector::{Found, Path, Selector};
use crate::sort::Sort;

/// An index as `META-INF/statedb/couchdb/**/indexes/*.json` defines it.
#[derive(Clone, Debug)]
pub struct Index {
    /// With `_design/` before it.
    pub(crate) design: String,
    pub(crate) name: String,
    columns: Vec<Path>,
    filter: Option<Selector>,
    /// Canonical JSON of the columns and the filter.
    definition: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error("{0}")]
    Refused(String),
}

impl From<QueryError> for IndexError {
    fn from(error: QueryError) -> Self {
        Self::Refused(error.to_string())
    }
}

const KEYS: &[&str] = &["index", "type", "name", "ddoc", "w", "partitioned"];

impl Index {
    /// # Errors
    /// What keeps CouchDB from making the index; Fabric logs it and goes on to the next file.
    pub fn parse(definition: &[u8]) -> Result<Self, IndexError> {
        let value = parse(definition, Numbers::Query)?;
        let Json::Object(members) = &value else {
            return Err(JsonError::NotAnObject(value.type_name()).into());
        };
        if let Some((name, _)) = members.iter().find(|member| !KEYS.contains(&&*member.0)) {
            return Err(refused(
                "invalid_key",
                format!("Invalid key {name} for this request."),
            ));
        }
        if let Some(kind) = value.member("type")
            && *kind != Json::String("json".into())
        {
            return Err(refused(
                "invalid_index",
                format!("Invalid type for index: {kind}"),
            ));
        }
        let Some(index) = value.member("index") else {
            return Err(refused(
                "missing_required_key",
                "Missing required key: index".into(),
            ));
        };
        let (columns, filter) = parts(index)?;
        let definition = index.to_string();
        let named = |key| -> Result<String, IndexError> {
            match value.member(key) {
                None => Ok(automatic_name(&definition)),
                Some(Json::String(name)) if !name.is_empty() => Ok(name.clone()),
                Some(_) => Err(refused(
                    "invalid_empty_string",
                    "Index name or ddoc cannot be empty string".into(),
                )),
            }
        };
        let design = named("ddoc")?;
        Ok(Self {
            name: named("name")?,
            design: match design.strip_prefix("_design/") {
                Some(_) => design,
                None => format!("_design/{design}"),
            },
            columns,
            filter,
            definition,
        })
    }

    /// Tells indexes of one namespace apart: one with the same label replaces the other.
    pub fn label(&self) -> String {
        format!("{}/{}", self.design, self.name)
    }

    /// Whether both hold the same rows.
    pub fn is_same(&self, other: &Self) -> bool {
        self.definition == other.definition
    }

    /// What [`Index::parse`] takes to make this index again.
    pub fn to_json(&self) -> String {
        let text = |text: &str| Json::String(text.to_owned());
        format!(
            r#"{{"ddoc":{},"index":{},"name":{}}}"#,
            text(&self.design),
            self.definition,
            text(&self.name)
        )
    }

    /// The beginning of the document's row, to which the store adds the key; `None`: the index leaves it out. Rows are
    /// ordered by these bytes and then by the bytes of the key.
    pub fn entry(&self, document: &Document) -> Option<Vec<u8>> {
        let mut row = Vec::new();
        for value in self.values(document)? {
            encode(value, &mut row);
        }
        Some(row)
    }

    /// What stands in the columns.
    pub(crate) fn values<'a>(&self, document: &'a Document) -> Option<Vec<&'a Json>> {
        let body = document.body();
        if self
            .filter
            .as_ref()
            .is_some_and(|filter| !filter.matches(body))
        {
            return None;
        }
        let values = self.columns.iter().map(|column| match column.find(body) {
            Found::Value(value) => Some(value),
            _ => None,
        });
        values.collect()
    }

    pub(crate) fn columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(Path::name)
    }

    pub(crate) fn is_partial(&self) -> bool {
        self.filter.is_some()
    }
}

/// Columns, and the filter of a partial index.
fn parts(index: &Json) -> Result<(Vec<Path>, Option<Selector>), IndexError> {
    let Json::Object(members) = index else {
        return Err(refused(
            "invalid_index",
            format!(
                "JSON indexes must be an object, not: {}",
                crate::erlang::term(index)
            ),
        ));
    };
    let mut columns = Vec::new();
    let mut filter = None;
    for (key, value) in members {
        match key.as_str() {
            "fields" => {
                let fields = Sort::parse(value)?.fields;
                columns = fields
                    .iter()
                    .map(|name| Path::parse(name))
                    .collect::<Result<_, _>>()?;
            }
            "partial_filter_selector" => {
                filter = Some(Selector::parse(value)?).filter(|_| *value != Json::Object(vec![]));
            }
            _ => {
                return Err(refused(
                    "invalid_key",
                    format!("Invalid key {key} for this request."),
                ));
            }
        }
    }
    if columns.is_empty() {
        return Err(refused(
            "missing_required_key",
            "Missing required key: fields".into(),
        ));
    }
    Ok((columns, filter))
}

fn refused(error: &'static str, reason: String) -> IndexError {
    QueryError::refused(error, reason).into()
}

/// CouchDB hashes its own term; any name does that is the same for the same definition.
fn automatic_name(definition: &str) -> String {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!(
        "{:016x}",
        definition.bytes().fold(0xcbf2_9ce4_8422_2325, fnv)
    )
}
