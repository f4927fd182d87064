use super::json::to_json;
use std::fmt::Write;

/// JSON that is put together as text. A tree of values would bring the writing of every kind of value, floats among them,
/// into each component for the sake of its metadata.
#[derive(Debug)]
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    /// Adds what is JSON already. Members are added in the order of their names, as in all JSON of the SDK.
    pub(crate) fn member(&mut self, name: &str, json: &str) -> &mut Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&quoted(name));
        self.0.push(':');
        self.0.push_str(json);
        self
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.member(name, &quoted(text))
    }

    pub(crate) fn number(&mut self, name: &str, number: i64) -> &mut Self {
        let mut digits = String::new();
        // A string takes whatever is written to it.
        let _ = write!(digits, "{number}");
        self.member(name, &digits)
    }

    pub(crate) fn finish(&mut self) -> String {
        let mut json = std::mem::take(&mut self.0);
        json.push('}');
        json
    }
}

pub(crate) fn quoted(text: &str) -> String {
    // Every text is JSON.
    let json = to_json(text).unwrap_or_default();
    String::from_utf8_lossy(&json).into_owned()
}

pub(crate) fn list<S: AsRef<str>>(elements: impl IntoIterator<Item = S>) -> String {
    let mut json = "[".to_owned();
    for element in elements {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(element.as_ref());
    }
    json.push(']');
    json
}

pub(crate) fn texts(texts: &[&str]) -> String {
    list(texts.iter().map(|text| quoted(text)))
}

/// Members in the order of their names, whichever came first.
#[derive(Debug, Default)]
pub(crate) struct Members(Vec<(String, String)>);

impl Members {
    /// Where `name` is, or where it belongs.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|(other, _)| other.as_str().cmp(name))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Adds a member, or replaces it.
    pub(crate) fn put(&mut self, name: &str, json: String) {
        match self.place(name) {
            Ok(place) => self.0[place].1 = json,
            Err(place) => self.0.insert(place, (name.to_owned(), json)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, json)| json.as_str())
    }

    pub(crate) fn to_json(&self) -> String {
        let mut object = Object::new();
        for (name, json) in &self.0 {
            object.member(name, json);
        }
        object.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_lists_and_texts() {
        let mut members = Members::default();
        members.put("b", "1".to_owned());
        members.put("a", list(["2", "3"]));
        members.put("b", texts(&["<x>", "\"\n"]));
        assert!(members.has("a") && !members.has("c"));
        assert_eq!(
            members.to_json(),
            r#"{"a":[2,3],"b":["\u003cx\u003e","\"\n"]}"#
        );
        assert_eq!(members.values().count(), 2);
        let mut object = Object::new();
        object.text("t", "x").number("n", -7);
        assert_eq!(object.finish(), r#"{"t":"x","n":-7}"#);
        assert_eq!(Object::new().finish(), "{}");
        assert_eq!(list::<&str>([]), "[]");
    }
}
