//! JSON as Go's `json.MarshalIndent(v, "", "\t")` writes the structs that protoc generates: members in field order, empty
//! ones left out, bytes in base64, a oneof under its Go name with its wrapper's Go name inside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::PrettyFormatter;

/// A JSON value whose members keep their order.
#[derive(Debug)]
pub(crate) enum Node {
    Null,
    Flag(bool),
    Number(i128),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_i128(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Collects the members of one message; each method but `always` follows Go's `omitempty`.
#[derive(Debug, Default)]
pub(crate) struct Message(Vec<(String, Node)>);

impl Message {
    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        if value.is_empty() {
            self
        } else {
            self.always(name, Node::Text(value.to_owned()))
        }
    }

    pub(crate) fn bytes(self, name: &str, value: &[u8]) -> Self {
        self.text(name, &STANDARD.encode(value))
    }

    pub(crate) fn number(self, name: &str, value: impl Into<i128>) -> Self {
        match value.into() {
            0 => self,
            value => self.always(name, Node::Number(value)),
        }
    }

    pub(crate) fn flag(self, name: &str, value: bool) -> Self {
        if value {
            self.always(name, Node::Flag(true))
        } else {
            self
        }
    }

    pub(crate) fn list(self, name: &str, items: impl IntoIterator<Item = Node>) -> Self {
        let items: Vec<Node> = items.into_iter().collect();
        if items.is_empty() {
            self
        } else {
            self.always(name, Node::List(items))
        }
    }

    pub(crate) fn map<K: Into<String>>(
        self,
        name: &str,
        entries: impl IntoIterator<Item = (K, Node)>,
    ) -> Self {
        let mut entries: Vec<(String, Node)> = entries
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        if entries.is_empty() {
            self
        } else {
            self.always(name, Node::Object(entries))
        }
    }

    pub(crate) fn message(self, name: &str, value: Option<Self>) -> Self {
        match value {
            Some(message) => self.always(name, message.into()),
            None => self,
        }
    }

    /// A oneof: Go prints its interface field even when nothing is set.
    pub(crate) fn one_of(self, name: &str, value: Option<(&str, Node)>) -> Self {
        let node = value.map_or(Node::Null, |(wrapper, value)| {
            Node::Object(vec![(wrapper.to_owned(), value)])
        });
        self.always(name, node)
    }

    pub(crate) fn always(mut self, name: &str, value: Node) -> Self {
        self.0.push((name.to_owned(), value));
        self
    }
}

impl From<Message> for Node {
    fn from(message: Message) -> Self {
        Self::Object(message.0)
    }
}

/// Indents with tabs and escapes `<`, `>`, `&` and the two line separators, as Go does.
pub(crate) fn to_go_json(node: impl Into<Node>) -> String {
    let mut out = Vec::new();
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(b"\t"));
    // Writing a Node into a Vec has no way to fail: its keys are strings and its numbers fit.
    let _ = node.into().serialize(&mut serializer);
    let mut escaped = String::with_capacity(out.len());
    for c in String::from_utf8_lossy(&out).chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)))
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_go_does() {
        let text = Node::Text("a<b>&\u{2028}\"".to_owned());
        assert_eq!(to_go_json(text), r#""a\u003cb\u003e\u0026\u2028\"""#);
    }

    #[test]
    fn leaves_empty_members_out_but_keeps_a_oneof() {
        let message = Message::default()
            .text("a", "")
            .number("b", 0)
            .flag("c", false)
            .one_of("Type", None)
            .bytes("d", b"x");
        assert_eq!(
            to_go_json(message),
            "{\n\t\"Type\": null,\n\t\"d\": \"eA==\"\n}"
        );
        assert_eq!(to_go_json(Message::default()), "{}");
    }
}
