//! The tree of one expression.

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Integer(i64),
    Float(f64),
    Text(String),
    Boolean(bool),
    Nil,
    Name(String),
    Member {
        base: Box<Expression>,
        name: String,
    },
    Call {
        callee: Box<Expression>,
        arguments: Vec<Expression>,
    },
    Unary {
        operator: String,
        operand: Box<Expression>,
    },
    Binary {
        operator: String,
        left: Box<Expression>,
        right: Box<Expression>,
    },
}

/// A node and where errors about it point, in characters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expression {
    pub(super) at: usize,
    pub(super) node: Node,
}

impl Expression {
    pub(super) fn new(at: usize, node: Node) -> Self {
        Self { at, node }
    }
}
