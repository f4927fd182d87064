//! The peer's side of chaincode outside this process: the listener it dials, its certificates, what runs it.
//!
//! Fabric: internal/peer/node/start.go createChaincodeServer.

use super::chats::{Chats, Served};
use super::metered::Metered;
use super::server::{ServeError, ServerTls, Wire};
use super::services::HealthService;
use super::{Clock, Close};
use crate::operations::Operations;
use selvedge_identity::cryptogen::{CryptogenError, ThrowAwayAuthority};
use selvedge_protos::grpc::health::v1::health_server::HealthServer;
use selvedge_runtime::{Builder, Chaincode, PackageId, PackageStore, Present, Runtimes};
use selvedge_stream::ccaas::CcaasBuilder;
use selvedge_stream::docker::{DockerBuilder, DockerSettings};
use selvedge_stream::external::{ExternalBuilders, ExternalError, ExternalSettings};
use selvedge_stream::launch::{CertificateIssuer, ClientMaterial, Logging};
use selvedge_stream::{Batching, ChaincodeSupport, SupportOptions};
use selvedge_wire::{Named, Services};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use std::{io, net};
use tokio::runtime::Handle;

/// Makes a builder whose chaincode talks to the peer over streams.
pub type MakeBuilder = Arc<dyn Fn(&Arc<ChaincodeSupport>) -> Arc<dyn Builder> + Send + Sync>;

/// What a peer has to be told of chaincode outside this process.
pub struct ChaincodeOptions {
    /// Where chaincode dials. `None`: only chaincode that is dialled can run.
    /// Fabric: `peer.chaincodeListenAddress`.
    pub listener: Option<net::TcpListener>,
    /// What chaincode is told to dial, `host:port`; `None`: the listener's own address.
    /// Fabric: `peer.chaincodeAddress`.
    pub endpoint: Option<String>,
    /// Let nobody register but who was started by this peer, by certificates made for that. Fabric: `peer.tls.enabled`.
    pub tls: bool,
    /// Fabric: `chaincode.startuptimeout`.
    pub startup_timeout: Duration,
    /// Fabric: `chaincode.keepalive`.
    pub keepalive: Option<Duration>,
    pub batching: Batching,
    /// Fabric: `chaincode.mode`.
    pub dev_mode: bool,
    pub logging: Logging,
    /// Values for packages of type `ccaas`. Fabric: CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG.
    pub service_values: Map<String, Value>,
    /// The operator's own builders, asked before everything else.
    pub external: Option<ExternalSettings>,
    /// What runs chaincode beside services.
    pub builders: Vec<MakeBuilder>,
    /// Takes whatever nobody else wants.
    pub docker: Option<DockerSettings>,
}

impl Default for ChaincodeOptions {
    fn default() -> Self {
        Self {
            listener: None,
            endpoint: None,
            tls: false,
            startup_timeout: SupportOptions::DEFAULT_STARTUP_TIMEOUT,
            keepalive: None,
            batching: Batching::default(),
            dev_mode: false,
            logging: Logging::default(),
            service_values: Map::new(),
            external: None,
            builders: Vec::new(),
            docker: None,
        }
    }
}

/// Why chaincode cannot reach the peer.
#[derive(Debug, thiserror::Error)]
pub enum ChaincodeError {
    #[error("opening the listener for chaincode")]
    Listener(#[source] io::Error),
    #[error("starting the threads that streams are on")]
    Threads(#[source] io::Error),
    #[error("Failed generating TLS certificate for chaincode service")]
    Certificate(#[from] CryptogenError),
    #[error(transparent)]
    External(#[from] ExternalError),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// How long a chaincode may be silent before it is asked whether it is still there. Fabric's two hours are longer than
/// anybody waits for a transaction.
const PING: Duration = Duration::from_secs(60);

/// Everything of one peer's that talks to chaincode outside this process.
#[derive(Debug)]
pub(super) struct ChaincodeSide {
    support: Arc<ChaincodeSupport>,
    /// Before what runs in this process, and behind it.
    first: Builders,
    builders: Builders,
    docker: Option<Docker>,
    serving: Option<(Served, Close)>,
    _chats: Chats,
}

struct Builders(Vec<Arc<dyn Builder>>);

struct Docker(Arc<DockerBuilder>);

impl std::fmt::Debug for Docker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Docker")
    }
}

impl std::fmt::Debug for Builders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|b| b.kind()))
            .finish()
    }
}

