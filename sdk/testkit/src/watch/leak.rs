//! Whether what is secret turns up in what is public.

use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeSet;

/// Shorter texts turn up anywhere by chance.
const TELLING: usize = 4;

/// What a transaction learned in confidence, and what everybody knew.
#[derive(Default)]
pub(crate) struct Secrets {
    /// Where it came from, and the value.
    pub(crate) private: Vec<(String, Bytes)>,
    pub(crate) transient: Vec<(String, Bytes)>,
    /// Arguments, public keys and values that were read: on the chain already, or with the proposal.
    pub(crate) known: Vec<Bytes>,
}

impl Secrets {
    pub(crate) fn is_empty(&self) -> bool {
        self.private.is_empty() && self.transient.is_empty()
    }

    /// The first private value, or part of one, that `public` shows.
    pub(crate) fn private_in(&self, public: &[u8]) -> Option<&str> {
        self.shown(&self.private, public)
    }

    pub(crate) fn transient_in(&self, public: &[u8]) -> Option<&str> {
        self.shown(&self.transient, public)
    }

    fn shown<'s>(&self, secrets: &'s [(String, Bytes)], public: &[u8]) -> Option<&'s str> {
        let shows = |secret: &Bytes| {
            telling_parts(secret).iter().any(|part| {
                contains(public, part) && !self.known.iter().any(|known| contains(known, part))
            })
        };
        let found = secrets.iter().find(|(_, secret)| shows(secret));
        found.map(|(source, _)| source.as_str())
    }
}

/// The texts and numbers in a JSON value; all bytes of another one.
fn telling_parts(secret: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut parts = BTreeSet::new();
    match serde_json::from_slice(secret) {
        Ok(value) => collect(&value, &mut parts),
        Err(_) => {
            parts.insert(secret.to_vec());
        }
    }
    parts.retain(|part| part.len() >= TELLING);
    parts
}

fn collect(value: &Value, parts: &mut BTreeSet<Vec<u8>>) {
    match value {
        Value::String(text) => {
            parts.insert(text.as_bytes().to_vec());
        }
        Value::Number(number) => {
            parts.insert(number.to_string().into_bytes());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, parts)),
        Value::Object(members) => members.values().for_each(|member| collect(member, parts)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_was_known_is_no_secret() {
        let secrets = Secrets {
            private: vec![(
                "appraisals/a1".to_owned(),
                Bytes::from_static(br#"{"id":"asset1","price":73500}"#),
            )],
            known: vec![Bytes::from_static(b"asset1")],
            ..Secrets::default()
        };
        assert_eq!(secrets.private_in(b"sold asset1"), None);
        assert_eq!(secrets.private_in(b"for 73500"), Some("appraisals/a1"));
    }
}
