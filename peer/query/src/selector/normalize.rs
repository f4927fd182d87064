use super::negate::push_negations;
use super::syntax::{self, Written};
use super::{Node, Path, Selector, Test};
use crate::error::QueryError;
use crate::json::Json;

impl Selector {
    /// # Errors
    /// CouchDB's, for an operator that is unknown, not supported or has a bad argument, and for a condition that
    /// stands at the top without a field.
    pub(crate) fn parse(value: &Json) -> Result<Self, QueryError> {
        let Json::Object(members) = value else {
            let value = crate::erlang::term(value);
            return Err(QueryError::refused(
                "invalid_selector_json",
                format!("Selector must be a JSON object, not: {value}"),
            ));
        };
        if members.is_empty() {
            return Ok(Self(Node::All));
        }
        let node = push_negations(place(syntax::read(value)?, "")?);
        if matches!(&node, Node::Field(path, _) if path.is_here()) {
            return Err(QueryError::refused(
                "invalid_selector",
                "One or more conditions is missing a field name.",
            ));
        }
        Ok(Self(node))
    }
}

/// The second step: fields go inside, past the logical operators, to the tests they are for.
fn place(written: Written, path: &str) -> Result<Node, QueryError> {
    let all = |items: Vec<Written>| -> Result<Vec<Node>, QueryError> {
        items.into_iter().map(|item| place(item, path)).collect()
    };
    Ok(match written {
        Written::And(items) => Node::And(all(items)?),
        Written::Or(items) => Node::Or(all(items)?),
        Written::Nor(items) => Node::Nor(all(items)?),
        Written::Not(item) => Node::Not(Box::new(place(*item, path)?)),
        Written::AnyElement(item) => at(path, Test::AnyElement(Box::new(place(*item, "")?)))?,
        Written::EveryElement(item) => at(path, Test::EveryElement(Box::new(place(*item, "")?)))?,
        Written::AnyKey(item) => at(path, Test::AnyKey(Box::new(place(*item, "")?)))?,
        Written::Test(test) => at(path, test)?,
        Written::Field(name, condition) if path.is_empty() => place(*condition, &name)?,
        Written::Field(name, condition) => place(*condition, &format!("{path}.{name}"))?,
    })
}

fn at(path: &str, test: Test) -> Result<Node, QueryError> {
    Ok(Node::Field(Path::parse(path)?, Box::new(Node::Test(test))))
}
