use serde::Deserialize;

/// An argument of a transaction. `{next}` becomes a number that no other transaction of the run has, six digits or more;
/// `{any}` one of the round's assets, in turn; all else stays.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Next,
    Any,
}

/// A word in braces that stands for nothing.
#[derive(Debug, thiserror::Error)]
#[error("{{{0}}} stands for nothing; {{next}} and {{any}} do")]
pub(super) struct Unknown(String);

impl TryFrom<String> for Template {
    type Error = Unknown;

    fn try_from(text: String) -> Result<Self, Unknown> {
        let (mut parts, mut rest) = (Vec::new(), text.as_str());
        // JSON has braces, too: only a word in braces stands for something.
        while let Some((before, word, after)) = placeholder(rest) {
            parts.push(Part::Text(before.to_owned()));
            parts.push(match word {
                "next" => Part::Next,
                "any" => Part::Any,
                other => return Err(Unknown(other.to_owned())),
            });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }
}

/// What is before a word of small letters in braces, the word, and what is behind it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text.get(from..)?.find('{') {
        let open = from + open;
        let inside = text.get(open + 1..)?;
        let length = inside
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(inside.len());
        if length > 0 && inside[length..].starts_with('}') {
            return Some((&text[..open], &inside[..length], &inside[length + 1..]));
        }
        from = open + 1;
    }
    None
}

impl Template {
    pub(super) fn fill(&self, next: u64, any: u64) -> String {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Next => filled.push_str(&format!("{next:06}")),
                Part::Any => filled.push_str(&format!("{any:06}")),
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        let template = Template::try_from(text.to_owned());
        template.unwrap().fill(12, 3)
    }

    #[test]
    fn words_in_braces_are_filled_in_and_json_is_left_alone() {
        assert_eq!(filled("asset{next}-{any}"), "asset000012-000003");
        assert_eq!(
            filled(r#"{"selector":{"id":"a{any}"}}"#),
            r#"{"selector":{"id":"a000003"}}"#
        );
        assert_eq!(filled("{"), "{");
        let unknown = Template::try_from("{nxt}".to_owned()).unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "{nxt} stands for nothing; {next} and {any} do"
        );
    }
}
