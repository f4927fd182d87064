use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use thiserror::Error;

/// One entry of `chaincode.externalBuilders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalBuilder {
    pub name: String,
    /// The folder that has `bin`.
    pub path: PathBuf,
    /// Variables of the peer that its commands see; see [`ExternalBuilder::ALWAYS_PROPAGATED`] for those that all see.
    pub propagate: Vec<String>,
}

impl ExternalBuilder {
    /// Fabric: core/container/externalbuilder/externalbuilder.go DefaultPropagateEnvironment.
    pub const ALWAYS_PROPAGATED: [&'static str; 4] =
        ["LD_LIBRARY_PATH", "LIBPATH", "PATH", "TMPDIR"];
}

/// What external builders need of the peer.
#[derive(Clone, Debug)]
pub struct ExternalSettings {
    /// In the order in which they are asked.
    pub builders: Vec<ExternalBuilder>,
    /// Fabric: `<peer.fileSystemPath>/externalbuilder/builds`. Made if missing.
    pub durable: PathBuf,
    /// Where builds and runs have their temporary folders.
    pub scratch: PathBuf,
    /// The peer's variables, from which those that are propagated are taken.
    pub environment: BTreeMap<OsString, OsString>,
}

impl ExternalSettings {
    /// Exactly what a builder's commands see.
    pub(super) fn environment_of(&self, builder: &ExternalBuilder) -> Vec<(OsString, OsString)> {
        let names = builder.propagate.iter().map(String::as_str);
        let names = names.chain(ExternalBuilder::ALWAYS_PROPAGATED);
        let mut seen: BTreeMap<OsString, OsString> = BTreeMap::new();
        for name in names {
            if let Some(value) = self.environment.get(&OsString::from(name)) {
                seen.insert(name.into(), value.clone());
            }
        }
        seen.into_iter().collect()
    }
}

/// Why external builders cannot be set up. Fabric: core/peer/config.go load.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExternalError {
    #[error(
        "invalid external builder configuration, path attribute missing in one or more builders"
    )]
    NoPath,
    #[error("external builder at path {0} has no name attribute")]
    NoName(PathBuf),
    #[error("two external builders have the name '{0}'; what they build is kept under their names")]
    SameName(String),
    #[error("could not create externalbuilder build output dir '{path}': {cause}")]
    Directory {
        path: PathBuf,
        cause: std::io::Error,
    },
}
