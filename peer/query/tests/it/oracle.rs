//! Selectors evaluated as they are written: no normalisation, negation carried along as a flag. The slow and plain
//! way, to hold the other one against.

use selvedge_query::{Json, Number, compare};
use std::cmp::Ordering;

/// Whether `value` matches `selector`, or, if `negated`, is known not to.
pub(crate) fn matches(selector: &Json, value: &Json, negated: bool) -> bool {
    at(selector, &[], value, negated)
}

fn at(selector: &Json, path: &[String], value: &Json, negated: bool) -> bool {
    let members = match selector {
        Json::Object(members) if !members.is_empty() => members,
        _ => return test("$eq", selector, path, value, negated),
    };
    let one = |(name, argument): &(String, Json)| member(name, argument, path, value, negated);
    if negated {
        members.iter().any(one)
    } else {
        members.iter().all(one)
    }
}

fn member(name: &str, argument: &Json, path: &[String], value: &Json, negated: bool) -> bool {
    let list = || match argument {
        Json::Array(items) => items.as_slice(),
        _ => &[],
    };
    let each = |negated| move |item: &Json| at(item, path, value, negated);
    match (name, negated) {
        ("$and", false) | ("$or", true) => list().iter().all(each(negated)),
        ("$and", true) | ("$or", false) => list().iter().any(each(negated)),
        ("$nor", false) => list().iter().all(each(true)),
        ("$nor", true) => list().iter().any(each(false)),
        ("$not", _) => at(argument, path, value, !negated),
        _ if name.starts_with('$') => test(name, argument, path, value, negated),
        _ => {
            let parts = name.split('.').map(str::to_owned);
            let longer: Vec<String> = path.iter().cloned().chain(parts).collect();
            at(argument, &longer, value, negated)
        }
    }
}

fn test(name: &str, argument: &Json, path: &[String], value: &Json, negated: bool) -> bool {
    let mut here = value;
    for part in path {
        let next = match here {
            Json::Object(members) => match members.iter().find(|member| member.0 == *part) {
                Some(member) => Some(&member.1),
                None => return name == "$exists" && (*argument == Json::Bool(negated)),
            },
            Json::Array(items) => part.parse::<usize>().ok().and_then(|at| items.get(at)),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => return false,
        }
    }
    passes(name, argument, here) != negated
}

fn passes(name: &str, argument: &Json, value: &Json) -> bool {
    let order = compare(value, argument);
    let items = |json: &Json| match json {
        Json::Array(items) => items.clone(),
        other => vec![other.clone()],
    };
    let any_equal = || {
        items(value)
            .iter()
            .any(|v| items(argument).iter().any(|a| compare(v, a).is_eq()))
    };
    match (name, argument, value) {
        ("$eq", ..) => order == Ordering::Equal,
        ("$ne", ..) => order != Ordering::Equal,
        ("$lt", ..) => order == Ordering::Less,
        ("$gt", ..) => order == Ordering::Greater,
        ("$lte", ..) => order != Ordering::Greater,
        ("$gte", ..) => order != Ordering::Less,
        ("$in", ..) => any_equal(),
        ("$nin", ..) => !any_equal(),
        ("$exists", ..) => *argument == Json::Bool(true),
        ("$type", Json::String(name), _) => kind(value) == name,
        ("$size", Json::Number(size), Json::Array(items)) => {
            *size == Number::from(items.len() as i64)
        }
        ("$beginsWith", Json::String(prefix), Json::String(text)) => {
            text.starts_with(prefix.as_str())
        }
        ("$regex", Json::String(part), Json::String(text)) => text.contains(part.as_str()),
        ("$all", Json::Array(wanted), Json::Array(held)) => {
            !wanted.is_empty() && wanted.iter().all(|item| held.contains(item))
        }
        ("$elemMatch", _, Json::Array(items)) => {
            items.iter().any(|item| matches(argument, item, false))
        }
        ("$allMatch", _, Json::Array(items)) => {
            !items.is_empty() && items.iter().all(|item| matches(argument, item, false))
        }
        _ => false,
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}
