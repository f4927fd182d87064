use super::path::Found;
use super::{Node, Selector, Test};
use crate::collate::compare;
use crate::json::Json;
use std::cmp::Ordering;

/// The part of a document that is its key: compared by bytes, not by collation.
const ID: &str = "_id";

type Order = fn(&Json, &Json) -> Ordering;

/// CouchDB gave up on the value; the operator around it then does not match.
struct GaveUp;

impl Selector {
    pub(crate) fn matches(&self, document: &Json) -> bool {
        evaluate(&self.0, document, compare).unwrap_or(false)
    }
}

fn evaluate(node: &Node, value: &Json, order: Order) -> Result<bool, GaveUp> {
    match node {
        Node::All => Ok(true),
        Node::And(items) => {
            for item in items {
                if !evaluate(item, value, order)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        // An empty list matches.
        Node::Or(items) => {
            for item in items {
                if evaluate(item, value, order)? {
                    return Ok(true);
                }
            }
            Ok(items.is_empty())
        }
        Node::Not(item) => Ok(!evaluate(item, value, order)?),
        Node::Nor(_) => Err(GaveUp),
        Node::Field(path, condition) if path.is_here() => evaluate(condition, value, order),
        Node::Field(path, condition) => match path.find(value) {
            Found::Value(found) if path.name() == ID => evaluate(condition, found, compare_raw),
            Found::Value(found) => evaluate(condition, found, order),
            Found::Missing => Ok(**condition == Node::Test(Test::Exists(false))),
            Found::NoPath => Ok(false),
        },
        Node::Test(test) => Ok(passes(test, value, order)),
    }
}

fn passes(test: &Test, value: &Json, order: Order) -> bool {
    match test {
        Test::Less(argument) => order(value, argument).is_lt(),
        Test::AtMost(argument) => order(value, argument).is_le(),
        Test::Equal(argument) => order(value, argument).is_eq(),
        Test::NotEqual(argument) => order(value, argument).is_ne(),
        Test::AtLeast(argument) => order(value, argument).is_ge(),
        Test::Greater(argument) => order(value, argument).is_gt(),
        Test::In(items) => is_in(items, value, order),
        Test::NotIn(items) => items.is_empty() || !is_in(items, value, order),
        // Only what exists comes here.
        Test::Exists(should) => *should,
        Test::Type(name) => value.type_name() == name,
        Test::Modulo { divisor, remainder } => match value {
            Json::Number(number) => number
                .integer()
                .and_then(|integer| integer.checked_rem(*divisor))
                .is_some_and(|found| found == *remainder),
            _ => false,
        },
        Test::Regex(regular) => matches!(value, Json::String(text) if regular.is_match(text)),
        Test::BeginsWith(prefix) => {
            matches!(value, Json::String(text) if text.starts_with(prefix.as_str()))
        }
        Test::Contains(items) => contains(items, value),
        Test::Size(size) => matches!(value, Json::Array(items) if items.len() as u64 == *size),
        Test::AnyElement(item) => match value {
            Json::Array(elements) => any(item, elements.iter(), order),
            _ => false,
        },
        Test::EveryElement(item) => match value {
            Json::Array(elements) => {
                !elements.is_empty()
                    && elements
                        .iter()
                        .all(|element| evaluate(item, element, order).unwrap_or(false))
            }
            _ => false,
        },
        Test::AnyKey(item) => match value {
            Json::Object(members) => {
                let keys: Vec<Json> = members
                    .iter()
                    .map(|member| Json::String(member.0.clone()))
                    .collect();
                any(item, keys.iter(), order)
            }
            _ => false,
        },
    }
}

/// False as soon as CouchDB gives up on one, even if a later one would match.
fn any<'a>(item: &Node, values: impl Iterator<Item = &'a Json>, order: Order) -> bool {
    for value in values {
        match evaluate(item, value, order) {
            Ok(true) => return true,
            Ok(false) => {}
            Err(GaveUp) => return false,
        }
    }
    false
}

/// Of an array, one element is enough.
fn is_in(items: &[Json], value: &Json, order: Order) -> bool {
    let equal = |value: &Json| items.iter().any(|item| order(value, item).is_eq());
    match value {
        Json::Array(elements) => elements.iter().any(equal),
        _ => equal(value),
    }
}

/// `$all` knows no collation: 1 is not 1.0. A single argument that is a list may also be the whole array.
fn contains(items: &[Json], value: &Json) -> bool {
    let Json::Array(elements) = value else {
        return false;
    };
    if items.is_empty() {
        return false;
    }
    items.iter().all(|item| elements.contains(item))
        || matches!(items, [Json::Array(whole)] if whole == elements)
}

/// Erlang's order of terms, of which only the place of texts matters: keys are texts.
fn compare_raw(value: &Json, argument: &Json) -> Ordering {
    match (value, argument) {
        (Json::String(value), Json::String(argument)) => value.cmp(argument),
        (Json::String(_), _) => Ordering::Greater,
        _ => compare(value, argument),
    }
}
