use serde_json::Value;
use std::fmt::Write;

/// One operation: its name and its parameters.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'s> {
    pub(crate) name: &'s str,
    parameters: &'s [Value],
}

impl<'s> Operation<'s> {
    pub(crate) fn parse(line: &'s [Value]) -> Option<Self> {
        let (name, parameters) = line.split_first()?;
        Some(Self {
            name: name.as_str()?,
            parameters,
        })
    }

    pub(crate) fn text(&self, index: usize) -> Result<&'s str, String> {
        self.parameter(index)?
            .as_str()
            .ok_or_else(|| self.wrong(index, "a string"))
    }

    pub(crate) fn integer(&self, index: usize) -> Result<i64, String> {
        self.parameter(index)?
            .as_i64()
            .ok_or_else(|| self.wrong(index, "an integer"))
    }

    pub(crate) fn int32(&self, index: usize) -> Result<i32, String> {
        i32::try_from(self.integer(index)?).map_err(|_| self.wrong(index, "a 32-bit integer"))
    }

    pub(crate) fn list(&self, index: usize) -> Result<&'s [Value], String> {
        self.parameter(index)?
            .as_array()
            .map(Vec::as_slice)
            .ok_or_else(|| self.wrong(index, "an array"))
    }

    pub(crate) fn texts(&self, index: usize) -> Result<Vec<String>, String> {
        let items = self
            .list(index)?
            .iter()
            .map(|item| item.as_str().map(str::to_owned));
        items
            .collect::<Option<_>>()
            .ok_or_else(|| self.wrong(index, "an array of strings"))
    }

    /// A string, or `{"hex": "…"}`.
    pub(crate) fn bytes(&self, index: usize) -> Result<Vec<u8>, String> {
        bytes(self.parameter(index)?).ok_or_else(|| self.wrong(index, "a value"))
    }

    pub(crate) fn byte_lists(&self, index: usize) -> Result<Vec<Vec<u8>>, String> {
        let items = self.list(index)?.iter().map(bytes);
        items
            .collect::<Option<_>>()
            .ok_or_else(|| self.wrong(index, "an array of values"))
    }

    fn parameter(&self, index: usize) -> Result<&'s Value, String> {
        self.parameters
            .get(index)
            .ok_or_else(|| format!("parameter {} is missing", index + 1))
    }

    fn wrong(&self, index: usize, expected: &str) -> String {
        format!("parameter {} is not {expected}", index + 1)
    }
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Object(fields) => unhex(fields.get("hex")?.as_str()?),
        _ => None,
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// `null` when empty or absent, else lower-case hex.
pub(crate) fn byte_result(value: Option<&[u8]>) -> Value {
    match value {
        Some(bytes) if !bytes.is_empty() => hex(bytes).into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_text_or_hex() {
        assert_eq!(bytes(&json!("é")), Some("é".as_bytes().to_vec()));
        assert_eq!(bytes(&json!({"hex": "00fE"})), Some(vec![0, 0xfe]));
        for wrong in [
            json!({"hex": "0"}),
            json!({"hex": "0g"}),
            json!({}),
            json!(1),
        ] {
            assert_eq!(bytes(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_and_emptiness_look_alike() {
        assert_eq!(byte_result(None), Value::Null);
        assert_eq!(byte_result(Some(b"")), Value::Null);
        assert_eq!(byte_result(Some(&[0, 0xab])), json!("00ab"));
    }
}
