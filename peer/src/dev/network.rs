//! The network itself: peers and an orderer in this process, and the clients that talk to them over TLS.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use selvedge_identity::SigningIdentity;
use tokio::sync::broadcast::{self, error::TryRecvError};

use super::connection_profile::{self, Described};
use super::environment::{self, Shared};
use super::event::{Event, PeerView, TransactionView};
use super::material::{self, Account, Material, Node, Organisation, Plan};
use super::member::{Clients, Endorsed, Member, OrdererLink};
use super::servers::{Listeners, Servers};
use super::watch::Watched;
use crate::cli::DevArgs;
use crate::client::{self, Endpoint, Outcome};
use crate::node::{Clock, CommittedBlock};
use crate::page::ConflictView;
use crate::scratch::Scratch;

/// A running network.
pub(super) struct Network {
    directory: Directory,
    material: Material,
    servers: Servers,
    clients: Clients,
    /// Blocks as the first peer committed them.
    seen: Mutex<Seen>,
}

/// Where the files are, and whether they outlive the network.
enum Directory {
    Temporary(Scratch),
    Kept(PathBuf),
}

impl Directory {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(directory) => directory.path(),
            Self::Kept(path) => path,
        }
    }
}

struct Seen {
    blocks: broadcast::Receiver<Arc<CommittedBlock>>,
    transactions: HashMap<String, TransactionView>,
}

