//! `core.yaml` under CORE_* environment variables.
//!
//! Fabric: core/config/config.go, cmd/peer/main.go. The environment wins over the file, an empty variable counts as
//! set, keys ignore case, and relative paths are relative to the directory of `core.yaml`. Unlike Fabric, a missing
//! `core.yaml` is no error as long as FABRIC_CFG_PATH does not promise one: every key has a default or an error of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_yaml_ng::Value;

use super::flags::switch;
use super::go_duration;

/// Why the configuration could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("FABRIC_CFG_PATH {0} does not exist")]
    NoDirectory(PathBuf),
    #[error(
        "Fatal error when initializing core config : Could not find config file. Please make sure that FABRIC_CFG_PATH is set to a path which contains core.yaml: {0} has none"
    )]
    NoFile(PathBuf),
    #[error("could not read {path}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path} is not YAML")]
    Syntax {
        path: PathBuf,
        source: serde_yaml_ng::Error,
    },
    #[error("{variable} (key {key}): {problem}")]
    Value {
        key: String,
        variable: String,
        problem: String,
    },
    #[error("{what} is not set; set {variable} or {key} in core.yaml")]
    Missing {
        what: &'static str,
        key: &'static str,
        variable: String,
    },
}

/// The settings of one process.
#[derive(Debug)]
pub struct CoreConfig {
    file: Option<PathBuf>,
    tree: Value,
    environment: BTreeMap<String, String>,
}

impl CoreConfig {
    /// Reads the file that `environment` points at, or the one in the working directory or `/etc/hyperledger/fabric`.
    ///
    /// # Errors
    /// When FABRIC_CFG_PATH names no directory with a `core.yaml`, or the file is unreadable or not YAML.
    pub fn load(environment: BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let file = match environment
            .get("FABRIC_CFG_PATH")
            .filter(|path| !path.is_empty())
        {
            Some(path) => Some(promised(Path::new(path))?),
            None => [".", "/etc/hyperledger/fabric"]
                .iter()
                .map(|dir| Path::new(dir).join("core.yaml"))
                .find(|path| path.is_file()),
        };
        let tree = match &file {
            None => Value::Null,
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
                    path: path.clone(),
                    source,
                })?;
                serde_yaml_ng::from_str(&text).map_err(|source| ConfigError::Syntax {
                    path: path.clone(),
                    source,
                })?
            }
        };
        Ok(Self {
            file,
            tree,
            environment,
        })
    }

    /// The value of a key such as `peer.tls.enabled`; nothing when neither file nor environment has it.
    pub fn string(&self, key: &str) -> Option<String> {
        if let Some(value) = self.environment.get(&variable(key)) {
            return Some(value.clone());
        }
        scalar(self.node(key)?)
    }

    /// A value that must be there and not empty; `what` names it in the error.
    ///
    /// # Errors
    /// When it is not set.
    pub fn required(&self, key: &'static str, what: &'static str) -> Result<String, ConfigError> {
        self.text(key).ok_or_else(|| ConfigError::Missing {
            what,
            key,
            variable: variable(key),
        })
    }

    /// A value that is set and not empty.
    pub fn text(&self, key: &str) -> Option<String> {
        self.string(key).filter(|value| !value.is_empty())
    }

    /// A boolean; false when not set.
    ///
    /// # Errors
    /// When the value is no boolean.
    pub fn flag(&self, key: &str) -> Result<bool, ConfigError> {
        self.parsed(key, switch).map(Option::unwrap_or_default)
    }

    /// A Go duration.
    ///
    /// # Errors
    /// When the value is no duration.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>, ConfigError> {
        self.parsed(key, go_duration::parse)
    }

    /// A path, made absolute against the directory of `core.yaml` when relative.
    pub fn path(&self, key: &str) -> Option<PathBuf> {
        self.text(key).map(|path| self.resolve(Path::new(&path)))
    }

    /// Where the keys of an MSP folder are: in `keystore` within, unless `peer.BCCSP.SW.FileKeyStore.KeyStore` says
    /// otherwise.
    pub fn keystore(&self, msp_dir: &Path) -> PathBuf {
        self.path("peer.BCCSP.SW.FileKeyStore.KeyStore")
            .unwrap_or_else(|| msp_dir.join("keystore"))
    }

    /// A list: a YAML sequence, or a comma or space separated variable.
    pub fn list(&self, key: &str) -> Vec<String> {
        if let Some(value) = self.environment.get(&variable(key)) {
            return value
                .split([',', ' '])
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect();
        }
        self.node(key)
            .and_then(Value::as_sequence)
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    }

    /// Whatever a key has: what the file says, or a variable read as YAML. Null when not set.
    ///
    /// # Errors
    /// When the variable is no YAML.
    pub fn yaml(&self, key: &str) -> Result<Value, ConfigError> {
        match self.environment.get(&variable(key)) {
            Some(text) => serde_yaml_ng::from_str(text)
                .map_err(|error| self.wrong(key, format!("'{text}' is not YAML: {error}"))),
            None => Ok(self.node(key).cloned().unwrap_or(Value::Null)),
        }
    }

    /// That a key's value is no good, and where it can be set.
    pub fn wrong(&self, key: &str, problem: String) -> ConfigError {
        ConfigError::Value {
            key: key.to_owned(),
            variable: variable(key),
            problem,
        }
    }

    /// A list of records, fields in lower case: a YAML sequence of mappings, or a variable that holds one.
    ///
    /// # Errors
    /// When the value is something else.
    pub fn records(&self, key: &str) -> Result<Vec<BTreeMap<String, String>>, ConfigError> {
        let value = self.yaml(key)?;
        if value.is_null() {
            return Ok(Vec::new());
        }
        let fields = |item: &Value| -> Option<BTreeMap<String, String>> {
            let fields = item
                .as_mapping()?
                .iter()
                .filter_map(|(name, value)| Some((name.as_str()?.to_lowercase(), scalar(value)?)));
            Some(fields.collect())
        };
        let items = value.as_sequence().map(|items| items.iter().map(fields));
        items
            .and_then(Iterator::collect)
            .ok_or_else(|| self.wrong(key, "expected a list of mappings".to_owned()))
    }

    /// What the file says, whatever it is.
    fn node(&self, key: &str) -> Option<&Value> {
        let mut node = &self.tree;
        for part in key.split('.') {
            node = node.as_mapping()?.iter().find_map(|(name, value)| {
                name.as_str()
                    .filter(|name| name.eq_ignore_ascii_case(part))
                    .map(|_| value)
            })?;
        }
        Some(node)
    }

    fn parsed<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.text(key) else {
            return Ok(None);
        };
        parse(&value)
            .map(Some)
            .map_err(|problem| ConfigError::Value {
                key: key.to_owned(),
                variable: variable(key),
                problem,
            })
    }

    /// Every key of the file that has a value, in its order.
    pub fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        collect_keys(&self.tree, String::new(), &mut keys);
        keys
    }

    /// A variable that is no key.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// The CORE_* variables that are set.
    pub fn variables(&self) -> Vec<String> {
        let is_ours = |name: &&String| name.starts_with("CORE_");
        self.environment.keys().filter(is_ours).cloned().collect()
    }

    /// Makes a path absolute against the directory of `core.yaml`.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        match self.file.as_deref().and_then(Path::parent) {
            Some(dir) if path.is_relative() => dir.join(path),
            _ => path.to_owned(),
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        _ => None,
    }
}

