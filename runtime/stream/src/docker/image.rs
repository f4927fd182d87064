//! From a package to an image. Fabric: core/container/dockercontroller/dockercontroller.go Build.

use super::context::Context;
use super::direct::{self, Direct, ImageReference};
use super::engine::Engine;
use super::platform::Platform;
use super::{DockerSettings, Labels, workshop};
use bollard::body_try_stream;
use bollard::models::ImageInspect;
use bollard::query_parameters::BuildImageOptionsBuilder;
use futures::StreamExt;
use selvedge_runtime::{ChaincodeMetrics, Package};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Makes images, and finds those that were made before.
#[derive(Clone, Debug)]
pub(super) struct ImageMaker {
    pub(super) engine: Engine,
    pub(super) settings: DockerSettings,
    pub(super) labels: Labels,
    /// For what does not fit into memory.
    pub(super) scratch: PathBuf,
    pub(super) metrics: Arc<dyn ChaincodeMetrics>,
}

/// An image, and how chaincode in it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) name: String,
    pub(super) start: Start,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// As Fabric starts the language.
    Platform(Platform),
    /// With these words, and then the peer's address.
    Direct(Vec<String>),
}

impl Start {
    pub(super) fn arguments(&self, peer_address: &str) -> Vec<String> {
        match self {
            Self::Platform(platform) => platform.arguments(peer_address),
            Self::Direct(command) => {
                let mut arguments = command.clone();
                arguments.push(direct::address_argument(peer_address));
                arguments
            }
        }
    }

    pub(super) fn is_one_program(&self) -> bool {
        match self {
            Self::Platform(platform) => platform.is_one_program(),
            Self::Direct(_) => true,
        }
    }
}

impl ImageMaker {
    /// The image of a package. One that exists is taken as it is: its name has the package's hash in it.
    ///
    /// # Errors
    /// Fabric's texts, to be put behind `docker build failed: `.
    pub(super) async fn image_of(&self, package: &Package) -> Result<Image, String> {
        let kind = package.metadata.kind.as_str();
        if kind.eq_ignore_ascii_case("docker") {
            return self.direct(package).await;
        }
        let name = self.settings.owner.image(package.id.as_str())?;
        let found = self.find(&name).await?;
        let Some(platform) = Platform::of(kind) else {
            return Err(format!(
                "platform builder failed: Failed to generate a Dockerfile: Unknown chaincodeType: {}",
                kind.to_uppercase()
            ));
        };
        if found.is_none() {
            let context = self.platform_context(platform, package).await?;
            self.measured(package, &name, context).await?;
        }
        Ok(Image {
            name,
            start: Start::Platform(platform),
        })
    }

    async fn direct(&self, package: &Package) -> Result<Image, String> {
        match Direct::read(package)? {
            Direct::Program(program) => {
                let name = self.settings.owner.image(package.id.as_str())?;
                if self.find(&name).await?.is_none() {
                    let context = self.program_context(&program).await;
                    let context = context.map_err(|e| e.to_string())?;
                    self.measured(package, &name, context).await?;
                }
                Ok(Image {
                    name,
                    start: Start::Direct(Vec::new()),
                })
            }
            Direct::Image(reference) => self.referenced(reference).await,
        }
    }

    async fn referenced(&self, reference: ImageReference) -> Result<Image, String> {
        let name = reference.image.clone();
        let found = match self.find(&name).await? {
            Some(found) => found,
            None if reference.can_be_pulled() => {
                tracing::info!(image = name, "getting the image of a chaincode");
                let pulled = self.engine.pull(&name).await;
                pulled.map_err(|cause| format!("Failed to pull {name}: {cause}"))?;
                let found = self.find(&name).await?;
                found.ok_or_else(|| format!("Failed to pull {name}: it is not there afterwards"))?
            }
            None => {
                return Err(format!(
                    "the engine has no image {name}; load it, or name it with its registry and digest"
                ));
            }
        };
        let command = reference.command.unwrap_or_else(|| own_command(&found));
        Ok(Image {
            name,
            start: Start::Direct(command),
        })
    }

    async fn find(&self, name: &str) -> Result<Option<ImageInspect>, String> {
        let found = self.engine.image(name).await;
        found.map_err(|cause| format!("docker image inspection failed: {cause}"))
    }

    async fn program_context(&self, program: &[u8]) -> io::Result<Context> {
        let dockerfile = direct::dockerfile(&self.settings.images);
        let mut context = Context::new(&self.scratch)?;
        context
            .add("Dockerfile", dockerfile.as_bytes(), 0o644)
            .await?;
        context.add("chaincode", program, 0o755).await?;
        Ok(context)
    }

    async fn platform_context(
        &self,
        platform: Platform,
        package: &Package,
    ) -> Result<Context, String> {
        let DockerSettings {
            images,
            go_environment,
            ..
        } = &self.settings;
        let failed = |cause: String| format!("docker image build failed: {cause}");
        let on_disk = |cause: io::Error| failed(cause.to_string());
        let dockerfile = platform.dockerfile(images);
        let mut context = Context::new(&self.scratch).map_err(on_disk)?;
        let added = context.add("Dockerfile", dockerfile.as_bytes(), 0o644);
        added.await.map_err(on_disk)?;
        context.begin("binpackage.tar").await.map_err(on_disk)?;
        let job = platform.job(&package.metadata.path, images, go_environment);
        let code = package.build_code().clone();
        let built = match job {
            Ok(job) => {
                workshop::build(&self.engine, &self.labels, &job, code, context.file()).await
            }
            Err(cause) => Err(cause),
        };
        built.map_err(|cause| failed(format!("docker build failed: {cause}")))?;
        context.end(0o644).await.map_err(on_disk)?;
        Ok(context)
    }

    async fn measured(
        &self,
        package: &Package,
        name: &str,
        context: Context,
    ) -> Result<(), String> {
        let started = Instant::now();
        let built = self.build(name, context).await;
        self.metrics
            .image_built(package.id.as_str(), built.is_ok(), started.elapsed());
        built
    }

    /// Unlike Fabric's, this looks at what the engine says while it builds: a step that fails is an error here and not at
    /// the first start.
    async fn build(&self, name: &str, context: Context) -> Result<(), String> {
        let failed = |cause: String| format!("docker image build failed: {cause}");
        let body = context.finish().await.map_err(|e| failed(e.to_string()))?;
        let mut options = BuildImageOptionsBuilder::new()
            .dockerfile("Dockerfile")
            .t(name)
            .rm(true)
            .forcerm(true)
            .networkmode(&self.settings.host.network_mode);
        if self.settings.images.pull {
            options = options.pull("true");
        }
        let client = self.engine.client().map_err(|e| failed(e.to_string()))?;
        let mut progress = client.build_image(options.build(), None, Some(body_try_stream(body)));
        while let Some(step) = progress.next().await {
            let step = step.map_err(|e| failed(self.engine.error(e).to_string()))?;
            if let Some(line) = step.stream {
                tracing::debug!(image = name, "{}", line.trim_end());
            }
        }
        tracing::info!(image = name, "built the image of a chaincode");
        Ok(())
    }
}

fn own_command(image: &ImageInspect) -> Vec<String> {
    let config = image.config.as_ref();
    config
        .and_then(|config| config.cmd.clone())
        .unwrap_or_default()
}
