use crate::json::{Json, Number};

/// An Erlang term, of those that JSON values are made of in CouchDB: an object is a tuple of one list of pairs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    Atom(String),
    Integer(i128),
    Float(f64),
    Binary(Vec<u8>),
    List(Vec<Term>),
    Tuple(Vec<Term>),
}

impl Term {
    pub(crate) fn atom(name: &str) -> Self {
        Self::Atom(name.to_owned())
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::Binary(text.as_bytes().to_vec())
    }

    pub(crate) fn pair(name: Self, value: Self) -> Self {
        Self::Tuple(vec![name, value])
    }

    pub(crate) fn of_json(value: &Json) -> Self {
        match value {
            Json::Null => Self::atom("null"),
            Json::Bool(value) => Self::atom(if *value { "true" } else { "false" }),
            Json::Number(number) => match number.integer() {
                Some(integer) => Self::Integer(integer),
                None => Self::Float(number.float()),
            },
            Json::String(text) => Self::text(text),
            Json::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            Json::Object(members) => {
                let pairs = members
                    .iter()
                    .map(|(name, value)| Self::pair(Self::text(name), Self::of_json(value)));
                Self::Tuple(vec![Self::List(pairs.collect())])
            }
        }
    }

    /// `None`: it stands for no JSON value.
    pub(crate) fn to_json(&self) -> Option<Json> {
        Some(match self {
            Self::Atom(name) => match name.as_str() {
                "null" => Json::Null,
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                _ => return None,
            },
            Self::Integer(integer) => Json::Number(Number::from_integer(*integer)),
            Self::Float(float) => Json::Number(Number::from_float(*float)),
            Self::Binary(bytes) => Json::String(utf8(bytes)?),
            Self::List(items) => {
                Json::Array(items.iter().map(Self::to_json).collect::<Option<_>>()?)
            }
            Self::Tuple(items) => match items.as_slice() {
                [Self::List(members)] => {
                    Json::object(members.iter().map(member).collect::<Option<_>>()?)
                }
                _ => return None,
            },
        })
    }

    /// The value of a name in a list of pairs.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        let Self::List(items) = self else { return None };
        items.iter().find_map(|item| match item {
            Self::Tuple(pair) => match pair.as_slice() {
                [Self::Atom(own), value] if own == name => Some(value),
                _ => None,
            },
            _ => None,
        })
    }
}

fn member(term: &Term) -> Option<(String, Json)> {
    match term {
        Term::Tuple(pair) => match pair.as_slice() {
            [Term::Binary(name), value] => Some((utf8(name)?, value.to_json()?)),
            _ => None,
        },
        _ => None,
    }
}

fn utf8(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}
