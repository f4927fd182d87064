use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// The shape of a value, from its JSON schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Nothing: a transaction without a result.
    None,
    Text,
    /// Raw bytes on the wire; Base64 inside JSON.
    Bytes,
    Time,
    Bool,
    /// Whole numbers between two bounds, which JSON numbers may be too small to hold.
    Whole {
        minimum: i128,
        maximum: i128,
    },
    Number,
    List(Box<Shape>),
    Map(Box<Shape>),
    /// A named object among the components.
    Named(String),
    /// One of some words.
    Words(Vec<String>),
    /// Anything that is JSON.
    Any,
}

/// A named object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    pub fields: BTreeMap<String, Field>,
}

/// A field of an [`Object`].
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub shape: Shape,
    pub required: bool,
}

impl Shape {
    /// Reads a schema. What contract-api's libraries do not write is [`Shape::Any`]: a tool must not fail on it.
    pub fn read(schema: &Value) -> Self {
        let Some(schema) = schema.as_object() else {
            return Self::Any;
        };
        if let Some(reference) = text(schema, "$ref") {
            let name = reference.rsplit('/').next().unwrap_or(reference);
            return Self::Named(name.to_owned());
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            let words = words.iter().filter_map(Value::as_str).map(str::to_owned);
            return Self::Words(words.collect());
        }
        match text(schema, "type") {
            Some("string") => string(text(schema, "format")),
            Some("boolean") => Self::Bool,
            Some("integer") => whole(schema),
            Some("number") if schema.get("multipleOf") == Some(&Value::from(1)) => whole(schema),
            Some("number") => Self::Number,
            Some("array") => {
                Self::List(Box::new(schema.get("items").map_or(Self::Any, Self::read)))
            }
            Some("object") => match schema.get("additionalProperties") {
                Some(Value::Object(values)) => {
                    Self::Map(Box::new(Self::read(&Value::Object(values.clone()))))
                }
                _ => Self::Any,
            },
            _ => Self::Any,
        }
    }

    /// Whether a command line passes it as it stands; everything else is JSON.
    pub fn is_plain(&self) -> bool {
        !matches!(
            self,
            Self::List(_) | Self::Map(_) | Self::Named(_) | Self::Words(_) | Self::Any
        )
    }
}

impl Object {
    /// Reads an entry of `components.schemas`.
    pub fn read(schema: &Value) -> Self {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_object);
        let fields = properties.into_iter().flatten().map(|(name, schema)| {
            let field = Field {
                shape: Shape::read(schema),
                required: required.contains(&name.as_str()),
            };
            (name.clone(), field)
        });
        Self {
            fields: fields.collect(),
        }
    }
}

fn text<'s>(schema: &'s Map<String, Value>, name: &str) -> Option<&'s str> {
    schema.get(name).and_then(Value::as_str)
}

fn string(format: Option<&str>) -> Shape {
    match format {
        Some("byte") => Shape::Bytes,
        Some("date-time") => Shape::Time,
        _ => Shape::Text,
    }
}

/// The bounds are those that are written; else those of the format.
fn whole(schema: &Map<String, Value>) -> Shape {
    let bits = match text(schema, "format") {
        Some("int8") => 8,
        Some("int16") => 16,
        Some("int32") => 32,
        _ => 64,
    };
    let half = 1_i128 << (bits - 1);
    Shape::Whole {
        minimum: bound(schema, "minimum", -half),
        maximum: bound(schema, "maximum", half - 1),
    }
}

fn bound(schema: &Map<String, Value>, name: &str, default: i128) -> i128 {
    let Some(value) = schema.get(name) else {
        return default;
    };
    let exact = value
        .as_i64()
        .map(i128::from)
        .or(value.as_u64().map(i128::from));
    // The largest u64 is written as a float, which rounds up.
    exact
        .or(value
            .as_f64()
            .map(|float| (float as i128).min(i128::from(u64::MAX))))
        .unwrap_or(default)
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("nothing"),
            Self::Text => f.write_str("text"),
            Self::Bytes => f.write_str("bytes"),
            Self::Time => f.write_str("time (RFC 3339)"),
            Self::Bool => f.write_str("true or false"),
            Self::Whole { minimum, maximum } => {
                write!(f, "whole number from {minimum} to {maximum}")
            }
            Self::Number => f.write_str("number"),
            Self::List(element) => write!(f, "list of {element}"),
            Self::Map(value) => write!(f, "map of {value}"),
            Self::Named(name) => f.write_str(name),
            Self::Words(words) => write!(f, "one of {}", words.join(", ")),
            Self::Any => f.write_str("JSON"),
        }
    }
}
