use super::{
    ChaincodeOptions, Clock, GossipOptions, MakeBuilder, Names, NodeOptions, PullOptions, Running,
    ServeOptions, ServerTls, StartError, nonce, start,
};
use crate::endorser::EndorserOptions;
use crate::orderer::{Orderer, OrdererError, OrdererParts, RunningOrderer};
use bytes::Bytes;
use selvedge_identity::cryptogen::{
    CryptoOrganisation, CryptogenError, NodeRole, OrganisationKind, TlsPair,
};
use selvedge_identity::genesis::{
    ChannelDescription, Consensus, GenesisHeader, OrganisationDescription, RaftConsenter,
    genesis_block, raft_metadata,
};
use selvedge_identity::{BatchParameters, ConfigError, Msp, MspError, MspVersion, SigningIdentity};
use selvedge_ledger::StateDatabase;
use selvedge_runtime::Builder;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// A network in one process: organisations `Org1` to `OrgN` with one peer each, one orderer, one channel, everything
/// over TLS on 127.0.0.1.
pub struct NetworkPlan {
    pub channel: String,
    pub organisations: usize,
    pub batch: BatchParameters,
    /// What runs chaincode, shared by all peers.
    pub builders: Vec<Arc<dyn Builder>>,
    /// Chaincode that dials its peer does so over TLS.
    pub chaincode_tls: bool,
    /// Runs chaincode outside this process; made anew for every peer.
    pub chaincode_builders: Vec<MakeBuilder>,
    /// Whose rules the state follows, on every peer.
    pub state_database: StateDatabase,
    pub clock: Clock,
    /// Where orderer and peers keep their files.
    pub dir: PathBuf,
}

