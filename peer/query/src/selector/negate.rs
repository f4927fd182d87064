//! The third step of normalisation: `$not` and `$nor` go inside by De Morgan, so that what they negate can be seen.
//! They stay where they are inside `$elemMatch`, `$allMatch` and `$keyMapMatch`.

use super::{Node, Test};

pub(super) fn push_negations(node: Node) -> Node {
    match node {
        Node::Not(item) => negate(*item),
        Node::Nor(items) => Node::And(items.into_iter().map(negate).collect()),
        Node::And(items) => Node::And(items.into_iter().map(push_negations).collect()),
        Node::Or(items) => Node::Or(items.into_iter().map(push_negations).collect()),
        other => other,
    }
}

pub(super) fn negate(node: Node) -> Node {
    match node {
        Node::Not(item) => push_negations(*item),
        Node::Nor(items) => Node::Or(items.into_iter().map(push_negations).collect()),
        Node::And(items) => Node::Or(items.into_iter().map(negate).collect()),
        Node::Or(items) => Node::And(items.into_iter().map(negate).collect()),
        Node::Field(path, condition) => Node::Field(path, Box::new(negate(*condition))),
        Node::Test(test) => opposite(test),
        Node::All => Node::Not(Box::new(Node::All)),
    }
}

fn opposite(test: Test) -> Node {
    Node::Test(match test {
        Test::Less(argument) => Test::AtLeast(argument),
        Test::AtMost(argument) => Test::Greater(argument),
        Test::Equal(argument) => Test::NotEqual(argument),
        Test::NotEqual(argument) => Test::Equal(argument),
        Test::AtLeast(argument) => Test::Less(argument),
        Test::Greater(argument) => Test::AtMost(argument),
        Test::In(items) => Test::NotIn(items),
        Test::NotIn(items) => Test::In(items),
        Test::Exists(value) => Test::Exists(!value),
        other => return Node::Not(Box::new(Node::Test(other))),
    })
}
