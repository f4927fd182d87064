//! A package that an external builder has built. Fabric: core/container/externalbuilder/instance.go.

use super::session::Session;
use super::settings::{ExternalBuilder, ExternalSettings};
use super::store::Kept;
use crate::launch::{Introduction, LaunchError, Launcher, Running, Service, service_from_json};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::io;
use std::sync::Arc;

pub(super) struct Instance {
    pub(super) settings: Arc<ExternalSettings>,
    pub(super) builder: ExternalBuilder,
    pub(super) kept: Kept,
}

impl Instance {
    /// Read at every launch: an operator may change the address in place.
    async fn released_service(&self) -> Result<Option<Service>, String> {
        let path = self.kept.release().join("chaincode/server/connection.json");
        let json = match tokio::fs::read(&path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(format!(
                    "could not read '{}' for chaincode info: {error}",
                    path.display()
                ));
            }
            Ok(json) => json,
        };
        let service = service_from_json(&json).map_err(|error| match error {
            crate::launch::ServiceError::Malformed(cause) => {
                format!("malformed chaincode info at '{}': {cause}", path.display())
            }
            other => other.to_string(),
        })?;
        Ok(Some(service))
    }
}

impl Launcher for Instance {
    fn service(&self) -> BoxFuture<'_, Result<Option<Service>, LaunchError>> {
        self.released_service()
            .map(|service| service.map_err(LaunchError::Build))
            .boxed()
    }

    fn launch<'a>(
        &'a self,
        introduction: &'a Introduction,
    ) -> BoxFuture<'a, Result<Box<dyn Running>, LaunchError>> {
        async move {
            let built = self.kept.output();
            let session = Session::start(&self.settings, &self.builder, &built, introduction);
            let session = session
                .map_err(|cause| LaunchError::Start(format!("could not execute run: {cause}")))?;
            Ok(Box::new(session) as Box<dyn Running>)
        }
        .boxed()
    }
}
