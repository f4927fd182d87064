//! One launch, from asking where the chaincode is to its READY.
//!
//! Fabric: core/chaincode/runtime_launcher.go Launch.

use super::ChaincodeSupport;
use super::launch::Launch;
use crate::dial;
use crate::launch::{Introduction, LaunchError, Launcher, Running, Service};
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

impl ChaincodeSupport {
    /// Blocks until the chaincode is ready or will not be. One launch serves all who ask meanwhile.
    pub(super) fn launch(
        self: &Arc<Self>,
        id: &str,
        launcher: &Arc<dyn Launcher>,
    ) -> Result<(), LaunchError> {
        if self.is_closing() {
            return Err(LaunchError::Stopping);
        }
        let started = Instant::now();
        let (launch, ours) = self.registry.launching(id);
        if ours {
            let (support, launcher) = (Arc::clone(self), Arc::clone(launcher));
            let (id, launch) = (id.to_owned(), Arc::clone(&launch));
            self.runtime.spawn(async move {
                support.launch_in_time(&id, &launch, &*launcher).await;
            });
        }
        let outcome = launch.wait();
        let metrics = &self.options.metrics;
        metrics.launched(id, outcome.is_ok(), started.elapsed());
        match &outcome {
            Err(LaunchError::Timeout(_)) if ours => metrics.launch_timed_out(id),
            Err(error) if ours && !error.is_registration() => metrics.launch_failed(id),
            _ => {}
        }
        outcome
    }

    /// Settles the launch one way or the other.
    async fn launch_in_time(
        self: &Arc<Self>,
        id: &str,
        launch: &Arc<Launch>,
        launcher: &dyn Launcher,
    ) {
        let closing = self.closing();
        let start = async {
            self.start(id, launch, launcher).await?;
            launch.settled().await
        };
        // Who stops the peer waits for this launch, or it has not begun and must not.
        let _under_way = self.launches.read().await;
        let outcome = tokio::select! {
            biased;
            () = closed(closing) => Err(LaunchError::Stopping),
            outcome = start => outcome,
            () = tokio::time::sleep(self.options.startup_timeout) => Err(LaunchError::Timeout(id.to_owned())),
        };
        launch.settle(outcome);
        // What was settled first counts, and it may have been a registration.
        if let Err(error) = launch.wait() {
            tracing::warn!(chaincode = id, %error, "could not launch chaincode");
            self.registry.abandon(id, launch);
            // Fabric leaves the process alone; it would stay until the peer stops.
            if let Some(instance) = launch.instance() {
                self.instances.ended(id, &instance).await;
            }
        }
    }

    async fn start(
        self: &Arc<Self>,
        id: &str,
        launch: &Arc<Launch>,
        launcher: &dyn Launcher,
    ) -> Result<(), LaunchError> {
        if let Some(service) = launcher.service().await? {
            return self.connect(id, &service).await;
        }
        self.instances.stop(id).await;
        let introduction = self.introduce(id)?;
        tracing::info!(chaincode = id, "starting chaincode");
        let running: Arc<dyn Running> = launcher.launch(&introduction).await?.into();
        self.instances.insert(id, Arc::clone(&running));
        launch.started(Arc::clone(&running));
        let (support, id, launch) = (Arc::clone(self), id.to_owned(), Arc::clone(launch));
        let exited = running.exited();
        tokio::spawn(async move {
            let text = match exited.await {
                Ok(code) => format!("container exited with {code}"),
                Err(cause) => format!("failed to wait on container exit: {cause}"),
            };
            tracing::info!(chaincode = id, "{text}");
            launch.settle(Err(LaunchError::Registration(text)));
            support.instances.ended(&id, &running).await;
        });
        Ok(())
    }

    fn introduce(&self, id: &str) -> Result<Introduction, LaunchError> {
        let issued = self
            .options
            .issuer
            .as_ref()
            .map(|issuer| issuer.issue())
            .transpose();
        let issued = issued.map_err(|cause| LaunchError::Certificate {
            chaincode: id.to_owned(),
            cause,
        })?;
        let tls = issued.map(|(material, certificate)| {
            self.access
                .admit(certificate, id, tokio::time::Instant::now());
            material
        });
        Ok(Introduction {
            chaincode_id: id.to_owned(),
            peer_address: self.options.peer_address.clone(),
            msp_id: self.options.msp_id.clone(),
            tls,
            logging: self.options.logging.clone(),
        })
    }

    async fn connect(self: &Arc<Self>, id: &str, service: &Service) -> Result<(), LaunchError> {
        tracing::info!(
            chaincode = id,
            address = service.address,
            "connecting to chaincode"
        );
        let (support, own, service) = (Arc::clone(self), id.to_owned(), service.clone());
        // The connection stays on the thread that dials. A launch that is given up gives this up, too.
        let mut dialling = JoinSet::new();
        let streams = self.options.dialled.as_ref().unwrap_or(&self.runtime);
        dialling.spawn_on(
            async move { dial::dial(&support, &own, &service).await },
            streams,
        );
        let dialled = match dialling.join_next().await {
            Some(Ok(dialled)) => dialled,
            Some(Err(error)) => Err(error.to_string()),
            None => Err("nobody dialled".to_owned()),
        };
        dialled.map_err(|cause| LaunchError::Connection {
            chaincode: id.to_owned(),
            cause,
        })
    }
}

async fn closed(mut closing: tokio_stream::wrappers::WatchStream<bool>) {
    use futures::StreamExt;
    while closing.next().await.is_some_and(|closing| !closing) {}
}
