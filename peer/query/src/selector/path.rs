use crate::error::QueryError;
use crate::json::Json;

/// A field's name: parts between dots, a dot inside a part written `\.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// As written; names of index columns are compared with it.
    name: String,
    parts: Vec<String>,
}

/// What stands at a path.
pub(crate) enum Found<'a> {
    Value(&'a Json),
    /// The object that would hold it does not.
    Missing,
    /// There is no such object or array; not even `$exists: false` matches then.
    NoPath,
}

impl Path {
    /// The empty path is the value itself (inside `$elemMatch`).
    pub(crate) fn parse(name: &str) -> Result<Self, QueryError> {
        let mut parts = Vec::new();
        if !name.is_empty() {
            parts = split(name);
            if parts.iter().any(String::is_empty) {
                return Err(QueryError::refused(
                    "invalid_field_name",
                    format!("Invalid field name: {name}"),
                ));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            parts,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn parts(&self) -> &[String] {
        &self.parts
    }

    pub(crate) fn is_here(&self) -> bool {
        self.parts.is_empty()
    }

    pub(crate) fn find<'a>(&self, value: &'a Json) -> Found<'a> {
        let mut value = value;
        for part in &self.parts {
            value = match value {
                Json::Object(_) => match value.member(part) {
                    Some(member) => member,
                    None => return Found::Missing,
                },
                Json::Array(items) => {
                    let item = part.parse().ok().and_then(|index: usize| items.get(index));
                    match item {
                        Some(item) => item,
                        None => return Found::NoPath,
                    }
                }
                _ => return Found::NoPath,
            };
        }
        Found::Value(value)
    }
}

/// At dots without a backslash before them; backslashes then vanish.
fn split(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut previous = ' ';
    for c in name.chars() {
        match c {
            '.' if previous != '\\' => parts.push(String::new()),
            '\\' => {}
            _ => {
                if let Some(last) = parts.last_mut() {
                    last.push(c);
                }
            }
        }
        previous = c;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_separate_and_backslashes_keep_them() {
        for (name, parts) in [
            ("ab", vec!["ab"]),
            ("a.b", vec!["a", "b"]),
            (r"a\.b", vec!["a.b"]),
            (r"a.b\.c", vec!["a", "b.c"]),
            ("", vec![]),
        ] {
            assert_eq!(Path::parse(name).unwrap().parts(), parts);
        }
        for name in ["a..b", ".", "a.", ".b"] {
            let error = Path::parse(name).unwrap_err().to_string();
            assert!(error.ends_with(&format!("Reason:Invalid field name: {name}")));
        }
    }
}
