use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// `metadata.json`. Only the label means something to the peer; `kind` chooses the runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PackageMetadata {
    // In the order Fabric's CLI writes them.
    pub path: String,
    /// The language or runtime: `wasm`, `golang`, `ccaas`, …; compared without regard to case.
    #[serde(rename = "type")]
    pub kind: String,
    pub label: String,
}

impl PackageMetadata {
    /// Reads as Go's `encoding/json` does: names without regard to case, the last of several wins, null and absent are
    /// empty, unknown members are ignored, bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(json);
        if text.trim().is_empty() {
            return Err("unexpected end of JSON input".to_owned());
        }
        serde_json::from_str::<Option<Self>>(&text)
            .map(Option::unwrap_or_default)
            .map_err(|e| e.to_string())
    }
}

impl<'de> Deserialize<'de> for PackageMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = PackageMetadata;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the members type, path and label")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PackageMetadata, A::Error> {
        let mut metadata = PackageMetadata::default();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            let member = match name.to_ascii_lowercase().as_str() {
                "path" => &mut metadata.path,
                "type" => &mut metadata.kind,
                "label" => &mut metadata.label,
                _ => continue,
            };
            match value {
                Value::String(text) => *member = text,
                Value::Null => {}
                other => return Err(serde::de::Error::custom(wrong_type(&name, &other))),
            }
        }
        Ok(metadata)
    }
}

fn wrong_type(name: &str, value: &Value) -> String {
    let kind = match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::String(_) | Value::Null => "string",
    };
    let name = name.to_ascii_lowercase();
    format!(
        "json: cannot unmarshal {kind} into Go struct field ChaincodePackageMetadata.{name} of type string"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_as_go_finds_them() {
        let read = |json: &str| PackageMetadata::from_json(json.as_bytes());
        let kv = PackageMetadata {
            path: "p".into(),
            kind: "wasm".into(),
            label: "kv".into(),
        };
        assert_eq!(
            read(r#"{"path":"p","type":"wasm","label":"kv"}"#),
            Ok(kv.clone())
        );
        assert_eq!(
            read(r#"{"Path":"p","LABEL":"x","Type":"wasm","label":"kv","more":[1]}"#),
            Ok(kv)
        );
        assert_eq!(read(r#"{"label":null}"#), Ok(PackageMetadata::default()));
        assert_eq!(read("null"), Ok(PackageMetadata::default()));
        assert_eq!(read(""), Err("unexpected end of JSON input".into()));
        assert!(read("[]").is_err());
        assert!(read(r#"{"label":"a"} x"#).is_err());
        let error = read(r#"{"label":7}"#).unwrap_err();
        assert!(
            error.contains("cannot unmarshal number into Go struct field"),
            "{error}"
        );
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        let metadata = PackageMetadata::from_json(b"{\"label\":\"a\xff\"}").unwrap();
        assert_eq!(metadata.label, "a\u{fffd}");
    }
}
