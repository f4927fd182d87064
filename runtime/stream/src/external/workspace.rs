use super::command;
use super::settings::{ExternalBuilder, ExternalSettings};
use super::store::safe;
use super::untar::{private_directory, untar, write};
use selvedge_runtime::Package;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The temporary folders of one build; they go when this goes. Fabric: core/container/externalbuilder/externalbuilder.go
/// BuildContext.
pub(super) struct Workspace {
    root: tempfile::TempDir,
}

impl Workspace {
    pub(super) fn new(scratch: &Path, package: &Package) -> Result<Self, String> {
        let prefix = format!("fabric-{}", safe(package.id.as_str()));
        let root = tempfile::Builder::new().prefix(&prefix).tempdir_in(scratch);
        let root = root.map_err(|e| format!("could not create temp dir: {e}"))?;
        let workspace = Self { root };
        for (path, what) in [
            (workspace.source(), "source"),
            (workspace.metadata(), "metadata"),
            (workspace.output(), "build"),
            (workspace.release(), "release"),
        ] {
            let made = private_directory(&path);
            made.map_err(|cause| format!("could not create {what} dir: {cause}"))?;
        }
        untar(package.build_code(), &workspace.source())
            .map_err(|cause| format!("could not untar source package: {cause}"))?;
        let file = workspace.metadata().join("metadata.json");
        write(&file, &package.metadata_json, 0o700)
            .map_err(|cause| format!("could not write metadata file: {cause}"))?;
        Ok(workspace)
    }

    fn source(&self) -> PathBuf {
        self.root.path().join("src")
    }

    fn metadata(&self) -> PathBuf {
        self.root.path().join("metadata")
    }

    pub(super) fn output(&self) -> PathBuf {
        self.root.path().join("bld")
    }

    pub(super) fn release(&self) -> PathBuf {
        self.root.path().join("release")
    }

    /// Whether the builder wants the package.
    pub(super) fn detect(&self, settings: &ExternalSettings, builder: &ExternalBuilder) -> bool {
        let directories = [self.source(), self.metadata()];
        match run(settings, builder, "detect", &directories) {
            Ok(()) => true,
            Err(cause) => {
                tracing::debug!(builder = builder.name, cause, "detect declined");
                false
            }
        }
    }

    pub(super) fn build(
        &self,
        settings: &ExternalSettings,
        builder: &ExternalBuilder,
    ) -> Result<(), String> {
        let directories = [self.source(), self.metadata(), self.output()];
        run(settings, builder, "build", &directories).map_err(|cause| {
            format!(
                "external builder failed to build: external builder '{}' failed: {cause}",
                builder.name
            )
        })
    }

    /// A builder without this step has nothing to release.
    pub(super) fn publish(
        &self,
        settings: &ExternalSettings,
        builder: &ExternalBuilder,
    ) -> Result<(), String> {
        if !is_executable(&program(builder, "release")) {
            return Ok(());
        }
        let directories = [self.output(), self.release()];
        run(settings, builder, "release", &directories).map_err(|cause| {
            format!(
                "external builder failed to release: builder '{}' release failed: {cause}",
                builder.name
            )
        })
    }
}

pub(super) fn program(builder: &ExternalBuilder, name: &str) -> PathBuf {
    builder.path.join("bin").join(name)
}

fn run(
    settings: &ExternalSettings,
    builder: &ExternalBuilder,
    name: &str,
    arguments: &[PathBuf],
) -> Result<(), String> {
    let arguments: Vec<&OsStr> = arguments.iter().map(|path| path.as_os_str()).collect();
    let environment = settings.environment_of(builder);
    command::run(
        &builder.name,
        &program(builder, name),
        &arguments,
        environment,
    )
}

fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
