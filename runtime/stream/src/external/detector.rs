use super::instance::Instance;
use super::release::artifacts;
use super::settings::{ExternalBuilder, ExternalError, ExternalSettings};
use super::store::{self, Kept};
use super::workspace::Workspace;
use crate::ChaincodeSupport;
use crate::launch::Launcher;
use selvedge_runtime::{BuildError, Builder, Chaincode, DbArtifact, Package, PackageId};
use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

/// All external builders of a peer, as one builder: the first that detects a package takes it. Fabric asks them before
/// everything else, so this comes first.
pub struct ExternalBuilders {
    settings: Arc<ExternalSettings>,
    support: Arc<ChaincodeSupport>,
}

impl ExternalBuilders {
    /// # Errors
    /// When a builder has no name or path, or the directory for what they build cannot be made.
    pub fn new(
        settings: ExternalSettings,
        support: Arc<ChaincodeSupport>,
    ) -> Result<Self, ExternalError> {
        check(&settings.builders)?;
        if !settings.builders.is_empty() {
            let path = settings.durable.clone();
            let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
            made.map_err(|cause| ExternalError::Directory { path, cause })?;
        }
        Ok(Self {
            settings: Arc::new(settings),
            support,
        })
    }

    /// Has the package built by the first builder that detects it, or finds what was built before; `None` if no builder
    /// wants it.
    ///
    /// # Errors
    /// Fabric: core/container/externalbuilder/externalbuilder.go Build.
    pub fn launcher(&self, package: &Package) -> Result<Option<Arc<dyn Launcher>>, BuildError> {
        let taken = self.take(package).map_err(BuildError::External)?;
        Ok(taken.map(|instance| Arc::new(instance) as Arc<dyn Launcher>))
    }

    fn take(&self, package: &Package) -> Result<Option<Instance>, String> {
        if self.settings.builders.is_empty() {
            return Ok(None);
        }
        let id = package.id.as_str();
        let restored = store::find(&self.settings.durable, id)
            .and_then(|kept| kept.map(|kept| self.restore(id, kept)).transpose())
            .map_err(|cause| format!("existing build could not be restored: {cause}"))?;
        match restored {
            Some(instance) => Ok(Some(instance)),
            None => self.make(package),
        }
    }

    fn restore(&self, id: &str, kept: Kept) -> Result<Instance, String> {
        let mut builders = self.settings.builders.iter();
        match builders.find(|builder| builder.name == kept.builder) {
            Some(builder) => Ok(self.instance(builder, kept)),
            None => Err(format!(
                "chaincode '{id}' was already built with builder '{}', but that builder is no longer available",
                kept.builder
            )),
        }
    }

    fn make(&self, package: &Package) -> Result<Option<Instance>, String> {
        let settings = &self.settings;
        let workspace = Workspace::new(&settings.scratch, package)
            .map_err(|cause| format!("could not create build context: {cause}"))?;
        let mut builders = settings.builders.iter();
        let Some(builder) = builders.find(|builder| workspace.detect(settings, builder)) else {
            return Ok(None);
        };
        tracing::info!(builder = builder.name, package = %package.id, "building chaincode");
        workspace.build(settings, builder)?;
        workspace.publish(settings, builder)?;
        let id = package.id.as_str();
        let kept = store::keep(&settings.durable, id, &builder.name, &workspace)?;
        Ok(Some(self.instance(builder, kept)))
    }

    fn instance(&self, builder: &ExternalBuilder, kept: Kept) -> Instance {
        Instance {
            settings: Arc::clone(&self.settings),
            builder: builder.clone(),
            kept,
        }
    }
}

fn check(builders: &[ExternalBuilder]) -> Result<(), ExternalError> {
    let mut names = BTreeSet::new();
    for builder in builders {
        if builder.path.as_os_str().is_empty() {
            return Err(ExternalError::NoPath);
        }
        if builder.name.is_empty() {
            return Err(ExternalError::NoName(builder.path.clone()));
        }
        if !names.insert(&builder.name) {
            return Err(ExternalError::SameName(builder.name.clone()));
        }
    }
    Ok(())
}

impl Builder for ExternalBuilders {
    fn kind(&self) -> &str {
        "external"
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        let built = self.claim(package)?;
        built.ok_or_else(|| BuildError::NoBuilder {
            kind: package.metadata.kind.to_lowercase(),
        })
    }

    fn released(&self, id: &PackageId) -> Result<Option<Vec<DbArtifact>>, String> {
        match store::find(&self.settings.durable, id.as_str())? {
            Some(kept) => artifacts(&kept.release()).map(Some),
            None => Ok(None),
        }
    }

    fn claim(&self, package: &Package) -> Result<Option<Arc<dyn Chaincode>>, BuildError> {
        let launcher = self.launcher(package)?;
        Ok(launcher.map(|launcher| self.support.chaincode(package.id.as_str(), launcher)))
    }
}
