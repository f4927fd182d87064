use super::container::ContainerLauncher;
use super::engine::Engine;
use super::image::ImageMaker;
use super::leftovers::Leftovers;
use super::{DockerSettings, Labels};
use crate::ChaincodeSupport;
use crate::launch::Launcher;
use selvedge_runtime::{BuildError, Builder, Chaincode, Package};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use tokio::runtime::Handle;

const KIND: &str = "docker";

/// Builds and runs packages in containers: types `docker`, `golang`, `node` and `java`. It takes every package that gets
/// as far as here, and refuses other types in Fabric's words; so it comes last.
pub struct DockerBuilder {
    images: ImageMaker,
    support: Arc<ChaincodeSupport>,
    leftovers: Arc<Leftovers>,
    runtime: Handle,
}

impl DockerBuilder {
    /// Asks the engine nothing yet. `scratch`: a directory for temporary files; `runtime` does the talking.
    pub fn new(
        settings: DockerSettings,
        support: Arc<ChaincodeSupport>,
        scratch: impl Into<PathBuf>,
        runtime: Handle,
    ) -> Self {
        let images = ImageMaker {
            engine: Engine::new(&settings.endpoint, settings.tls.as_ref()),
            labels: Labels::new(&settings),
            settings,
            scratch: scratch.into(),
            metrics: Arc::clone(&support.options().metrics),
        };
        let leftovers = Leftovers::new(images.engine.clone(), images.labels.clone());
        Self {
            images,
            support,
            leftovers: Arc::new(leftovers),
            runtime,
        }
    }

    /// Whether the engine answers; what the health check named `docker` asks.
    ///
    /// # Errors
    /// Fabric: core/container/dockercontroller/dockercontroller.go HealthCheck.
    pub async fn health(&self) -> Result<(), String> {
        let answer = self.images.engine.ping().await;
        answer.map_err(|cause| format!("failed to ping to Docker daemon: {cause}"))
    }

    /// Removes the containers that this peer left when it was killed, and says how many there were. It happens before the
    /// first start of a chaincode anyway; a peer that starts asks for it, so that they do not go on until then.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn remove_leftovers(&self) -> Result<usize, String> {
        let removed = self.leftovers.remove().await;
        removed.map_err(|error| error.to_string())
    }

    /// Builds the image of a package, if it is not there yet, and gives what starts it. Blocks; not to be called on Tokio.
    ///
    /// # Errors
    /// Fabric: core/container/dockercontroller/dockercontroller.go Build.
    pub fn launcher(&self, package: &Package) -> Result<Arc<dyn Launcher>, BuildError> {
        let (sender, receiver) = mpsc::channel();
        let (images, package) = (self.images.clone(), package.clone());
        let id = package.id.clone();
        self.runtime.spawn(async move {
            // Nobody waits any more when the build was interrupted.
            let _ = sender.send(images.image_of(&package).await);
        });
        let built = receiver.recv();
        let rejected = |cause| BuildError::Rejected { kind: KIND, cause };
        let image = built
            .map_err(|_| BuildError::Interrupted(id.clone()))?
            .map_err(rejected)?;
        let launcher = ContainerLauncher {
            engine: self.images.engine.clone(),
            settings: self.images.settings.clone(),
            labels: self.images.labels.clone(),
            leftovers: Arc::clone(&self.leftovers),
            image,
        };
        Ok(Arc::new(launcher))
    }
}

impl Builder for DockerBuilder {
    fn kind(&self) -> &str {
        KIND
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        let launcher = self.launcher(package)?;
        Ok(self.support.chaincode(package.id.as_str(), launcher))
    }

    fn claim(&self, package: &Package) -> Result<Option<Arc<dyn Chaincode>>, BuildError> {
        self.build(package).map(Some)
    }
}