impl ChaincodeSide {
    /// Serves chaincode that dials, if there is a listener. Call inside Tokio.
    pub(super) fn open(
        options: ChaincodeOptions,
        msp_id: &str,
        clock: &Clock,
        operations: &Operations,
    ) -> Result<Self, ChaincodeError> {
        let chats = Chats::start().map_err(ChaincodeError::Threads)?;
        let listener = options.listener;
        let own = listener.as_ref().map(net::TcpListener::local_addr);
        let own = own.transpose();
        let own = own.map_err(ChaincodeError::Listener)?;
        let endpoint = options
            .endpoint
            .or_else(|| own.map(|address| address.to_string()))
            .unwrap_or_default();
        let authority = match &listener {
            Some(_) if options.tls => Some(Arc::new(Authority::new(clock)?)),
            _ => None,
        };
        let support = ChaincodeSupport::new(
            SupportOptions {
                startup_timeout: options.startup_timeout,
                keepalive: options.keepalive,
                batching: options.batching,
                dev_mode: options.dev_mode,
                logging: options.logging,
                metrics: Arc::new(operations.metrics().chaincode.clone()),
                issuer: authority.clone().map(|it| it as Arc<dyn CertificateIssuer>),
                dialled: chats.any(),
                ..SupportOptions::new(endpoint.clone(), msp_id)
            },
            Handle::current(),
        );
        let serving = listener
            .map(|listener| serve(&chats, &support, &listener, authority.as_deref(), &endpoint))
            .transpose()?;
        let first = options.external.map(|settings| {
            let external = ExternalBuilders::new(settings, Arc::clone(&support))?;
            Ok::<_, ExternalError>(Arc::new(external) as Arc<dyn Builder>)
        });
        let first = first.transpose()?.into_iter().collect();
        let services = CcaasBuilder::new(Arc::clone(&support), options.service_values);
        let mut builders: Vec<Arc<dyn Builder>> = vec![Arc::new(services)];
        builders.extend(options.builders.iter().map(|make| make(&support)));
        let docker = options.docker.map(|it| docker(it, &support, operations));
        Ok(Self {
            support,
            first: Builders(first),
            builders: Builders(builders),
            docker: docker.map(Docker),
            serving,
            _chats: chats,
        })
    }

    pub(super) fn support(&self) -> &Arc<ChaincodeSupport> {
        &self.support
    }

    /// What runs chaincode in containers, if anything does.
    pub(super) fn docker(&self) -> Option<&Arc<DockerBuilder>> {
        self.docker.as_ref().map(|docker| &docker.0)
    }

    /// The registry of builds, with `inside` for what runs in this process.
    pub(super) fn runtimes(&self, store: PackageStore, inside: Vec<Arc<dyn Builder>>) -> Runtimes {
        let docker = self.docker.iter().map(|it| Arc::clone(&it.0) as _);
        let outside = self.builders.0.iter().cloned().chain(docker);
        let first = self.first.0.iter().cloned();
        let metrics = &self.support.options().metrics;
        let inside = inside.into_iter().map(|builder| {
            Arc::new(Metered::new(builder, Arc::clone(metrics))) as Arc<dyn Builder>
        });
        let runtimes = Runtimes::new(store, first.chain(inside).chain(outside).collect());
        if self.support.options().dev_mode {
            return runtimes.with_present(Arc::new(Registered(Arc::clone(&self.support))));
        }
        runtimes
    }

    /// Ends all streams and whatever the peer started.
    pub(super) async fn stop(self) {
        self.support.stop().await;
        if let Some((serving, close)) = self.serving {
            close.now();
            serving.ended().await;
        }
    }
}

/// An engine that does not answer now may answer when it is needed.
fn docker(
    settings: DockerSettings,
    support: &Arc<ChaincodeSupport>,
    operations: &Operations,
) -> Arc<DockerBuilder> {
    let endpoint = settings.endpoint.clone();
    let (support, scratch) = (Arc::clone(support), std::env::temp_dir());
    let docker = DockerBuilder::new(settings, support, scratch, Handle::current());
    let docker = Arc::new(docker);
    let asked = Arc::clone(&docker);
    let health = move || {
        let asked = Arc::clone(&asked);
        async move { asked.health().await }
    };
    if let Err(error) = operations.health().register("docker", health) {
        tracing::warn!(%error, "nobody will ask whether the engine is well");
    }
    let asked = Arc::clone(&docker);
    tokio::spawn(async move {
        if let Err(error) = asked.remove_leftovers().await {
            tracing::warn!(endpoint, error, "no chaincode runs in containers for now");
        }
    });
    docker
}

