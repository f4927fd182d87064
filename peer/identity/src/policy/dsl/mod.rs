//! Policy expressions: `AND('Org1MSP.peer', OR('Org2MSP.peer', 'Org3MSP.peer'))`.
//!
//! Fabric evaluates the text three times with a general expression library, each time to another text or, at last, to
//! the policy. The number of passes shows: in the order in which principals are numbered, in error messages that quote
//! the text of a later pass, and in what is accepted. So it is done the same way here, with an interpreter of the part
//! of that language that policies can use: calls, strings, numbers, names, members and operators.
//!
//! Fabric: common/policydsl/policyparser.go; expr-lang/expr.

mod error;
mod eval;
mod expression;
mod gates;
mod lexer;
mod parser;
mod passes;

pub use error::PolicyParseError;
pub use passes::policy_from_string;

#[cfg(test)]
mod tests;
