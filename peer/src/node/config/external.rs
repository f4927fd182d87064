//! `chaincode.externalBuilders`. Fabric: core/peer/config.go load.

use super::NodeConfigError;
use crate::cli::CoreConfig;
use selvedge_stream::external::{ExternalBuilder, ExternalSettings};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const KEY: &str = "chaincode.externalBuilders";

/// One entry of the list, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    name: String,
    path: PathBuf,
    propagate_environment: Vec<String>,
    /// The old name, which counts when there is nothing under the new one.
    environment_whitelist: Vec<String>,
}

/// The builders, and the variables of this process that any of them may see. Its `durable` directory is below the peer's.
pub(super) fn read(
    core: &CoreConfig,
    file_system_path: &Path,
) -> Result<ExternalSettings, NodeConfigError> {
    let value = core.yaml(KEY)?;
    let entries: Option<Vec<Entry>> = serde_yaml_ng::from_value(value)
        .map_err(|error| core.wrong(KEY, format!("is no list of builders: {error}")))?;
    let builders: Vec<ExternalBuilder> = entries
        .unwrap_or_default()
        .into_iter()
        .map(builder)
        .collect();
    let always = ExternalBuilder::ALWAYS_PROPAGATED.map(str::to_owned);
    let named = builders.iter().flat_map(|builder| &builder.propagate);
    let environment: BTreeMap<_, _> = named
        .chain(&always)
        .filter_map(|name| Some((name.into(), core.variable(name)?.into())))
        .collect();
    Ok(ExternalSettings {
        builders,
        durable: file_system_path.join("externalbuilder").join("builds"),
        scratch: std::env::temp_dir(),
        environment,
    })
}

fn builder(entry: Entry) -> ExternalBuilder {
    let propagate = match entry.propagate_environment.is_empty() {
        true => entry.environment_whitelist,
        false => entry.propagate_environment,
    };
    ExternalBuilder {
        name: entry.name,
        path: entry.path,
        propagate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builders_come_from_the_file_or_a_variable() {
        let yaml = "chaincode:\n  externalBuilders:\n    - {name: a, path: /a, propagateEnvironment: [HOME]}\n    - {path: /b, name: b, environmentWhitelist: [OLD]}\n";
        let (_dir, config) = CoreConfig::of(
            yaml,
            &[("HOME", "/root"), ("PATH", "/bin"), ("SECRET", "s")],
        );
        let read_from = |config: &CoreConfig| read(config, Path::new("/var/peer")).unwrap();
        let settings = read_from(&config);
        let shown: Vec<_> = settings
            .builders
            .iter()
            .map(|b| {
                (
                    b.name.as_str(),
                    b.path.to_str().unwrap(),
                    b.propagate.join(","),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("a", "/a", "HOME".to_owned()),
                ("b", "/b", "OLD".to_owned())
            ]
        );
        assert_eq!(
            settings.durable,
            Path::new("/var/peer/externalbuilder/builds")
        );
        let names: Vec<_> = settings.environment.keys().collect();
        assert_eq!(names, ["HOME", "PATH"]);
        let variable = (
            "CORE_CHAINCODE_EXTERNALBUILDERS",
            r#"[{"name":"c","path":"/c"}]"#,
        );
        let (_dir, config) = CoreConfig::of(yaml, &[variable]);
        assert_eq!(read_from(&config).builders[0].name, "c");
        let (_dir, config) = CoreConfig::of("peer: {}\n", &[]);
        assert!(read_from(&config).builders.is_empty());
    }

    #[test]
    fn unknown_fields_are_refused() {
        let variable = ("CORE_CHAINCODE_EXTERNALBUILDERS", "[{name: c, paths: /c}]");
        let (_dir, config) = CoreConfig::of("peer: {}\n", &[variable]);
        let error = read(&config, Path::new("/x")).unwrap_err().to_string();
        assert!(
            error.starts_with("CORE_CHAINCODE_EXTERNALBUILDERS (key chaincode.externalBuilders): is no list of builders: ")
                && error.contains("unknown field `paths`"),
            "{error}"
        );
    }
}