fn serve(
    chats: &Chats,
    support: &Arc<ChaincodeSupport>,
    listener: &net::TcpListener,
    authority: Option<&Authority>,
    endpoint: &str,
) -> Result<(Served, Close), ChaincodeError> {
    listener
        .set_nonblocking(true)
        .map_err(ChaincodeError::Listener)?;
    let tls = authority
        .map(|authority| authority.server(endpoint))
        .transpose()?;
    let (close, closing) = Close::new();
    let services = Named::default()
        .with(support.server(tls.is_some()))
        .with(HealthServer::new(HealthService::new(closing.clone())));
    let services = Services::new(services);
    let mut wire = Wire::default();
    wire.limits.ping = PING;
    let serving = chats.serve(&wire, &services, listener, tls.as_ref(), &closing)?;
    let address = serving.address;
    tracing::info!("chaincode may dial {address} as {endpoint}");
    Ok((serving, close))
}

/// Chaincode that registered in development mode.
struct Registered(Arc<ChaincodeSupport>);

impl Present for Registered {
    fn present(&self, id: &PackageId) -> Option<Arc<dyn Chaincode>> {
        self.0.registered(id.as_str())
    }
}

/// Signs for the listener and for what this peer starts, and for nothing else.
struct Authority {
    authority: ThrowAwayAuthority,
    clock: Clock,
}

impl Authority {
    fn new(clock: &Clock) -> Result<Self, CryptogenError> {
        Ok(Self {
            authority: ThrowAwayAuthority::generate(seconds(clock))?,
            clock: clock.clone(),
        })
    }

    fn server(&self, endpoint: &str) -> Result<ServerTls, CryptogenError> {
        let host = endpoint.rsplit_once(':').map_or(endpoint, |(host, _)| host);
        let pair = self.authority.server(host)?;
        Ok(ServerTls {
            certificate: pair.certificate.into_bytes(),
            key: pair.key.into_bytes(),
            client_roots: Some(self.authority.certificate().into_bytes()),
        })
    }
}

impl CertificateIssuer for Authority {
    fn issue(&self) -> Result<(ClientMaterial, [u8; 32]), String> {
        let issued = self.authority.client(seconds(&self.clock));
        let (pair, hash) = issued.map_err(|error| error.to_string())?;
        let material = ClientMaterial {
            certificate: pair.certificate,
            key: pair.key,
            root: pair.ca,
        };
        Ok((material, hash))
    }
}

fn seconds(clock: &Clock) -> i64 {
    i64::try_from(clock.since_epoch().as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Endpoint, connect};
    use selvedge_protos::grpc::health::v1::health_check_response::ServingStatus;
    use selvedge_protos::grpc::health::v1::{HealthCheckRequest, health_client::HealthClient};
    use tonic::Code;

    fn about(service: &str) -> HealthCheckRequest {
        HealthCheckRequest {
            service: service.to_owned(),
        }
    }

    #[tokio::test]
    async fn the_listener_says_that_it_serves() {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = Endpoint {
            address: listener.local_addr().unwrap().to_string(),
            tls: None,
            timeout: Duration::from_secs(60),
        };
        let options = ChaincodeOptions {
            listener: Some(listener),
            ..ChaincodeOptions::default()
        };
        let (clock, operations) = (Clock::system(), Operations::default());
        let side = ChaincodeSide::open(options, "Org1MSP", &clock, &operations).unwrap();
        let mut health = HealthClient::new(connect(&endpoint).await.unwrap());
        let checked = health.check(about("")).await.unwrap().into_inner();
        assert_eq!(checked.status(), ServingStatus::Serving);
        let unknown = health.check(about("protos.ChaincodeSupport")).await;
        let unknown = unknown.unwrap_err();
        let told = (unknown.code(), unknown.message());
        assert_eq!(told, (Code::NotFound, "unknown service"));
        for (service, status) in [
            ("", ServingStatus::Serving),
            ("another", ServingStatus::ServiceUnknown),
        ] {
            let mut watched = health.watch(about(service)).await.unwrap().into_inner();
            let first = watched.message().await.unwrap().unwrap();
            assert_eq!(first.status(), status);
        }
        // Whoever watches does not keep the peer from stopping, and sees the end.
        let mut watched = health.watch(about("")).await.unwrap().into_inner();
        assert!(watched.message().await.unwrap().is_some());
        side.stop().await;
        assert!(!matches!(watched.message().await, Ok(Some(_))));
    }
}
