//! Checks the names of a tree and computes its value.

use super::{
    error::{Located, PolicyParseError},
    expression::{Expression, Node},
    parser::parse,
};

/// What expressions are made of. `P` is the result of the last pass.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<P> {
    Integer(i64),
    Float(f64),
    Text(String),
    Boolean(bool),
    Nil,
    /// The name that the last pass passes on to its gates.
    Context,
    Function,
    Policy(P),
}

impl<P> Value<P> {
    /// The type's name in Go.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Integer(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::Boolean(_) => "bool",
            Self::Nil => "%!s(<nil>)",
            Self::Context => "*policydsl.context",
            Self::Function => "func(...interface {}) (interface {}, error)",
            Self::Policy(_) => "*common.SignaturePolicy",
        }
    }
}

/// The names of one pass.
pub(super) trait Environment {
    /// Result of the last pass.
    type Policy: Clone;

    /// Whether there is a function of that name.
    fn is_function(&self, name: &str) -> bool;

    /// Whether there is a context of that name.
    fn is_context(&self, name: &str) -> bool;

    /// Calls a function; the error is its message alone.
    fn call(
        &mut self,
        name: &str,
        arguments: Vec<Value<Self::Policy>>,
    ) -> Result<Value<Self::Policy>, String>;
}

/// Parses, checks and computes a text.
pub(super) fn evaluate<E: Environment>(
    source: &str,
    environment: &mut E,
) -> Result<Value<E::Policy>, PolicyParseError> {
    let mut run = || -> Result<Value<E::Policy>, Located> {
        let expression = parse(source)?;
        check(&expression, environment)?;
        compute(&expression, environment)
    };
    run().map_err(|error| error.bind(source))
}

/// Fails at the first name that does not exist; arguments of an unknown function are not looked at.
fn check(expression: &Expression, environment: &impl Environment) -> Result<(), Located> {
    match &expression.node {
        Node::Name(name) => match environment.is_function(name) || environment.is_context(name) {
            true => Ok(()),
            false => Err(Located::new(expression.at, format!("unknown name {name}"))),
        },
        Node::Member { base, .. } => check(base, environment),
        Node::Call { callee, arguments } => {
            check(callee, environment)?;
            arguments
                .iter()
                .try_for_each(|argument| check(argument, environment))
        }
        Node::Unary { operand, .. } => check(operand, environment),
        Node::Binary { left, right, .. } => {
            check(left, environment)?;
            check(right, environment)
        }
        Node::Integer(_) | Node::Float(_) | Node::Text(_) | Node::Boolean(_) | Node::Nil => Ok(()),
    }
}

fn compute<E: Environment>(
    expression: &Expression,
    environment: &mut E,
) -> Result<Value<E::Policy>, Located> {
    let fail = |message: String| Located::new(expression.at, message);
    Ok(match &expression.node {
        Node::Integer(number) => Value::Integer(*number),
        Node::Float(number) => Value::Float(*number),
        Node::Text(text) => Value::Text(text.clone()),
        Node::Boolean(truth) => Value::Boolean(*truth),
        Node::Nil => Value::Nil,
        Node::Name(name) if environment.is_context(name) => Value::Context,
        Node::Name(_) => Value::Function,
        Node::Member { base, name } => {
            let base = compute(base, environment)?;
            return Err(fail(format!(
                "type {} has no field {name}",
                base.type_name()
            )));
        }
        Node::Call { callee, arguments } => call(callee, arguments, expression.at, environment)?,
        Node::Unary { operator, operand } => {
            let operand = compute(operand, environment)?;
            unary(operator, operand).map_err(fail)?
        }
        Node::Binary {
            operator,
            left,
            right,
        } => {
            let left = compute(left, environment)?;
            let right = compute(right, environment)?;
            binary(operator, &left, &right).map_err(fail)?
        }
    })
}

fn call<E: Environment>(
    callee: &Expression,
    arguments: &[Expression],
    at: usize,
    environment: &mut E,
) -> Result<Value<E::Policy>, Located> {
    let Node::Name(name) = &callee.node else {
        compute(callee, environment)?;
        return Err(Located::new(at, "expression is not callable"));
    };
    if !environment.is_function(name) {
        let kind = Value::<()>::Context.type_name();
        return Err(Located::new(at, format!("{kind} is not callable")));
    }
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        values.push(compute(argument, environment)?);
    }
    environment
        .call(name, values)
        .map_err(|message| Located::new(at, message))
}

fn unary<P>(operator: &str, operand: Value<P>) -> Result<Value<P>, String> {
    match (operator, operand) {
        ("-", Value::Integer(number)) => Ok(Value::Integer(number.wrapping_neg())),
        ("-", Value::Float(number)) => Ok(Value::Float(-number)),
        ("+", number @ (Value::Integer(_) | Value::Float(_))) => Ok(number),
        ("!" | "not", Value::Boolean(truth)) => Ok(Value::Boolean(!truth)),
        (operator, operand) => Err(format!(
            "invalid operation: {operator} (mismatched type {})",
            operand.type_name()
        )),
    }
}

/// Sums, differences and products of numbers, and joined strings. No gate takes anything else.
fn binary<P>(operator: &str, left: &Value<P>, right: &Value<P>) -> Result<Value<P>, String> {
    let number = |value: &Value<P>| match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    };
    match (operator, left, right) {
        ("+", Value::Text(a), Value::Text(b)) => return Ok(Value::Text(format!("{a}{b}"))),
        ("+", Value::Integer(a), Value::Integer(b)) => {
            return Ok(Value::Integer(a.wrapping_add(*b)));
        }
        ("-", Value::Integer(a), Value::Integer(b)) => {
            return Ok(Value::Integer(a.wrapping_sub(*b)));
        }
        ("*", Value::Integer(a), Value::Integer(b)) => {
            return Ok(Value::Integer(a.wrapping_mul(*b)));
        }
        _ => {}
    }
    match (operator, number(left), number(right)) {
        ("+", Some(a), Some(b)) => Ok(Value::Float(a + b)),
        ("-", Some(a), Some(b)) => Ok(Value::Float(a - b)),
        ("*", Some(a), Some(b)) => Ok(Value::Float(a * b)),
        ("/", Some(a), Some(b)) => Ok(Value::Float(a / b)),
        _ => Err(format!(
            "invalid operation: {operator} (mismatched types {} and {})",
            left.type_name(),
            right.type_name()
        )),
    }
}
