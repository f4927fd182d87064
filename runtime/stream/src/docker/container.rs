//! One chaincode's container. Fabric: core/container/dockercontroller/dockercontroller.go Start, Stop, Wait.

use super::engine::Engine;
use super::environment::{TLS_DIRECTORY, tls_files, variables};
use super::error::EngineError;
use super::image::Image;
use super::leftovers::Leftovers;
use super::{DockerSettings, Labels, output, workshop};
use crate::launch::{ClientMaterial, Introduction, LaunchError, Launcher, Running};
use bollard::body_full;
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, UploadToContainerOptionsBuilder,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::sync::Arc;
use tokio::sync::{oneshot, watch};

/// Starts a built image.
#[derive(Clone, Debug)]
pub(super) struct ContainerLauncher {
    pub(super) engine: Engine,
    pub(super) settings: DockerSettings,
    pub(super) labels: Labels,
    pub(super) leftovers: Arc<Leftovers>,
    pub(super) image: Image,
}

impl Launcher for ContainerLauncher {
    fn launch<'a>(
        &'a self,
        introduction: &'a Introduction,
    ) -> BoxFuture<'a, Result<Box<dyn Running>, LaunchError>> {
        async move {
            let (launcher, introduction) = (self.clone(), introduction.clone());
            let (hand_over, started) = oneshot::channel();
            // On its own: who waits may give up at any time, and then nobody would know of the container.
            tokio::spawn(async move {
                if let Err(Ok(unwanted)) = hand_over.send(launcher.start(&introduction).await) {
                    unwanted.discard(&introduction.chaincode_id).await;
                }
            });
            let started = started
                .await
                .map_err(|error| LaunchError::Start(error.to_string()))?;
            let container = started.map_err(LaunchError::Start)?;
            Ok(Box::new(container) as Box<dyn Running>)
        }
        .boxed()
    }
}

impl ContainerLauncher {
    /// One container of a chaincode at a time: whatever has its name is removed first, also what a peer that was killed
    /// has left.
    async fn start(&self, introduction: &Introduction) -> Result<Container, String> {
        let name = self.settings.owner.container(&introduction.chaincode_id);
        let told = |error: EngineError| error.to_string();
        self.leftovers.remove().await.map_err(told)?;
        self.engine.remove(&name).await.map_err(told)?;
        let id = self.create(&name, introduction).await.map_err(told)?;
        let mut container = Container {
            engine: self.engine.clone(),
            id,
            exit: None,
        };
        match self.set_going(&name, &container, introduction).await {
            Ok(()) => {
                container.watch();
                Ok(container)
            }
            Err(cause) => {
                container.discard(&name).await;
                Err(cause)
            }
        }
    }

    async fn create(&self, name: &str, introduction: &Introduction) -> Result<String, EngineError> {
        let Image { name: image, start } = &self.image;
        let body = ContainerCreateBody {
            image: Some(image.clone()),
            cmd: Some(start.arguments(&introduction.peer_address)),
            env: Some(variables(introduction)),
            labels: Some(self.labels.chaincode(&introduction.chaincode_id)),
            attach_stdout: Some(self.settings.attach_output),
            attach_stderr: Some(self.settings.attach_output),
            // An engine puts files into a container whose root is read-only only where a volume is. This one has no name
            // and goes with the container.
            volumes: introduction
                .tls
                .is_some()
                .then(|| vec![TLS_DIRECTORY.to_owned()]),
            host_config: Some(self.settings.host.to_engine(start.is_one_program())),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::new().name(name).build();
        let client = self.engine.client()?;
        let created = client.create_container(Some(options), body).await;
        let created = created.map_err(|error| self.engine.error(error))?;
        for warning in created.warnings {
            tracing::debug!(name, warning, "of the engine");
        }
        Ok(created.id)
    }

    async fn set_going(
        &self,
        name: &str,
        container: &Container,
        introduction: &Introduction,
    ) -> Result<(), String> {
        if self.settings.attach_output {
            self.attach(name, container, &introduction.chaincode_id)
                .await
                .map_err(|error| error.to_string())?;
        }
        if let Some(tls) = &introduction.tls {
            self.upload(container, tls).await.map_err(|cause| {
                format!("Error uploading files to the container instance {name}: {cause}")
            })?;
        }
        let client = self.engine.client().map_err(|error| error.to_string())?;
        let started = client.start_container(&container.id, None).await;
        started.map_err(|error| self.engine.error(error).to_string())
    }

    async fn attach(
        &self,
        name: &str,
        container: &Container,
        chaincode: &str,
    ) -> Result<(), EngineError> {
        let options = AttachContainerOptionsBuilder::new()
            .stream(true)
            .stdout(true)
            .stderr(true)
            .logs(true);
        let client = self.engine.client()?;
        let attached = client
            .attach_container(&container.id, Some(options.build()))
            .await;
        let attached = attached.map_err(|error| self.engine.error(error))?;
        tokio::spawn(output::log(chaincode.to_owned(), name.to_owned(), attached));
        Ok(())
    }

    async fn upload(&self, container: &Container, tls: &ClientMaterial) -> Result<(), String> {
        let files = tls_files(tls).map_err(|error| error.to_string())?;
        let options = UploadToContainerOptionsBuilder::new().path(TLS_DIRECTORY);
        let client = self.engine.client().map_err(|error| error.to_string())?;
        let uploaded = client
            .upload_to_container(
                &container.id,
                Some(options.build()),
                body_full(files.into()),
            )
            .await;
        uploaded.map_err(|error| self.engine.error(error).to_string())
    }
}

/// A container that was made, by its ID: the name may be another one's by now.
#[derive(Debug)]
struct Container {
    engine: Engine,
    id: String,
    /// `None` until it was started.
    exit: Option<watch::Receiver<Option<Exit>>>,
}

/// A code, or why there is none.
type Exit = Result<i32, String>;

impl Container {
    /// Waits for the end from now on: a container that was removed cannot be asked any more.
    fn watch(&mut self) {
        let (tell, exit) = watch::channel(None);
        let (engine, id) = (self.engine.clone(), self.id.clone());
        self.exit = Some(exit);
        tokio::spawn(async move {
            let code = workshop::exit_code(&engine, &id).await;
            let code = code.and_then(|code| {
                i32::try_from(code).map_err(|_| format!("the engine says it ended with {code}"))
            });
            tell.send_replace(Some(code));
        });
    }

    async fn discard(&self, name: &str) {
        if let Err(error) = self.stop().await {
            tracing::warn!(name, error, "a container that did not start is left");
        }
    }
}

impl Running for Container {
    fn exited(&self) -> BoxFuture<'static, Exit> {
        let exit = self.exit.clone();
        async move {
            let mut exit = exit.ok_or("it was not started")?;
            let code = exit.wait_for(Option::is_some).await;
            let code = code.ok().and_then(|code| code.clone());
            code.unwrap_or_else(|| Err("the engine was not asked to the end".to_owned()))
        }
        .boxed()
    }

    /// The chaincode gets no time: it has lost its stream, and keeps nothing.
    fn stop(&self) -> BoxFuture<'_, Result<(), String>> {
        async move {
            let removed = self.engine.remove(&self.id).await;
            removed.map_err(|error| error.to_string())
        }
        .boxed()
    }
}
