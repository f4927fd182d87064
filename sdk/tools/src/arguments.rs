use crate::interface::Transaction;
use crate::shape::Shape;
use serde_json::Value;
use std::fmt::Write;
use thiserror::Error;

/// What is wrong with the flags of a call; each names the transaction, the flag, and what would be right.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FlagError {
    #[error("{transaction} has no --{flag}; it takes {expected}")]
    Unknown {
        transaction: String,
        flag: String,
        expected: String,
    },
    #[error("--{flag} is given twice")]
    Twice { flag: String },
    #[error("--{flag} has no value; {transaction} expects {expected}")]
    NoValue {
        transaction: String,
        flag: String,
        expected: String,
    },
    #[error("{transaction} needs --{flag} <{expected}>")]
    Missing {
        transaction: String,
        flag: String,
        expected: String,
    },
    #[error("--{flag} of {transaction} is a {expected}, not '{value}'{why}")]
    Value {
        transaction: String,
        flag: String,
        expected: String,
        value: String,
        why: String,
    },
    #[error("'{word}' is not a flag; write --<name> <value>")]
    NotAFlag { word: String },
}

/// The wire arguments of a call from words such as `--id a1 --size=5`, in any order. A flag is the parameter's name
/// in kebab-case or as it stands in the metadata.
///
/// # Errors
/// A flag that is unknown, missing, given twice, or whose value has another shape.
pub fn arguments(transaction: &Transaction, words: &[String]) -> Result<Vec<Vec<u8>>, FlagError> {
    let mut values: Vec<Option<String>> = vec![None; transaction.parameters.len()];
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix("--").filter(|flag| !flag.is_empty()) else {
            return Err(FlagError::NotAFlag { word: word.clone() });
        };
        let (flag, inline) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (flag, None),
        };
        let (position, expected) = find(transaction, flag)?;
        let value = inline
            .or_else(|| words.next().cloned())
            .ok_or_else(|| FlagError::NoValue {
                transaction: transaction.name.clone(),
                flag: flag.to_owned(),
                expected,
            })?;
        match values.get_mut(position) {
            Some(slot) if slot.is_none() => *slot = Some(value),
            _ => {
                return Err(FlagError::Twice {
                    flag: flag.to_owned(),
                });
            }
        }
    }
    transaction
        .parameters
        .iter()
        .zip(values)
        .map(|(parameter, value)| {
            let flag = kebab(&parameter.name);
            let value = value.ok_or_else(|| FlagError::Missing {
                transaction: transaction.name.clone(),
                flag: flag.clone(),
                expected: parameter.shape.to_string(),
            })?;
            fits(&parameter.shape, &value).map_err(|why| FlagError::Value {
                transaction: transaction.name.clone(),
                flag,
                expected: parameter.shape.to_string(),
                value: value.clone(),
                why,
            })?;
            Ok(value.into_bytes())
        })
        .collect()
}

/// How to call a transaction, for a person.
pub fn help(transaction: &Transaction) -> String {
    let mut text = transaction.name.clone();
    for parameter in &transaction.parameters {
        let _ = write!(text, " --{} <{}>", kebab(&parameter.name), parameter.shape);
    }
    if transaction.returns != Shape::None {
        let _ = write!(text, "  →  {}", transaction.returns);
    }
    text
}

fn find(transaction: &Transaction, flag: &str) -> Result<(usize, String), FlagError> {
    let mut parameters = transaction.parameters.iter().enumerate();
    let found = parameters.find(|(_, known)| known.name == flag || kebab(&known.name) == flag);
    found
        .map(|(position, known)| (position, known.shape.to_string()))
        .ok_or_else(|| FlagError::Unknown {
            transaction: transaction.name.clone(),
            flag: flag.to_owned(),
            expected: flags(transaction),
        })
}

fn flags(transaction: &Transaction) -> String {
    if transaction.parameters.is_empty() {
        return "no arguments".to_owned();
    }
    let flags = transaction
        .parameters
        .iter()
        .map(|known| format!("--{}", kebab(&known.name)));
    flags.collect::<Vec<_>>().join(" ")
}

/// `newOwner` becomes `new-owner`.
fn kebab(name: &str) -> String {
    let mut text = String::new();
    for (position, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && position > 0 {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text.replace('_', "-")
}

/// Whether the chaincode would take the value, and if not, why beyond the obvious.
fn fits(shape: &Shape, value: &str) -> Result<(), String> {
    let obvious = |fine: bool| if fine { Ok(()) } else { Err(String::new()) };
    match shape {
        Shape::None | Shape::Text | Shape::Bytes | Shape::Time => Ok(()),
        Shape::Bool => obvious(matches!(value, "true" | "false")),
        Shape::Whole { minimum, maximum } => obvious(
            value
                .parse::<i128>()
                .is_ok_and(|number| (*minimum..=*maximum).contains(&number)),
        ),
        Shape::Number => obvious(value.parse::<f64>().is_ok_and(f64::is_finite)),
        Shape::List(_) => json(value, Value::is_array),
        Shape::Map(_) => json(value, Value::is_object),
        Shape::Named(_) | Shape::Words(_) | Shape::Any => json(value, |_| true),
    }
}

fn json(value: &str, right: fn(&Value) -> bool) -> Result<(), String> {
    match serde_json::from_str::<Value>(value) {
        Ok(value) if right(&value) => Ok(()),
        Ok(_) => Err(String::new()),
        Err(error) => Err(format!("; it is passed as JSON: {error}")),
    }
}
