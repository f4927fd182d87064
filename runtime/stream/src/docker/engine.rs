use super::error::EngineError;
use super::tls::{EngineTls, Secure};
use bollard::models::ImageInspect;
use bollard::query_parameters::{
    CreateImageOptionsBuilder, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
    WaitContainerOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures::StreamExt;
use std::collections::HashMap;
use std::time::Duration;

/// How long the engine may take to begin its answer. An upload counts in; output that follows an answer does not.
const PATIENCE: Duration = Duration::from_secs(300);

/// The Docker engine, wherever it is. Nothing is connected until something is asked, and a restarted engine is found
/// again.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    endpoint: String,
    /// With TLS: the way there, or why there is none.
    secure: Option<Result<Secure, String>>,
}

impl Engine {
    pub(super) fn new(endpoint: &str, tls: Option<&EngineTls>) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            secure: tls.map(|tls| Secure::new(endpoint, tls)),
        }
    }

    pub(super) fn client(&self) -> Result<Docker, EngineError> {
        let endpoint = self.endpoint.as_str();
        let (seconds, version) = (PATIENCE.as_secs(), API_DEFAULT_VERSION);
        let secure = self.secure.as_ref().map(|secure| secure.as_ref());
        let client = if let Some(secure) = secure {
            let secure = secure.map_err(|cause| EngineError::Other(cause.clone()))?;
            secure.client(seconds)
        } else if endpoint.starts_with("unix://") {
            Docker::connect_with_unix(endpoint, seconds, version)
        } else if endpoint.starts_with("tcp://") || endpoint.starts_with("http://") {
            Docker::connect_with_http(endpoint, seconds, version)
        } else {
            return Err(EngineError::Other(format!(
                "vm.endpoint is '{endpoint}'; use unix://<path of the socket> or tcp://<host>:<port>; for TLS, set vm.docker.tls"
            )));
        };
        client.map_err(|error| self.error(error))
    }

    pub(super) fn error(&self, error: bollard::errors::Error) -> EngineError {
        EngineError::of(&self.endpoint, error)
    }

    pub(super) async fn ping(&self) -> Result<(), EngineError> {
        let answer = self.client()?.ping().await;
        answer.map(drop).map_err(|error| self.error(error))
    }

    /// `None`: the engine has no such image.
    pub(super) async fn image(&self, name: &str) -> Result<Option<ImageInspect>, EngineError> {
        let answer = self.client()?.inspect_image(name).await;
        match answer.map_err(|error| self.error(error)) {
            Ok(image) => Ok(Some(image)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gets an image from its registry.
    pub(super) async fn pull(&self, name: &str) -> Result<(), EngineError> {
        let client = self.client()?;
        let options = CreateImageOptionsBuilder::new().from_image(name).build();
        let mut progress = client.create_image(Some(options), None, None);
        while let Some(step) = progress.next().await {
            step.map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// Ends a container, if it runs, and removes it with its volumes. One that is not there is removed already.
    pub(super) async fn remove(&self, container: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true);
        let client = self.client()?;
        let answer = client
            .remove_container(container, Some(options.build()))
            .await;
        match answer.map_err(|error| self.error(error)) {
            Err(error) if error.is_absent() => Ok(()),
            // Somebody else removes it: their end is ours.
            Err(error) if error.is_busy() => self.gone(container).await,
            other => other,
        }
    }

    async fn gone(&self, container: &str) -> Result<(), EngineError> {
        let options = WaitContainerOptionsBuilder::new().condition("removed");
        let client = self.client()?;
        let mut answer = client.wait_container(container, Some(options.build()));
        while let Some(answer) = answer.next().await {
            match answer.map_err(|error| self.error(error)) {
                Err(error @ EngineError::Refused { .. }) if !error.is_absent() => {
                    return Err(error);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// IDs of all containers that have the label, running or not.
    pub(super) async fn labelled(&self, label: &str) -> Result<Vec<String>, EngineError> {
        let filters = HashMap::from([("label", vec![label])]);
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&filters);
        let answer = self.client()?.list_containers(Some(options.build())).await;
        let containers = answer.map_err(|error| self.error(error))?;
        Ok(containers.into_iter().filter_map(|c| c.id).collect())
    }
}
