//! What can be seen of a selector from outside: which fields must exist, which are fixed, which are narrowed.

use super::{Node, Restriction, Selector, Test};
use std::collections::BTreeSet;

impl Selector {
    /// Whether every document that matches has all of `fields`. As CouchDB judges it: an empty `$or` says yes.
    pub(crate) fn requires(&self, fields: &[&str]) -> bool {
        remaining(&self.0, fields.iter().copied().collect()).is_empty()
    }

    /// Whether an equality fixes the field.
    pub(crate) fn fixes(&self, field: &str) -> bool {
        fixes(&self.0, field)
    }

    /// Every test an index can serve, by field, through `$and` only.
    pub(crate) fn restrictions(&self) -> Vec<(&str, Restriction<'_>)> {
        let mut found = Vec::new();
        collect(&self.0, &mut found);
        found
    }

    /// An `$and` or `$or` over nothing at the top: CouchDB then answers nothing.
    pub(crate) fn is_vacuous(&self) -> bool {
        matches!(&self.0, Node::And(items) | Node::Or(items) if items.is_empty())
    }
}

fn remaining<'a>(node: &Node, mut fields: BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    match node {
        Node::And(items) => items
            .iter()
            .fold(fields, |left, item| remaining(item, left)),
        Node::Or(items) => items
            .iter()
            .flat_map(|item| remaining(item, fields.clone()))
            .collect(),
        Node::Field(path, condition) => {
            if **condition != Node::Test(Test::Exists(false)) {
                fields.remove(path.name());
            }
            fields
        }
        _ => fields,
    }
}

fn fixes(node: &Node, field: &str) -> bool {
    match node {
        Node::And(items) => items.iter().any(|item| fixes(item, field)),
        Node::Field(path, condition) => {
            path.name() == field && matches!(**condition, Node::Test(Test::Equal(_)))
        }
        _ => false,
    }
}

fn collect<'a>(node: &'a Node, found: &mut Vec<(&'a str, Restriction<'a>)>) {
    match node {
        Node::And(items) => items.iter().for_each(|item| collect(item, found)),
        Node::Field(path, condition) => {
            let restriction = match &**condition {
                Node::Test(Test::Less(argument)) => Restriction::Less(argument),
                Node::Test(Test::AtMost(argument)) => Restriction::AtMost(argument),
                Node::Test(Test::Equal(argument)) => Restriction::Equal(argument),
                Node::Test(Test::AtLeast(argument)) => Restriction::AtLeast(argument),
                Node::Test(Test::Greater(argument)) => Restriction::Greater(argument),
                Node::Test(Test::BeginsWith(prefix)) => Restriction::BeginsWith(prefix),
                Node::Test(Test::Exists(_)) => Restriction::Exists,
                _ => return,
            };
            found.push((path.name(), restriction));
        }
        _ => {}
    }
}
