//! What the gates of each pass do.

use selvedge_protos::common::{MspPrincipal, SignaturePolicy, msp_role::MspRoleType};

use super::eval::{Environment, Value};
use crate::policy::builders::{out_of, role_principal, signed_by};

/// First pass: every gate becomes `outof(t, …)`.
pub(super) struct Names;

/// Second pass: every gate gets the context as its first argument.
pub(super) struct WithContext;

/// Third pass: gates become rules, and principals are numbered in the order in which gates are computed, so that
/// those of an inner gate come before those of the outer.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) principals: Vec<MspPrincipal>,
}

/// `Org1MSP.peer` taken apart; the role is after the last dot.
fn principal(text: &str) -> Option<(&str, MspRoleType)> {
    let (msp_id, role) = text.rsplit_once('.')?;
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if msp_id.is_empty() || !msp_id.chars().all(legal) {
        return None;
    }
    let role = match role {
        "admin" => MspRoleType::Admin,
        "member" => MspRoleType::Member,
        "client" => MspRoleType::Client,
        "peer" => MspRoleType::Peer,
        "orderer" => MspRoleType::Orderer,
        _ => return None,
    };
    Some((msp_id, role))
}

/// A principal is quoted for the next pass; anything else, such as an inner gate, is text of the next pass.
fn pass_on(out: &mut String, text: &str) {
    match principal(text) {
        Some(_) => out.push_str(&format!("'{text}'")),
        None => out.push_str(text),
    }
}

/// Go's conversion of a float to an int, as far as it is defined.
fn integer(number: f64) -> i64 {
    number as i64
}

impl Names {
    fn out_of(arguments: &[Value<()>]) -> Result<Value<()>, String> {
        let mut out = String::from("outof(");
        let [threshold, rest @ ..] = arguments else {
            return Err("expected at least two arguments to NOutOf. Given 0".into());
        };
        if rest.is_empty() {
            return Err("expected at least two arguments to NOutOf. Given 1".into());
        }
        match threshold {
            Value::Float(number) => out.push_str(&integer(*number).to_string()),
            Value::Integer(number) => out.push_str(&number.to_string()),
            Value::Text(text) => out.push_str(text),
            other => return Err(format!("unexpected type {}", other.type_name())),
        }
        for argument in rest {
            out.push_str(", ");
            match argument {
                Value::Text(text) => pass_on(&mut out, text),
                other => return Err(format!("unexpected type {}", other.type_name())),
            }
        }
        out.push(')');
        Ok(Value::Text(out))
    }
}

impl Environment for Names {
    type Policy = ();

    fn is_function(&self, name: &str) -> bool {
        matches!(
            name,
            "And" | "and" | "AND" | "Or" | "or" | "OR" | "OutOf" | "outof" | "OUTOF"
        )
    }

    fn is_context(&self, _: &str) -> bool {
        false
    }

    fn call(&mut self, name: &str, mut arguments: Vec<Value<()>>) -> Result<Value<()>, String> {
        let threshold = match name {
            "And" | "and" | "AND" => Some(arguments.len() as i64),
            "Or" | "or" | "OR" => Some(1),
            _ => None,
        };
        if let Some(threshold) = threshold {
            arguments.insert(0, Value::Integer(threshold));
        }
        Self::out_of(&arguments)
    }
}

impl Environment for WithContext {
    type Policy = ();

    fn is_function(&self, name: &str) -> bool {
        name == "outof"
    }

    fn is_context(&self, _: &str) -> bool {
        false
    }

    fn call(&mut self, _: &str, arguments: Vec<Value<()>>) -> Result<Value<()>, String> {
        let mut out = String::from("outof(ID");
        for argument in &arguments {
            out.push_str(", ");
            match argument {
                Value::Text(text) => pass_on(&mut out, text),
                Value::Float(number) => out.push_str(&integer(*number).to_string()),
                Value::Integer(number) => out.push_str(&number.to_string()),
                other => return Err(format!("unexpected type {}", other.type_name())),
            }
        }
        out.push(')');
        Ok(Value::Text(out))
    }
}

impl Environment for Rules {
    type Policy = SignaturePolicy;

    fn is_function(&self, name: &str) -> bool {
        name == "outof"
    }

    fn is_context(&self, name: &str) -> bool {
        name == "ID"
    }

    fn call(
        &mut self,
        _: &str,
        arguments: Vec<Value<SignaturePolicy>>,
    ) -> Result<Value<SignaturePolicy>, String> {
        let [context, threshold, rest @ ..] = &arguments[..] else {
            return Err(format!(
                "at least 3 arguments expected, got {}",
                arguments.len()
            ));
        };
        if rest.is_empty() {
            return Err("at least 3 arguments expected, got 2".into());
        }
        if *context != Value::Context {
            let found = context.type_name();
            return Err(format!(
                "unrecognized type, expected the context, got {found}"
            ));
        }
        let t = match threshold {
            Value::Float(number) => integer(*number),
            Value::Integer(number) => *number,
            other => {
                return Err(format!(
                    "unrecognized type, expected a number, got {}",
                    other.type_name()
                ));
            }
        };
        let n = rest.len();
        let threshold = i32::try_from(t)
            .ok()
            .filter(|t| (0..=n as i64 + 1).contains(&i64::from(*t)));
        let threshold =
            threshold.ok_or_else(|| format!("invalid t-out-of-n predicate, t {t}, n {n}"))?;
        let rules = rest
            .iter()
            .map(|argument| self.rule(argument))
            .collect::<Result<_, _>>()?;
        Ok(Value::Policy(out_of(threshold, rules)))
    }
}

impl Rules {
    fn rule(&mut self, argument: &Value<SignaturePolicy>) -> Result<SignaturePolicy, String> {
        match argument {
            Value::Policy(rule) => Ok(rule.clone()),
            Value::Text(text) => {
                let (msp_id, role) =
                    principal(text).ok_or_else(|| format!("error parsing principal {text}"))?;
                let index =
                    i32::try_from(self.principals.len()).map_err(|_| "too many principals")?;
                self.principals.push(role_principal(msp_id, role));
                Ok(signed_by(index))
            }
            other => Err(format!(
                "unrecognized type, expected a principal or a policy, got {}",
                other.type_name()
            )),
        }
    }
}
