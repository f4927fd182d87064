//! From tokens to a tree, with the errors of expr's parser (expr `parser/parser.go`).

use super::{
    error::Located,
    expression::{Expression, Node},
    lexer::{Kind, Lexer, Token},
};

/// Expressions nested deeper, or with more nodes, are refused.
const MAX_DEPTH: usize = 200;
const MAX_NODES: usize = 10_000;
const TOO_LARGE: &str = "compilation failed: expression exceeds maximum allowed nodes";

/// Parses a whole text.
pub(super) fn parse(source: &str) -> Result<Expression, Located> {
    let mut lexer = Lexer::new(source);
    let current = lexer.next()?;
    let mut parser = Parser {
        lexer,
        current,
        depth: 0,
        nodes: 0,
    };
    let expression = parser.expression(0)?;
    match parser.current.kind {
        Kind::Eof => Ok(expression),
        _ => Err(parser.unexpected()),
    }
}

struct Parser {
    lexer: Lexer,
    current: Token,
    depth: usize,
    nodes: usize,
}

/// Precedence of a binary operator and whether it associates to the left.
fn binary(operator: &str) -> Option<(u16, bool)> {
    Some(match operator {
        "or" | "||" => (10, true),
        "and" | "&&" => (15, true),
        "==" | "!=" | "<" | ">" | ">=" | "<=" | "in" | "matches" | "contains" | "startsWith"
        | "endsWith" => (20, true),
        ".." => (25, true),
        "+" | "-" => (30, true),
        "*" | "/" | "%" => (60, true),
        "**" | "^" => (100, false),
        "??" => (500, true),
        _ => return None,
    })
}

fn unary(operator: &str) -> Option<u16> {
    match operator {
        "not" | "!" => Some(50),
        "-" | "+" => Some(90),
        _ => None,
    }
}

impl Parser {
    fn unexpected(&self) -> Located {
        Located::new(
            self.current.at,
            format!("unexpected token {}", self.current.describe()),
        )
    }

    /// Moves on; answers the token that was current.
    fn advance(&mut self) -> Result<Token, Located> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.current, next))
    }

    fn expect(&mut self, kind: Kind, text: &str) -> Result<(), Located> {
        if !self.current.is(kind, text) {
            return Err(self.unexpected());
        }
        self.advance().map(|_| ())
    }

    fn node(&mut self, at: usize, node: Node) -> Result<Expression, Located> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Located::new(self.current.at, TOO_LARGE));
        }
        Ok(Expression::new(at, node))
    }

    fn expression(&mut self, precedence: u16) -> Result<Expression, Located> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Located::new(self.current.at, TOO_LARGE));
        }
        let mut left = self.primary()?;
        // A chain of operators nests to the left.
        let mut chain = 0;
        while self.current.kind == Kind::Operator
            && let Some((level, from_left)) = binary(&self.current.text)
            && level >= precedence
        {
            chain += 1;
            if chain > MAX_DEPTH {
                return Err(Located::new(self.current.at, TOO_LARGE));
            }
            let operator = self.advance()?;
            let right = self.expression(level + u16::from(from_left))?;
            let (left_side, right) = (Box::new(left), Box::new(right));
            let node = Node::Binary {
                operator: operator.text,
                left: left_side,
                right,
            };
            left = self.node(operator.at, node)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn primary(&mut self) -> Result<Expression, Located> {
        if self.current.kind == Kind::Operator
            && let Some(precedence) = unary(&self.current.text)
        {
            let operator = self.advance()?;
            let operand = Box::new(self.expression(precedence)?);
            let node = self.node(
                operator.at,
                Node::Unary {
                    operator: operator.text,
                    operand,
                },
            )?;
            return self.postfix(node);
        }
        if self.current.is(Kind::Bracket, "(") {
            self.advance()?;
            let inner = self.expression(0)?;
            self.expect(Kind::Bracket, ")")?;
            return self.postfix(inner);
        }
        self.secondary()
    }

    fn secondary(&mut self) -> Result<Expression, Located> {
        match self.current.kind {
            Kind::Identifier => {
                let token = self.advance()?;
                let constant = match token.text.as_str() {
                    "true" => Some(Node::Boolean(true)),
                    "false" => Some(Node::Boolean(false)),
                    "nil" => Some(Node::Nil),
                    _ => None,
                };
                if let Some(constant) = constant {
                    return self.node(token.at, constant);
                }
                let mut node = self.node(token.at, Node::Name(token.text))?;
                if self.current.is(Kind::Bracket, "(") {
                    node = self.call(node, token.at)?;
                }
                self.postfix(node)
            }
            Kind::Number => {
                let token = self.advance()?;
                let node = self.number(&token.text)?;
                self.node(token.at, node)
            }
            Kind::String => {
                let token = self.advance()?;
                let node = self.node(token.at, Node::Text(token.text))?;
                self.postfix(node)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn number(&self, text: &str) -> Result<Node, Located> {
        let text = text.replace('_', "").to_ascii_lowercase();
        let bad = |what: &str| {
            let why = format!(
                "invalid {what} literal: strconv.ParseInt: parsing \"{text}\": value out of range"
            );
            Located::new(self.current.at, why)
        };
        let radix = |digits: &str, radix, what| {
            i64::from_str_radix(digits, radix)
                .map(Node::Integer)
                .map_err(|_| bad(what))
        };
        if let Some(digits) = text.strip_prefix("0x") {
            return radix(digits, 16, "hex");
        }
        if text.contains(['.', 'e']) {
            return text.parse().map(Node::Float).map_err(|_| bad("float"));
        }
        if let Some(digits) = text.strip_prefix("0b") {
            return radix(digits, 2, "binary");
        }
        if let Some(digits) = text.strip_prefix("0o") {
            return radix(digits, 8, "octal");
        }
        radix(&text, 10, "integer")
    }

    fn call(&mut self, callee: Expression, at: usize) -> Result<Expression, Located> {
        let mut arguments = Vec::new();
        self.expect(Kind::Bracket, "(")?;
        while !self.current.is(Kind::Bracket, ")") {
            if !arguments.is_empty() {
                self.expect(Kind::Operator, ",")?;
            }
            if self.current.is(Kind::Bracket, ")") {
                break;
            }
            arguments.push(self.expression(0)?);
        }
        self.expect(Kind::Bracket, ")")?;
        self.node(
            at,
            Node::Call {
                callee: Box::new(callee),
                arguments,
            },
        )
    }

    fn postfix(&mut self, mut node: Expression) -> Result<Expression, Located> {
        let mut chain = 0;
        while self.current.is(Kind::Operator, ".") {
            chain += 1;
            if chain > MAX_DEPTH {
                return Err(Located::new(self.current.at, TOO_LARGE));
            }
            self.advance()?;
            let property = self.advance()?;
            let word = property
                .text
                .starts_with(|c: char| c.is_alphabetic() || c == '_');
            if property.kind != Kind::Identifier && !(property.kind == Kind::Operator && word) {
                return Err(Located::new(self.current.at, "expected name"));
            }
            let member = Node::Member {
                base: Box::new(node),
                name: property.text,
            };
            node = self.node(property.at, member)?;
            if self.current.is(Kind::Bracket, "(") {
                node = self.call(node, property.at)?;
            }
        }
        Ok(node)
    }
}
