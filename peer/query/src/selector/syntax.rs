//! The first step of `mango_selector.erl:normalize`: every operator checked, implicit `$and` and `$eq` spelled out.

use super::{Regular, Test};
use crate::error::QueryError;
use crate::json::Json;

/// A selector with its fields still where they were written.
#[derive(Clone, Debug)]
pub(super) enum Written {
    And(Vec<Written>),
    Or(Vec<Written>),
    Not(Box<Written>),
    Nor(Vec<Written>),
    AnyElement(Box<Written>),
    EveryElement(Box<Written>),
    AnyKey(Box<Written>),
    Test(Test),
    Field(String, Box<Written>),
}

pub(super) fn read(value: &Json) -> Result<Written, QueryError> {
    let Json::Object(members) = value else {
        return Ok(Written::Test(Test::Equal(value.clone())));
    };
    match members.as_slice() {
        [] => Ok(Written::Test(Test::Equal(value.clone()))),
        [(name, argument)] if name.starts_with('$') => operator(name, argument),
        [(name, condition)] => Ok(Written::Field(name.clone(), Box::new(read(condition)?))),
        several => {
            let each = several
                .iter()
                .map(|member| read(&Json::Object(vec![member.clone()])));
            Ok(Written::And(each.collect::<Result<_, _>>()?))
        }
    }
}

fn operator(name: &str, argument: &Json) -> Result<Written, QueryError> {
    Ok(match name {
        "$and" => Written::And(several(name, argument)?),
        "$or" => Written::Or(several(name, argument)?),
        "$nor" => Written::Nor(several(name, argument)?),
        "$not" => Written::Not(one(name, argument)?),
        "$elemMatch" => Written::AnyElement(one(name, argument)?),
        "$allMatch" => Written::EveryElement(one(name, argument)?),
        "$keyMapMatch" => Written::AnyKey(one(name, argument)?),
        _ => Written::Test(test(name, argument)?),
    })
}

fn test(name: &str, argument: &Json) -> Result<Test, QueryError> {
    let bad = || QueryError::bad_argument(name, argument);
    Ok(match (name, argument) {
        ("$lt", _) => Test::Less(argument.clone()),
        ("$lte", _) => Test::AtMost(argument.clone()),
        ("$eq", _) => Test::Equal(argument.clone()),
        ("$ne", _) => Test::NotEqual(argument.clone()),
        ("$gte", _) => Test::AtLeast(argument.clone()),
        ("$gt", _) => Test::Greater(argument.clone()),
        ("$in", Json::Array(items)) => Test::In(items.clone()),
        ("$nin", Json::Array(items)) => Test::NotIn(items.clone()),
        ("$all", Json::Array(items)) => Test::Contains(items.clone()),
        ("$exists", Json::Bool(value)) => Test::Exists(*value),
        ("$type", Json::String(text)) => Test::Type(text.clone()),
        ("$beginsWith", Json::String(text)) => Test::BeginsWith(text.clone()),
        ("$regex", Json::String(text)) => Test::Regex(Regular::new(text).ok_or_else(bad)?),
        ("$size", Json::Number(number)) => {
            let size = number.integer().and_then(|size| u64::try_from(size).ok());
            Test::Size(size.ok_or_else(bad)?)
        }
        ("$mod", Json::Array(items)) => modulo(items).ok_or_else(bad)?,
        ("$in" | "$nin" | "$all" | "$exists" | "$type" | "$size" | "$mod", _) => return Err(bad()),
        // Text search needs a text index, which Fabric cannot define.
        ("$text" | "$where" | "$geoWithin" | "$geoIntersects" | "$near" | "$nearSphere", _) => {
            return Err(QueryError::refused(
                "not_supported",
                format!("Unsupported operator: {name}"),
            ));
        }
        // Those that want a text, `$regex` and `$beginsWith`, are no operators for CouchDB when they are given none.
        _ => {
            return Err(QueryError::refused(
                "invalid_operator",
                format!("Invalid operator: {name}"),
            ));
        }
    })
}

/// CouchDB accepts a divisor of zero and then fails on every number.
fn modulo(items: &[Json]) -> Option<Test> {
    let [Json::Number(divisor), Json::Number(remainder)] = items else {
        return None;
    };
    let (divisor, remainder) = (divisor.integer()?, remainder.integer()?);
    (divisor != 0).then_some(Test::Modulo { divisor, remainder })
}

fn several(name: &str, argument: &Json) -> Result<Vec<Written>, QueryError> {
    match argument {
        Json::Array(items) => items.iter().map(read).collect(),
        _ => Err(QueryError::bad_argument(name, argument)),
    }
}

fn one(name: &str, argument: &Json) -> Result<Box<Written>, QueryError> {
    match argument {
        Json::Object(_) => Ok(Box::new(read(argument)?)),
        _ => Err(QueryError::bad_argument(name, argument)),
    }
}