fn collect_keys(node: &Value, path: String, keys: &mut Vec<String>) {
    match node.as_mapping() {
        Some(mapping) if !mapping.is_empty() || path.is_empty() => {
            for (name, value) in mapping {
                let name = name.as_str().unwrap_or_default();
                let path = if path.is_empty() {
                    name.to_owned()
                } else {
                    format!("{path}.{name}")
                };
                collect_keys(value, path, keys);
            }
        }
        _ if node.is_null() => {}
        _ => keys.push(path),
    }
}

/// The variable that overrides a key: `peer.tls.enabled` is CORE_PEER_TLS_ENABLED.
pub(super) fn variable(key: &str) -> String {
    format!("CORE_{}", key.replace('.', "_").to_uppercase())
}

fn promised(dir: &Path) -> Result<PathBuf, ConfigError> {
    if !dir.is_dir() {
        return Err(ConfigError::NoDirectory(dir.to_owned()));
    }
    let file = dir.join("core.yaml");
    if file.is_file() {
        Ok(file)
    } else {
        Err(ConfigError::NoFile(dir.to_owned()))
    }
}

#[cfg(test)]
impl CoreConfig {
    /// Of a `core.yaml` in a folder of its own, under variables.
    pub(crate) fn of(yaml: &str, variables: &[(&str, &str)]) -> (tempfile::TempDir, Self) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("core.yaml"), yaml).unwrap();
        let path = dir.path().display().to_string();
        let variables = variables
            .iter()
            .copied()
            .chain([("FABRIC_CFG_PATH", path.as_str())]);
        let environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let core = Self::load(environment.collect()).unwrap();
        (dir, core)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "peer:\n  address: a:1\n  localMspId: Org1MSP\n  mspConfigPath: msp\n  tls:\n    enabled: true\n  client:\n    connTimeout: 3s\n";

    #[test]
    fn the_environment_wins_and_may_blank() {
        let (_dir, config) = CoreConfig::of(
            YAML,
            &[("CORE_PEER_ADDRESS", "b:2"), ("CORE_PEER_LOCALMSPID", "")],
        );
        assert_eq!(config.string("peer.address").as_deref(), Some("b:2"));
        assert_eq!(config.string("peer.localMspId").as_deref(), Some(""));
        let missing = config
            .required("peer.localMspId", "the MSP ID")
            .unwrap_err()
            .to_string();
        assert_eq!(
            missing,
            "the MSP ID is not set; set CORE_PEER_LOCALMSPID or peer.localMspId in core.yaml"
        );
    }

    #[test]
    fn keys_ignore_case_and_paths_start_at_the_file() {
        let (dir, config) = CoreConfig::of(YAML, &[]);
        assert_eq!(config.string("peer.LOCALMSPID").as_deref(), Some("Org1MSP"));
        assert!(config.flag("peer.tls.enabled").unwrap());
        assert_eq!(
            config.duration("peer.client.connTimeout").unwrap(),
            Some(Duration::from_secs(3))
        );
        assert_eq!(
            config.path("peer.mspConfigPath").unwrap(),
            dir.path().join("msp")
        );
    }

    #[test]
    fn a_promised_file_must_exist() {
        let dir = tempfile::tempdir().unwrap();
        let path =
            |p: &Path| BTreeMap::from([("FABRIC_CFG_PATH".to_owned(), p.display().to_string())]);
        assert!(matches!(
            CoreConfig::load(path(dir.path())),
            Err(ConfigError::NoFile(_))
        ));
        assert!(matches!(
            CoreConfig::load(path(&dir.path().join("x"))),
            Err(ConfigError::NoDirectory(_))
        ));
    }

    #[test]
    fn a_wrong_value_names_its_key() {
        let (_dir, config) = CoreConfig::of(YAML, &[("CORE_PEER_TLS_ENABLED", "perhaps")]);
        let text = config.flag("peer.tls.enabled").unwrap_err().to_string();
        assert_eq!(
            text,
            "CORE_PEER_TLS_ENABLED (key peer.tls.enabled): 'perhaps' is not a boolean; use true or false"
        );
    }
}