impl Network {
    /// Makes the identities, starts the orderer and the peers, and connects to each.
    pub(super) async fn start(args: &DevArgs) -> Result<Self> {
        let directory = match &args.dir {
            Some(path) => {
                std::fs::create_dir_all(path)
                    .with_context(|| format!("creating {}", path.display()))?;
                Directory::Kept(
                    path.canonicalize()
                        .with_context(|| format!("opening {}", path.display()))?,
                )
            }
            None => Directory::Temporary(Scratch::new(None)?),
        };
        let root = directory.path();
        if std::fs::read_dir(root)?.next().is_some() {
            bail!(
                "{} is not empty; name a new directory, or remove it",
                root.display()
            );
        }
        let listeners = Listeners::bind(args.orgs, args.port).await?;
        let addresses: Vec<_> = listeners
            .peers
            .iter()
            .map(tokio::net::TcpListener::local_addr)
            .collect::<Result<_, _>>()?;
        let plan = Plan {
            channel: &args.channel,
            batch_timeout: args.batch_timeout,
            orderer: listeners.orderer.local_addr()?,
            peers: &addresses,
            legacy: args.legacy,
        };
        let material = material::make(root, &plan, &Clock::system())?;
        let servers = Servers::start(root, &material, listeners)?;
        let first = servers
            .first_peer()
            .and_then(|peer| peer.channel(&args.channel));
        let blocks = first
            .context("the first peer has not joined the channel")?
            .commits()
            .blocks();
        let clients = connect(&args.channel, &material).await?;
        let seen = Mutex::new(Seen {
            blocks,
            transactions: HashMap::new(),
        });
        Ok(Self {
            directory,
            material,
            servers,
            clients,
            seen,
        })
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Orders transactions in a block that is cut at once, and waits until every peer has it.
    pub(super) async fn order_now(
        &self,
        endorsed: &[Endorsed],
        signer: &SigningIdentity,
    ) -> Result<Vec<Outcome>> {
        let sent = self.clients.send(endorsed, signer).await?;
        self.servers.cut(&self.clients.channel).await;
        sent.outcomes().await
    }

    /// Position and conflicts of a transaction that is committed.
    pub(super) fn view(&self, tx_id: String, outcome: &Outcome) -> Result<TransactionView> {
        let mut seen = self.seen.lock();
        loop {
            let block = match seen.blocks.try_recv() {
                Ok(block) => block,
                // More than are kept came since the last look; what is asked for is among the newest.
                Err(TryRecvError::Lagged(_)) => continue,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            };
            for (index, transaction) in (0u64..).zip(&block.transactions) {
                let view = TransactionView {
                    tx_id: transaction.tx_id.clone(),
                    block: block.number,
                    index,
                    code: String::new(),
                    conflicts: self.conflicts(&block, index),
                };
                seen.transactions.insert(transaction.tx_id.clone(), view);
            }
        }
        let mut view = seen
            .transactions
            .remove(&tx_id)
            .with_context(|| format!("transaction {tx_id} is in no block of the first peer"))?;
        view.code = outcome.code.as_str_name().to_owned();
        Ok(view)
    }

    /// Forgets the transactions that others sent: a network that is watched runs for days.
    pub(super) fn forget(&self) {
        self.seen.lock().transactions.clear();
    }

    fn conflicts(&self, block: &CommittedBlock, index: u64) -> Vec<ConflictView> {
        let first = self.servers.first_peer();
        let Some(channel) = first.and_then(|peer| peer.channel(&self.clients.channel)) else {
            return Vec::new();
        };
        block
            .conflicts
            .iter()
            .filter(|conflict| conflict.tx == index)
            .map(|conflict| ConflictView::new(conflict, channel.ledger()))
            .collect()
    }

    /// The event that says the network is ready.
    pub(super) fn ready(&self, millis: f64) -> Event {
        let peer = |member: &Member| PeerView {
            msp_id: member.msp_id.clone(),
            address: member.address.clone(),
        };
        Event::NetworkReady {
            channel: self.clients.channel.clone(),
            orderer: self.clients.orderer.address.clone(),
            peers: self.clients.members.iter().map(peer).collect(),
            directory: self.directory.path().to_owned(),
            millis,
        }
    }

    /// Writes a file of variables for every identity and says how to use them.
    pub(super) fn up(
        &self,
        chaincode: &str,
        sample: bool,
        watched: Option<&Watched>,
    ) -> Result<Event> {
        let shared = Shared {
            channel: &self.clients.channel,
            chaincode,
            orderer_address: self.clients.orderer.address.clone(),
            orderer_tls_ca: self.material.orderer.tls_ca.clone(),
            peers: self
                .material
                .organisations
                .iter()
                .map(|organisation| {
                    (
                        organisation.peer.address.to_string(),
                        organisation.peer.tls_ca.clone(),
                    )
                })
                .collect(),
            program: std::env::current_exe()
                .ok()
                .and_then(|program| program.parent().map(Path::to_owned)),
        };
        let (mut files, mut profiles) = (BTreeMap::new(), BTreeMap::new());
        for organisation in &self.material.organisations {
            let name = organisation.msp_id.trim_end_matches("MSP");
            let described = Described {
                name,
                msp_id: &organisation.msp_id,
                peer: &organisation.peer.identity.common_name,
                address: organisation.peer.address.to_string(),
                tls_ca: &organisation.peer.tls.ca,
            };
            let profile = connection_profile::write(&organisation.dir, &described)?;
            profiles.insert(name.to_owned(), profile);
            for (who, account) in [("user", &organisation.user), ("admin", &organisation.admin)] {
                let file = self.directory.path().join(format!("{name}-{who}.env"));
                environment::write(&file, &environment_account(organisation, account), &shared)?;
                files.insert(format!("{name}-{who}"), file);
            }
        }
        Ok(Event::Up {
            directory: self.directory.path().to_owned(),
            page: self.servers.page(),
            environment: files,
            connection_profiles: profiles,
            try_this: try_this(&self.clients.channel, chaincode, sample),
            watched: watched.map(|watched| watched.directory.clone()),
        })
    }

    /// Stops every server and gives the directory that is kept.
    pub(super) async fn stop(self) -> Result<Option<PathBuf>> {
        drop(self.clients);
        self.servers.stop().await;
        match self.directory {
            Directory::Temporary(_) => Ok(None),
            Directory::Kept(path) => Ok(Some(path)),
        }
    }
}

/// One connection to each server, believing its organisation's TLS authority.
async fn connect(channel: &str, material: &Material) -> Result<Clients> {
    let link = async |node: &Node| {
        let patience = Duration::from_secs(10);
        let endpoint = Endpoint::over_tls(&node.address.to_string(), &node.tls.ca, patience);
        client::connect(&endpoint).await
    };
    let orderer = OrdererLink {
        address: material.orderer.address.to_string(),
        connection: link(&material.orderer).await?,
    };
    let mut members = Vec::new();
    for organisation in &material.organisations {
        members.push(Member {
            msp_id: organisation.msp_id.clone(),
            address: organisation.peer.address.to_string(),
            peer: link(&organisation.peer).await?,
            admin: organisation.admin.identity.signing_identity()?,
            user: organisation.user.identity.signing_identity()?,
        });
    }
    Ok(Clients {
        channel: channel.to_owned(),
        orderer,
        members,
    })
}

fn environment_account<'a>(
    organisation: &'a Organisation,
    account: &'a Account,
) -> environment::Account<'a> {
    environment::Account {
        msp_id: &organisation.msp_id,
        msp_dir: &account.msp_dir,
        peer_address: organisation.peer.address.to_string(),
        peer_tls_ca: &organisation.peer.tls_ca,
        peer_name: &organisation.peer.identity.common_name,
        organisation: &organisation.dir,
    }
}

/// Lines for a shell that has sourced one of the files.
fn try_this(channel: &str, chaincode: &str, sample: bool) -> Vec<String> {
    let (invoke, query) = match sample {
        true => (" TransferAsset --id asset2 --new-owner You", "GetAllAssets"),
        // Tells what it takes.
        false => ("", "org.hyperledger.fabric:GetMetadata"),
    };
    vec![
        format!("selvedge invoke -C {channel} -n {chaincode}{invoke}"),
        format!(
            "selvedge chaincode query -C {channel} -n {chaincode} -c '{{\"Args\":[\"{query}\"]}}'"
        ),
        format!("selvedge lifecycle chaincode querycommitted -C {channel}"),
    ]
}
