//! `{{.name}}` in connection.json. Of Go's template language this is what such files use.

use serde_json::{Map, Value};

/// Puts values in the place of their names. A name without a value is an error, as in Fabric's builder.
pub(super) fn fill(text: &str, values: &Map<String, Value>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let (inner, after) = after
            .split_once("}}")
            .ok_or("'{{' is never closed with '}}'")?;
        let name = inner.trim_matches(|c: char| c == '-' || c.is_whitespace());
        let name = name.strip_prefix('.').filter(|name| is_name(name));
        let name = name.ok_or_else(|| {
            format!("'{{{{{inner}}}}}' is not of the form {{{{.name}}}}, which is all this peer fills in")
        })?;
        filled.push_str(&value(name, values)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn value(name: &str, values: &Map<String, Value>) -> Result<String, String> {
    match values.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
        None => Err(format!(
            "'{name}' has no value; give it in CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_values() {
        let values = serde_json::json!({"peername": "org1", "port": 9999});
        let values = values.as_object().unwrap();
        assert_eq!(
            fill("{{.peername}}-cc.example.com:{{ .port }}", values),
            Ok("org1-cc.example.com:9999".to_owned())
        );
        assert_eq!(fill("plain:1", values), Ok("plain:1".to_owned()));
    }

    #[test]
    fn what_cannot_be_filled_is_named() {
        let values = Map::new();
        let text = |text| fill(text, &values).unwrap_err();
        assert!(text("{{.peername}}:1").starts_with("'peername' has no value"));
        assert!(text("{{if .x}}").contains("'{{if .x}}' is not of the form {{.name}}"));
        assert_eq!(text("{{.x"), "'{{' is never closed with '}}'");
    }
}
