//! Example calls of a contract, from a file or the command line: `selvedge conflicts` and `check` simulate them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

/// Looked for beside a contract's Cargo.toml, in this order.
const FILES: [&str; 3] = [
    "selvedge-calls.json",
    "selvedge-calls.yaml",
    "selvedge-calls.yml",
];

/// What to call, after what, as whom.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Calls {
    /// Clients that are more than a name: their organisation, and the attributes in their certificates.
    #[serde(default)]
    pub(super) clients: BTreeMap<String, Who>,
    /// Private data collections beside those that the contract's metadata names.
    #[serde(default)]
    pub(super) collections: Vec<String>,
    /// Committed one after the other, each in a block of its own, before anything is compared.
    #[serde(default)]
    pub(super) setup: Vec<Example>,
    /// The transactions to look at, all on the state after the set-up.
    #[serde(default)]
    pub(super) calls: Vec<Example>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Who {
    #[serde(default = "first_organisation")]
    pub(super) msp: String,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

fn first_organisation() -> String {
    "Org1MSP".to_owned()
}

impl Default for Who {
    fn default() -> Self {
        Self {
            msp: first_organisation(),
            attributes: BTreeMap::new(),
        }
    }
}

/// One call: `["Transfer", "a1", "bob"]`, `"Transfer a1 bob"`, or an object with more to say.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Example {
    /// The function and its arguments, as they go over the wire.
    pub(super) args: Vec<Bytes>,
    /// Who calls.
    pub(super) client: String,
    pub(super) transient: BTreeMap<String, String>,
    /// Whether it is the initialization that a definition may require.
    pub(super) init: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detailed {
    call: Value,
    #[serde(default = "anybody", rename = "as")]
    client: String,
    #[serde(default)]
    transient: BTreeMap<String, Value>,
    #[serde(default)]
    init: bool,
}

fn anybody() -> String {
    "user1".to_owned()
}

impl TryFrom<Value> for Example {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let detailed = match value {
            Value::Object(_) => {
                serde_json::from_value(value).map_err(|error| format!("in a call: {error}"))?
            }
            call => Detailed {
                call,
                client: anybody(),
                transient: BTreeMap::new(),
                init: false,
            },
        };
        let args = match &detailed.call {
            Value::String(line) => line.split_whitespace().map(str::to_owned).collect(),
            Value::Array(words) => words.iter().map(text).collect::<Vec<_>>(),
            other => {
                return Err(format!(
                    "{other} is no call: write [\"Function\", \"argument\", …], or \"Function argument …\" where no \
                     argument has a blank, or {{\"call\": …, \"as\": \"ann\", \"transient\": {{…}}}}"
                ));
            }
        };
        if args.first().is_none_or(String::is_empty) {
            return Err("a call names no function".to_owned());
        }
        let transient = detailed.transient.iter();
        Ok(Self {
            args: args.into_iter().map(Bytes::from).collect(),
            client: detailed.client,
            transient: transient
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            init: detailed.init,
        })
    }
}

/// Text as it is, everything else as JSON: what contract-api's clients send.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Example {
    /// A call on the command line: words, or a JSON array where an argument has a blank.
    fn from_line(line: &str) -> Result<Self> {
        let value = match line.trim_start().starts_with(['[', '{']) {
            true => {
                serde_json::from_str(line).with_context(|| format!("reading the call {line}"))?
            }
            false => Value::String(line.to_owned()),
        };
        Self::try_from(value).map_err(|why| anyhow!("the call '{line}': {why}"))
    }

    /// The function's name.
    pub(super) fn function(&self) -> String {
        let name = self.args.first().map_or(&[][..], |name| name.as_ref());
        String::from_utf8_lossy(name).into_owned()
    }
}

impl Calls {
    /// The named file, or the one beside the contract's Cargo.toml if there is one.
    pub(super) fn find(named: Option<&Path>, contract: &Path) -> Result<Option<Self>> {
        let beside = || -> Option<PathBuf> {
            let mut files = FILES.iter().map(|file| contract.join(file));
            files.find(|file| file.is_file())
        };
        let Some(file) = named.map(Path::to_owned).or_else(beside) else {
            return Ok(None);
        };
        Self::read(&file).map(Some)
    }

    fn read(file: &Path) -> Result<Self> {
        let reading = || format!("reading the calls in {}", file.display());
        let bytes = std::fs::read(file).with_context(reading)?;
        let is_json = file
            .extension()
            .is_some_and(|extension| extension == "json");
        match is_json {
            true => serde_json::from_slice(&bytes).with_context(reading),
            false => serde_yaml_ng::from_slice(&bytes).with_context(reading),
        }
    }

    /// Adds what the command line says.
    pub(super) fn and(mut self, setup: &[String], calls: &[String]) -> Result<Self> {
        for line in setup {
            self.setup.push(Example::from_line(line)?);
        }
        for line in calls {
            self.calls.push(Example::from_line(line)?);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(example: &Example) -> Vec<&[u8]> {
        example.args.iter().map(AsRef::as_ref).collect()
    }

    #[test]
    fn a_call_is_a_line_an_array_or_an_object() {
        let yaml = "
clients: {ann: {msp: Org2MSP, attributes: {role: trader}}}
setup: [Open ann 10]
calls:
  - [Move, a b, 5, true, {x: 1}]
  - {call: Move ann, as: ann, transient: {price: 7}, init: true}
";
        let calls: Calls = serde_yaml_ng::from_str(yaml).unwrap();
        assert_eq!(words(&calls.setup[0]), [b"Open", &b"ann"[..], b"10"]);
        assert_eq!(
            words(&calls.calls[0]),
            [b"Move", &b"a b"[..], b"5", b"true", br#"{"x":1}"#]
        );
        let detailed = &calls.calls[1];
        assert_eq!((detailed.client.as_str(), detailed.init), ("ann", true));
        assert_eq!(detailed.transient["price"], "7");
        assert_eq!(calls.clients["ann"].attributes["role"], "trader");
    }

    #[test]
    fn the_command_line_adds_to_the_file() {
        let calls = Calls::default()
            .and(&["Open ann".to_owned()], &[r#"["Move", "a b"]"#.to_owned()])
            .unwrap();
        assert_eq!((calls.setup.len(), calls.calls.len()), (1, 1));
        assert_eq!(words(&calls.calls[0]), [b"Move", &b"a b"[..]]);
    }

    #[test]
    fn what_is_no_call_is_named() {
        for (text, expected) in [
            (r#"{"calls":[5]}"#, "5 is no call: write [\"Function\""),
            (r#"{"calls":[{"cal":[]}]}"#, "unknown field `cal`"),
            (r#"{"calls":[""]}"#, "a call names no function"),
            (r#"{"cals":[]}"#, "unknown field `cals`"),
        ] {
            let error = serde_json::from_str::<Calls>(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = Example::from_line("[").unwrap_err().to_string();
        assert_eq!(error, "reading the call [");
    }
}