/// Why a network does not start.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    #[error("making identities")]
    Cryptogen(#[from] CryptogenError),
    #[error("setting up an MSP")]
    Msp(#[from] MspError),
    #[error("making the genesis block")]
    Genesis(#[from] ConfigError),
    #[error("listening on 127.0.0.1")]
    Listen(#[from] io::Error),
    #[error("starting the orderer")]
    Orderer(#[from] OrdererError),
    #[error("serving the orderer")]
    Serve(#[from] super::ServeError),
    #[error("starting a peer")]
    Start(#[from] StartError),
    #[error("joining the channel")]
    Join(#[from] super::JoinError),
}

/// One organisation of a running network.
pub struct Member {
    pub msp_id: String,
    pub names: Names,
    pub admin: Arc<SigningIdentity>,
    pub client: Arc<SigningIdentity>,
    /// Certificate of the TLS authority, PEM.
    pub tls_ca: String,
    pub running: Running,
    seed: Seed,
}

/// Changes what every peer of a network is started with.
pub type Tune = Arc<dyn Fn(&mut NodeOptions) + Send + Sync>;

/// A member whose peer is down.
pub struct Halted {
    msp_id: String,
    names: Names,
    admin: Arc<SigningIdentity>,
    client: Arc<SigningIdentity>,
    tls_ca: String,
    seed: Seed,
    address: SocketAddr,
}

/// What a member's peer is started from, again after it was stopped.
#[derive(Clone)]
struct Seed {
    host: String,
    state_database: StateDatabase,
    signer: Arc<SigningIdentity>,
    local_msp: Arc<Msp>,
    tls: ServerTls,
    dir: PathBuf,
    builders: Vec<Arc<dyn Builder>>,
    chaincode: ChaincodePlan,
    tune: Tune,
}

/// What all members' chaincode sides have in common.
#[derive(Clone)]
struct ChaincodePlan {
    tls: bool,
    builders: Vec<MakeBuilder>,
}

/// A running network.
pub struct Network {
    pub channel: String,
    pub genesis: Bytes,
    pub orderer: RunningOrderer,
    /// Certificate of the orderer's TLS authority, PEM.
    pub orderer_tls_ca: String,
    pub members: Vec<Member>,
    organisations: Vec<CryptoOrganisation>,
    clock: Clock,
}

impl Network {
    /// Makes identities and a genesis block, starts everything and joins every peer.
    pub async fn start(plan: NetworkPlan) -> Result<Self, NetworkError> {
        Self::start_with(plan, |_| {}).await
    }

    /// The same for a channel that `change` makes another one: with older capabilities, for example.
    pub async fn start_with(
        plan: NetworkPlan,
        change: impl FnOnce(&mut ChannelDescription),
    ) -> Result<Self, NetworkError> {
        Self::start_tuned(plan, change, Arc::new(|_| {})).await
    }

    /// The same with peers that `tune` makes other ones, at every start: with other time limits, for example.
    pub async fn start_tuned(
        plan: NetworkPlan,
        change: impl FnOnce(&mut ChannelDescription),
        tune: Tune,
    ) -> Result<Self, NetworkError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let now = i64::try_from(plan.clock.since_epoch().as_secs()).unwrap_or(i64::MAX);
        let ordering = CryptoOrganisation::generate("example.com", "OrdererMSP", now)?;
        let tls = ordering.tls("orderer.example.com", &names("orderer.example.com"))?;
        let organisations: Vec<CryptoOrganisation> = (1..=plan.organisations)
            .map(|n| {
                CryptoOrganisation::generate(
                    &format!("org{n}.example.com"),
                    &format!("Org{n}MSP"),
                    now,
                )
            })
            .collect::<Result<_, _>>()?;
        // Bound before the genesis block is made, which names their addresses.
        let mut peers = Vec::new();
        for _ in &organisations {
            peers.push(TcpListener::bind("127.0.0.1:0").await?);
        }
        let addresses: Vec<SocketAddr> = peers
            .iter()
            .map(TcpListener::local_addr)
            .collect::<io::Result<_>>()?;
        let mut description = describe(
            plan.batch,
            (&organisations, &addresses),
            &ordering,
            (listener.local_addr()?, &tls),
        );
        change(&mut description);
        let genesis = genesis_of(&plan.channel, &plan.clock, &description)?;
        let signer = enroll(&ordering, "orderer.example.com", NodeRole::Orderer)?;
        let orderer = start_orderer(&plan, signer, listener, &tls, &genesis)?;
        let mut members = Vec::new();
        for (organisation, listener) in organisations.iter().zip(peers) {
            let seed = first_seed(organisation, &plan, Arc::clone(&tune))?;
            let member = start_member(organisation, &plan.channel, seed, &plan.clock, listener)?;
            member.running.peer().join(genesis.clone())?;
            members.push(member);
        }
        Ok(Self {
            channel: plan.channel,
            genesis,
            orderer,
            orderer_tls_ca: ordering.tls_ca_certificate(),
            members,
            organisations,
            clock: plan.clock,
        })
    }

    /// Starts one more peer of an organisation, which becomes the last member.
    pub async fn add_peer(&mut self, organisation: usize) -> Result<(), NetworkError> {
        let crypto = self.organisation(organisation)?;
        let first = self
            .members
            .get(organisation)
            .ok_or_else(|| missing(organisation))?;
        let host = format!("peer{}.{}", self.members.len(), crypto.domain());
        let seed = Seed {
            signer: enroll(crypto, &host, NodeRole::Peer)?,
            tls: server_tls(&crypto.tls(&host, &names(&host))?),
            dir: first.seed.dir.with_file_name(&host),
            host,
            ..first.seed.clone()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let member = start_member(crypto, &self.channel, seed, &self.clock, listener)?;
        member.running.peer().join(self.genesis.clone())?;
        self.members.push(member);
        Ok(())
    }

    /// A client of an organisation whose certificate has these attributes, where Fabric's CA puts them.
    pub fn enroll_client(
        &self,
        organisation: usize,
        name: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<SigningIdentity, NetworkError> {
        let crypto = self.organisation(organisation)?;
        let enrolled = crypto.enroll(name, NodeRole::Client, attributes)?;
        Ok(enrolled.signing_identity()?)
    }

    /// The folder of one more peer of an organisation, below `root` and as `cryptogen` lays it out: for a peer that is not
    /// of this process.
    pub fn write_peer(
        &self,
        organisation: usize,
        host: &str,
        root: &Path,
    ) -> Result<PathBuf, NetworkError> {
        let crypto = self.organisation(organisation)?;
        let identity = crypto.enroll(host, NodeRole::Peer, &BTreeMap::new())?;
        let tls = crypto.tls(host, &names(host))?;
        Ok(crypto.write_node(root, OrganisationKind::Peer, &identity, &tls)?)
    }

    fn organisation(&self, organisation: usize) -> io::Result<&CryptoOrganisation> {
        self.organisations
            .get(organisation)
            .ok_or_else(|| missing(organisation))
    }

    /// Stops one member's peer and starts it again over the same files.
    pub async fn restart(&mut self, index: usize) -> Result<(), NetworkError> {
        match self.halt(index).await {
            Some(halted) => self.resume(index, halted).await,
            None => Ok(()),
        }
    }

    /// Stops one member's peer and takes the member out; those behind it move up.
    pub async fn halt(&mut self, index: usize) -> Option<Halted> {
        if index >= self.members.len() {
            return None;
        }
        let member = self.members.remove(index);
        let address = member.running.address();
        member.running.stop().await;
        Some(Halted {
            msp_id: member.msp_id,
            names: member.names,
            admin: member.admin,
            client: member.client,
            tls_ca: member.tls_ca,
            seed: member.seed,
            address,
        })
    }

    /// Starts a member's peer again over the same files and puts the member in at `index`.
    pub async fn resume(&mut self, index: usize, halted: Halted) -> Result<(), NetworkError> {
        // The others know the old address; when somebody took it meanwhile, they are told another.
        let listener = match TcpListener::bind(halted.address).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind("127.0.0.1:0").await?,
        };
        let options = options(&halted.seed, &self.clock, listener.local_addr()?)?;
        let running = start(options, listener)?;
        let names = Names {
            address: running.address().to_string(),
            ..halted.names
        };
        let member = Member {
            msp_id: halted.msp_id,
            names,
            admin: halted.admin,
            client: halted.client,
            tls_ca: halted.tls_ca,
            running,
            seed: halted.seed,
        };
        self.members.insert(index.min(self.members.len()), member);
        Ok(())
    }

    /// Stops the peers, then the orderer.
    pub async fn stop(self) {
        for member in self.members {
            member.running.stop().await;
        }
        self.orderer.stop().await;
    }
}

fn names(host: &str) -> [String; 3] {
    [
        host.to_owned(),
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
    ]
}

fn missing(organisation: usize) -> io::Error {
    io::Error::other(format!("there is no organisation {organisation}"))
}

fn enroll(
    organisation: &CryptoOrganisation,
    name: &str,
    role: NodeRole,
) -> Result<Arc<SigningIdentity>, NetworkError> {
    Ok(Arc::new(
        organisation
            .enroll(name, role, &BTreeMap::new())?
            .signing_identity()?,
    ))
}

fn server_tls(pair: &TlsPair) -> ServerTls {
    ServerTls {
        certificate: pair.certificate.clone().into_bytes(),
        key: pair.key.clone().into_bytes(),
        client_roots: None,
    }
}

/// The genesis block of a channel of `Org1` to `OrgN`, whose anchor peers have these addresses, with one orderer, which
/// is given by its address and certificate.
pub(crate) fn genesis(
    channel: &str,
    batch: BatchParameters,
    clock: &Clock,
    (organisations, anchors): (&[CryptoOrganisation], &[SocketAddr]),
    ordering: &CryptoOrganisation,
    orderer: (SocketAddr, &TlsPair),
    change: impl FnOnce(&mut ChannelDescription),
) -> Result<Bytes, NetworkError> {
    let mut description = describe(batch, (organisations, anchors), ordering, orderer);
    change(&mut description);
    genesis_of(channel, clock, &description)
}

fn describe(
    batch: BatchParameters,
    (organisations, anchors): (&[CryptoOrganisation], &[SocketAddr]),
    ordering: &CryptoOrganisation,
    (orderer, tls): (SocketAddr, &TlsPair),
) -> ChannelDescription {
    let numbered = (1..).zip(organisations.iter().zip(anchors));
    let described = numbered.map(|(n, (organisation, anchor))| OrganisationDescription {
        anchor_peers: vec![(anchor.ip().to_string(), anchor.port())],
        ..OrganisationDescription::of_peers(
            &format!("Org{n}"),
            organisation.msp_id(),
            organisation.msp_config(),
        )
    });
    let endpoints = vec![orderer.to_string()];
    let ordering = OrganisationDescription::of_orderers(
        "Orderer",
        "OrdererMSP",
        ordering.msp_config(),
        endpoints,
    );
    // A Raft service of one node, as far as anybody can see.
    let consenter = RaftConsenter {
        host: orderer.ip().to_string(),
        port: orderer.port(),
        tls_certificate: tls.certificate.clone(),
    };
    let consensus = Consensus {
        kind: "etcdraft".to_owned(),
        metadata: raft_metadata(&[consenter]),
        consenters: Vec::new(),
    };
    ChannelDescription::new(described.collect(), vec![ordering], batch, consensus)
}

fn genesis_of(
    channel: &str,
    clock: &Clock,
    description: &ChannelDescription,
) -> Result<Bytes, NetworkError> {
    let mut header = GenesisHeader {
        seconds: i64::try_from(clock.since_epoch().as_secs()).unwrap_or(i64::MAX),
        nonce: [0; 24],
    };
    for (to, from) in header.nonce.iter_mut().zip(nonce()) {
        *to = from;
    }
    Ok(genesis_block(channel, description, header)?)
}

fn start_orderer(
    plan: &NetworkPlan,
    signer: Arc<SigningIdentity>,
    listener: TcpListener,
    tls: &TlsPair,
    genesis: &Bytes,
) -> Result<RunningOrderer, NetworkError> {
    let parts = OrdererParts {
        signer,
        clock: plan.clock.clone(),
        dir: plan.dir.join("orderer"),
        sync: false,
    };
    let orderer = Arc::new(Orderer::open(parts)?);
    orderer.join(genesis)?;
    Ok(RunningOrderer::start(
        orderer,
        plan.clock.clone(),
        listener,
        Some(&server_tls(tls)),
    )?)
}

fn first_seed(
    organisation: &CryptoOrganisation,
    plan: &NetworkPlan,
    tune: Tune,
) -> Result<Seed, NetworkError> {
    let host = format!("peer0.{}", organisation.domain());
    Ok(Seed {
        signer: enroll(organisation, &host, NodeRole::Peer)?,
        local_msp: Arc::new(Msp::from_config(
            &organisation.msp_config(),
            MspVersion::V3_0,
        )?),
        tls: server_tls(&organisation.tls(&host, &names(&host))?),
        dir: directory(&plan.dir, &host),
        host,
        builders: plan.builders.clone(),
        state_database: plan.state_database,
        chaincode: ChaincodePlan {
            tls: plan.chaincode_tls,
            builders: plan.chaincode_builders.clone(),
        },
        tune,
    })
}

fn start_member(
    organisation: &CryptoOrganisation,
    channel: &str,
    seed: Seed,
    clock: &Clock,
    listener: TcpListener,
) -> Result<Member, NetworkError> {
    let domain = organisation.domain();
    let options = options(&seed, clock, listener.local_addr()?)?;
    let running = start(options, listener)?;
    let address = running.address().to_string();
    Ok(Member {
        msp_id: organisation.msp_id().to_owned(),
        names: Names {
            id: seed.host.clone(),
            network: channel.to_owned(),
            address,
        },
        admin: enroll(organisation, &format!("Admin@{domain}"), NodeRole::Admin)?,
        client: enroll(organisation, &format!("User1@{domain}"), NodeRole::Client)?,
        tls_ca: organisation.tls_ca_certificate(),
        running,
        seed,
    })
}

fn directory(dir: &Path, host: &str) -> PathBuf {
    dir.join("peers").join(host)
}

fn options(seed: &Seed, clock: &Clock, address: SocketAddr) -> io::Result<NodeOptions> {
    let mut options = NodeOptions {
        dir: seed.dir.clone(),
        snapshots: seed.dir.join("snapshots"),
        signer: Arc::clone(&seed.signer),
        local_msp: Arc::clone(&seed.local_msp),
        builders: seed.builders.clone(),
        chaincode: ChaincodeOptions {
            listener: Some(std::net::TcpListener::bind("127.0.0.1:0")?),
            tls: seed.chaincode.tls,
            builders: seed.chaincode.builders.clone(),
            ..ChaincodeOptions::default()
        },
        clock: clock.clone(),
        operations: Arc::default(),
        sync: false,
        state_database: seed.state_database,
        rich_query_portion: 1000,
        history: true,
        log_purges: true,
        validators: 0,
        endorser: EndorserOptions::default(),
        serve: ServeOptions {
            tls: Some(seed.tls.clone()),
            gossip: GossipOptions::nearby(address),
            pull: PullOptions {
                first_pause: std::time::Duration::from_millis(20),
                longest_pause: std::time::Duration::from_secs(1),
                ..PullOptions::default()
            },
            ..ServeOptions::default()
        },
    };
    (seed.tune)(&mut options);
    Ok(options)
}
