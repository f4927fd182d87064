use crate::launch::{Introduction, LaunchError, Launcher, Running, Service, service_from_json};
use futures::future::{self, BoxFuture};
use std::path::{Path, PathBuf};

/// A chaincode that somebody else runs; the peer dials it.
#[derive(Clone, Debug)]
pub struct Remote(Source);

#[derive(Clone, Debug)]
enum Source {
    Known(Service),
    /// A `connection.json`, read at every launch.
    File(PathBuf),
}

impl Remote {
    pub fn new(service: Service) -> Self {
        Self(Source::Known(service))
    }

    /// What an external builder releases as `chaincode/server/connection.json`: read at every launch, as Fabric does, so
    /// that a service may move.
    pub fn from_file(connection_json: impl Into<PathBuf>) -> Self {
        Self(Source::File(connection_json.into()))
    }

    async fn find(&self) -> Result<Service, LaunchError> {
        match &self.0 {
            Source::Known(service) => Ok(service.clone()),
            Source::File(path) => read(path).await.map_err(LaunchError::Build),
        }
    }
}

/// Fabric: core/container/externalbuilder/instance.go ChaincodeServerInfo.
async fn read(path: &Path) -> Result<Service, String> {
    let shown = path.display();
    let json = tokio::fs::read(path)
        .await
        .map_err(|error| format!("could not read '{shown}' for chaincode info: {error}"))?;
    service_from_json(&json).map_err(|error| match error {
        crate::launch::ServiceError::Malformed(error) => {
            format!("malformed chaincode info at '{shown}': {error}")
        }
        missing => missing.to_string(),
    })
}

impl Launcher for Remote {
    fn service(&self) -> BoxFuture<'_, Result<Option<Service>, LaunchError>> {
        Box::pin(async { self.find().await.map(Some) })
    }

    fn launch<'a>(
        &'a self,
        _: &'a Introduction,
    ) -> BoxFuture<'a, Result<Box<dyn Running>, LaunchError>> {
        let text = "a chaincode service is not started by the peer";
        Box::pin(future::ready(Err(LaunchError::Start(text.to_owned()))))
    }
}
