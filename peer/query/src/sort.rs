//! `sort`, and the columns of an index, which are written alike (CouchDB: mango_sort.erl).

use crate::error::QueryError;
use crate::json::Json;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) fields: Vec<String>,
    pub(crate) descending: bool,
}

impl Sort {
    pub(crate) fn parse(value: &Json) -> Result<Self, QueryError> {
        let Json::Array(items) = value else {
            return Err(QueryError::refused(
                "invalid_sort_json",
                format!(
                    "Sort must be an array of sort specs, not: {}",
                    crate::erlang::shown(value)
                ),
            ));
        };
        let parsed: Vec<(String, bool)> = items.iter().map(field).collect::<Result<_, _>>()?;
        let descending = parsed.first().is_some_and(|field| field.1);
        if parsed.iter().any(|field| field.1 != descending) {
            return Err(QueryError::refused(
                "unsupported_mixed_sort",
                "Sorts currently only support a single direction for all fields.",
            ));
        }
        Ok(Self {
            fields: parsed.into_iter().map(|field| field.0).collect(),
            descending,
        })
    }
}

fn field(item: &Json) -> Result<(String, bool), QueryError> {
    let invalid = || {
        QueryError::refused(
            "invalid_sort_field",
            format!("Invalid sort field: {}", crate::erlang::shown(item)),
        )
    };
    match item {
        Json::String(name) if !name.is_empty() => Ok((name.clone(), false)),
        Json::Object(members) => match members.as_slice() {
            [(name, Json::String(direction))] => match direction.as_str() {
                "asc" => Ok((name.clone(), false)),
                "desc" => Ok((name.clone(), true)),
                _ => Err(invalid()),
            },
            _ => Err(invalid()),
        },
        _ => Err(invalid()),
    }
}
