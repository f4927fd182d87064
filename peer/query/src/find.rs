//! The members of a query (CouchDB: mango_opts.erl, validate_find; Fabric: statecouchdb.go,
//! applyAdditionalQueryOptions).

use crate::error::QueryError;
use crate::fields::Fields;
use crate::json::{Json, JsonError, Numbers, parse_first};
use crate::selector::Selector;
use crate::sort::Sort;

#[derive(Clone, Debug)]
pub(crate) struct Find {
    pub(crate) selector: Selector,
    /// Design document with `_design/`, then perhaps a name.
    pub(crate) use_index: Vec<String>,
    /// Empty: from the beginning.
    pub(crate) bookmark: String,
    pub(crate) skip: u64,
    pub(crate) sort: Sort,
    pub(crate) fields: Option<Fields>,
    pub(crate) allow_fallback: bool,
}

/// In the order in which they are checked.
const KEYS: &[&str] = &[
    "selector",
    "use_index",
    "bookmark",
    "limit",
    "skip",
    "sort",
    "fields",
    "partition",
    "r",
    "conflicts",
    "stale",
    "update",
    "stable",
    "execution_stats",
    "allow_fallback",
];

impl Find {
    /// A bookmark beside the query wins over one in it. `limit` has no effect: Fabric sets its own.
    pub(crate) fn parse(text: &str, bookmark: &str) -> Result<Self, QueryError> {
        let query = parse_first(text.as_bytes(), Numbers::Query)?;
        let Json::Object(members) = &query else {
            let kind = match query {
                Json::Bool(_) => "bool",
                ref other => other.type_name(),
            };
            return Err(JsonError::NotAnObject(kind).into());
        };
        let fields = match query.member("fields") {
            None => None,
            Some(Json::Array(items)) => Some(items),
            Some(_) => return Err(QueryError::FieldsNotArray),
        };
        let Some(selector) = query.member("selector") else {
            return Err(QueryError::refused(
                "missing_required_key",
                "Missing required key: selector",
            ));
        };
        let find = Self {
            selector: Selector::parse(selector)?,
            use_index: query.member("use_index").map_or(Ok(vec![]), use_index)?,
            bookmark: match query.member("bookmark") {
                _ if !bookmark.is_empty() => bookmark.to_owned(),
                own => own.map_or(Ok(String::new()), own_bookmark)?,
            },
            skip: query.member("skip").map_or(Ok(0), count)?,
            sort: query
                .member("sort")
                .map_or(Ok(Sort::default()), Sort::parse)?,
            fields: fields.map(|items| Fields::parse(items)).transpose()?,
            allow_fallback: query.member("allow_fallback") != Some(&Json::Bool(false)),
        };
        without_effect(&query)?;
        match members.iter().find(|member| !KEYS.contains(&&*member.0)) {
            None => Ok(find),
            Some((name, _)) => Err(QueryError::refused(
                "invalid_key",
                format!("Invalid key {name} for this request."),
            )),
        }
    }
}

fn use_index(value: &Json) -> Result<Vec<String>, QueryError> {
    let invalid = || {
        QueryError::refused(
            "invalid_index_name",
            format!("Invalid index name: {}", crate::erlang::term(value)),
        )
    };
    let parts: Vec<&str> = match value {
        Json::Null => vec![],
        Json::String(text) => match text.split('/').collect::<Vec<_>>().as_slice() {
            [design] | ["_design", design] => vec![*design],
            [design, name] | ["_design", design, name] => vec![*design, *name],
            _ => return Err(invalid()),
        },
        Json::Array(items) if items.len() <= 2 => items
            .iter()
            .map(|item| match item {
                Json::String(text) => Ok(text.as_str()),
                _ => Err(invalid()),
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(invalid()),
    };
    let mut parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
    if let Some(design) = parts.first_mut()
        && !design.starts_with("_design/")
    {
        design.insert_str(0, "_design/");
    }
    Ok(parts)
}

fn own_bookmark(value: &Json) -> Result<String, QueryError> {
    match value {
        Json::Null => Ok(String::new()),
        Json::String(text) => Ok(text.clone()),
        other => Err(QueryError::unknown("invalid_bookmark", other)),
    }
}

fn count(value: &Json) -> Result<u64, QueryError> {
    let integer = match value {
        Json::Number(number) => number.integer(),
        _ => None,
    };
    let count = integer.and_then(|integer| u64::try_from(integer).ok());
    count.ok_or_else(|| {
        let value = crate::erlang::term(value);
        QueryError::refused(
            "invalid_non_neg_integer",
            format!("{value} is not an integer greater than or equal to zero"),
        )
    })
}

/// Fabric's databases have none.
fn partition(value: &Json) -> Result<(), QueryError> {
    let illegal = |reason| Err(QueryError::refused("illegal_partition", reason));
    match value {
        Json::String(name) if name.is_empty() => Ok(()),
        Json::String(name) if name.starts_with('_') => {
            illegal("Partition must not start with an underscore")
        }
        Json::String(name) if name.contains(':') => illegal("Partition must not contain a colon"),
        Json::String(_) => Err(QueryError::refused(
            "bad_request",
            "partition specified on non-partitioned db",
        )),
        _ => illegal("Partition must be a string"),
    }
}

/// Members that tune a cluster. They are checked, and then mean nothing to a store in the peer.
fn without_effect(query: &Json) -> Result<(), QueryError> {
    query.member("partition").map_or(Ok(()), partition)?;
    if let Some(value) = query.member("r")
        && !matches!(value, Json::Number(number) if number.integer().is_some_and(|n| n > 0))
    {
        let value = crate::erlang::term(value);
        return Err(QueryError::refused(
            "invalid_pos_integer",
            format!("{value} is not an integer greater than zero"),
        ));
    }
    if let Some(value) = query.member("stale") {
        let text = |text: &str| *value == Json::String(text.into());
        if !(text("ok") || text("false") || *value == Json::Bool(false)) {
            return Err(QueryError::unknown("invalid_ok_or_false_value", value));
        }
    }
    for key in [
        "conflicts",
        "update",
        "stable",
        "execution_stats",
        "allow_fallback",
    ] {
        match query.member(key) {
            None | Some(Json::Bool(_)) => {}
            Some(value) => {
                let value = crate::erlang::term(value);
                return Err(QueryError::refused(
                    "invalid_boolean",
                    format!("Invalid boolean value: {value}"),
                ));
            }
        }
    }
    Ok(())
}
