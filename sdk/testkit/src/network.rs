use crate::backend::Runner;
use crate::block::Block;
use crate::collections::Collections;
use crate::definition::{Definition, Rule};
use crate::envelope::genesis_envelope;
use crate::must::must;
use crate::organisation::Organisation;
use crate::peer::Peer;
use crate::report;
use crate::request::distinct;
use crate::simulated::Simulation;
use crate::strict::Strict;
use crate::{Backend, Client, Collection, Deployed, Request};
use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use selvedge_identity::MspManager;
use selvedge_identity::cryptogen::NodeRole;
use selvedge_interface::Timestamp;
use selvedge_ledger::{IndexFile, IndexOutcome, Ledger, StateDatabase};
use selvedge_sdk::Chaincode;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tempfile::TempDir;

/// 2025-01-01T00:00:00Z.
const BEGINNING: i64 = 1_735_689_600;

/// One channel in this process, with the chaincode deployed on it. Cheap to clone; all clones are one network.
#[derive(Clone)]
pub struct Network(pub(crate) Arc<Inner>);

/// An index of a collection or of the public state, as given: chaincode, collection, definition.
type IndexDefinition = (String, Option<String>, String);

pub(crate) struct Inner {
    pub(crate) organisations: Vec<(String, Arc<Organisation>)>,
    pub(crate) msps: Arc<MspManager>,
    pub(crate) peers: Vec<Arc<Peer>>,
    /// All blocks. Held while the next one is made and committed.
    pub(crate) chain: Mutex<Vec<Block>>,
    pub(crate) chaincode: RwLock<BTreeMap<String, Definition>>,
    pub(crate) collections: Arc<Collections>,
    pub(crate) indexes: Mutex<Vec<IndexDefinition>>,
    pub(crate) strict: Mutex<Strict>,
    /// What was simulated, in order.
    pub(crate) journal: Mutex<Vec<(String, Arc<Simulation>)>>,
    pub(crate) clock: AtomicI64,
    pub(crate) nonces: AtomicU64,
    pub(crate) state_database: StateDatabase,
    _dir: TempDir,
}

impl Inner {
    /// A peer that has every block.
    pub(crate) fn current(&self) -> &Arc<Peer> {
        let found = self.peers.iter().find(|peer| peer.is_current());
        found.unwrap_or_else(|| {
            panic!("every peer is down or lags behind: start one, or let one catch up")
        })
    }
}

impl Network {
    /// Of the channel, in every proposal.
    pub const CHANNEL: &'static str = "testchannel";

    /// A new channel with a genesis block and nothing else, and one peer that stands for every organisation: nobody's
    /// endorsement is asked for. Its clock stands at the beginning of 2025. Its state follows the rules of a peer with
    /// `stateDatabase: CouchDB`, so rich queries are answered.
    pub fn new() -> Self {
        Self::with_state_database(StateDatabase::CouchDb)
    }

    /// As [`Network::new`], by the rules of a peer with the other kind of state database: what it refuses, it refuses
    /// here.
    pub fn with_state_database(state_database: StateDatabase) -> Self {
        Self::build(Vec::new(), state_database)
    }

    /// A channel of these organisations, each with a peer that has a ledger and private data of its own. Transactions are
    /// simulated by every peer that can and must be endorsed as the chaincode's policy asks; where it says nothing, by
    /// more than half of the organisations.
    ///
    /// ```
    /// use selvedge_testkit::Network;
    ///
    /// let network = Network::with_organisations(["Org1MSP", "Org2MSP"]);
    /// let assets = network.deploy("basic", asset_transfer::CHAINCODE);
    /// let ann = network.client("Org1MSP", "ann");
    /// assets.submit(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300));
    ///
    /// let alone = assets
    ///     .request(&ann, "DeleteAsset", ("a1",))
    ///     .endorsed_by(["Org1MSP"])
    ///     .simulate();
    /// assert_eq!(
    ///     network.commit([&alone])[0].to_string(),
    ///     "ENDORSEMENT_POLICY_FAILURE: basic asks for AND('Org1MSP.peer', 'Org2MSP.peer'); endorsed by Org1MSP"
    /// );
    /// ```
    ///
    /// # Panics
    /// Without organisations.
    pub fn with_organisations(msp_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::with_organisations_and(msp_ids, StateDatabase::CouchDb)
    }

    /// As [`Network::with_organisations`], with peers of the other kind of state database.
    pub fn with_organisations_and(
        msp_ids: impl IntoIterator<Item = impl Into<String>>,
        state_database: StateDatabase,
    ) -> Self {
        let msp_ids = distinct(msp_ids);
        assert!(!msp_ids.is_empty(), "a channel has an organisation");
        let organisations = msp_ids.into_iter().map(|msp_id| {
            let organisation = Organisation::of(&msp_id, BEGINNING);
            (msp_id, organisation)
        });
        Self::build(organisations.collect(), state_database)
    }

    pub(crate) fn build(
        organisations: Vec<(String, Arc<Organisation>)>,
        state_database: StateDatabase,
    ) -> Self {
        let dir = must(
            "making a temporary directory",
            TempDir::with_prefix("selvedge-testkit-"),
        );
        let names = organisations.iter().map(|(name, _)| name.clone()).collect();
        let collections = Arc::new(Collections::new(names));
        let genesis = Block::new(
            0,
            &[],
            vec![genesis_envelope(Self::CHANNEL)],
            vec![0],
            vec![],
        );
        let mut owners: Vec<Option<_>> = organisations.iter().cloned().map(Some).collect();
        if owners.is_empty() {
            owners.push(None);
        }
        let peers = owners.into_iter().enumerate().map(|(index, owner)| {
            let dir = dir.path().join(index.to_string());
            Arc::new(Peer::create(
                &dir,
                &genesis,
                &collections,
                owner,
                state_database,
            ))
        });
        let msps = organisations.iter().map(|(_, of)| Arc::clone(&of.msp));
        Self(Arc::new(Inner {
            msps: Arc::new(MspManager::new(msps)),
            peers: peers.collect(),
            organisations,
            chain: Mutex::new(vec![genesis]),
            chaincode: RwLock::default(),
            collections,
            indexes: Mutex::default(),
            strict: Mutex::default(),
            journal: Mutex::default(),
            clock: AtomicI64::new(BEGINNING),
            nonces: AtomicU64::new(0),
            state_database,
            _dir: dir,
        }))
    }

    /// Somebody with a certificate from the organisation's authority. An organisation that is not of the channel is a
    /// stranger: its clients are refused.
    pub fn client(&self, msp_id: &str, name: &str) -> Client {
        self.client_with(msp_id, name, &[])
    }

    /// As [`Network::client`], with attributes in the certificate as Fabric's CA writes them.
    pub fn client_with(&self, msp_id: &str, name: &str, attributes: &[(&str, &str)]) -> Client {
        Organisation::of(msp_id, BEGINNING).member(name, NodeRole::Client, attributes)
    }

    /// Somebody whose certificate says `admin`.
    pub fn admin(&self, msp_id: &str, name: &str) -> Client {
        Organisation::of(msp_id, BEGINNING).member(name, NodeRole::Admin, &[])
    }

    /// Makes a contract callable as `name`, natively. Deploying under a taken name is an upgrade: the state stays.
    pub fn deploy(&self, name: &str, chaincode: Chaincode) -> Deployed {
        self.deploy_on(Backend::Native, name, chaincode)
    }

    /// Makes a contract callable as `name` on a runtime. [`Backend::Wasm`] compiles its crate first.
    pub fn deploy_on(&self, backend: Backend, name: &str, chaincode: Chaincode) -> Deployed {
        self.define(name, Runner::new(backend, chaincode))
    }

    /// Makes anything a runtime can execute callable as `name`: a component in an engine with limits of its own, say.
    pub fn deploy_executable(
        &self,
        name: &str,
        chaincode: Arc<dyn selvedge_runtime::Chaincode>,
    ) -> Deployed {
        self.define(name, Runner::Executable(chaincode))
    }

    fn define(&self, name: &str, runner: Runner) -> Deployed {
        let majority = || Rule::majority(&self.0.organisations, &self.0.msps);
        let definition = Definition {
            runner,
            policy: (!self.0.organisations.is_empty()).then(majority),
            init_version: None,
        };
        let mut all = self.0.chaincode.write();
        match all.get_mut(name) {
            // An upgrade keeps what was agreed on.
            Some(known) => known.runner = definition.runner,
            None => {
                all.insert(name.to_owned(), definition);
            }
        }
        Deployed::new(self.clone(), name)
    }

    /// A chaincode that is deployed already, here or where this network was forked from.
    ///
    /// # Panics
    /// If there is none of that name.
    pub fn deployed(&self, name: &str) -> Deployed {
        let known = self.0.chaincode.read().contains_key(name);
        assert!(known, "no chaincode {name} is deployed");
        Deployed::new(self.clone(), name)
    }

    /// Gives a chaincode a private data collection of which everybody is a member, and whose data never expires.
    pub fn add_collection(&self, chaincode: &str, collection: &str) {
        self.define_collection(chaincode, Collection::new(collection));
    }

    /// Gives a chaincode a private data collection, or changes it.
    pub fn define_collection(&self, chaincode: &str, collection: Collection) {
        self.0.collections.add(chaincode, collection);
    }

    /// Makes an index from a definition as it stands in `META-INF/statedb/couchdb/indexes`, or below
    /// `META-INF/statedb/couchdb/collections/<collection>/indexes`.
    ///
    /// # Panics
    /// For a definition that peers would refuse.
    #[track_caller]
    pub fn add_index(&self, chaincode: &str, collection: Option<&str>, definition: &str) {
        if let Err(refusal) = self.try_add_index(chaincode, collection, definition) {
            panic!("the index is refused: {refusal}");
        }
    }

    /// As [`Network::add_index`], for a definition that may be bad.
    ///
    /// # Errors
    /// What peers would say of the definition.
    pub fn try_add_index(
        &self,
        chaincode: &str,
        collection: Option<&str>,
        definition: &str,
    ) -> Result<(), String> {
        let file = IndexFile {
            name: "index.json".to_owned(),
            definition: Bytes::copy_from_slice(definition.as_bytes()),
        };
        for peer in &self.0.peers {
            let files = std::slice::from_ref(&file);
            let outcomes = peer.ledger.deploy_indexes(chaincode, collection, files);
            for (_, outcome) in must("making an index", outcomes) {
                if let IndexOutcome::Refused(error) = outcome {
                    return Err(error.to_string());
                }
            }
        }
        self.0.indexes.lock().push((
            chaincode.to_owned(),
            collection.map(str::to_owned),
            definition.to_owned(),
        ));
        Ok(())
    }

    /// Moves the clock of the following transactions on.
    pub fn advance(&self, seconds: i64) {
        self.0.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Sets the clock of the following transactions, in seconds since 1970.
    pub fn set_time(&self, seconds: i64) {
        self.0.clock.store(seconds, Ordering::Relaxed);
    }

    /// Number of blocks.
    pub fn height(&self) -> u64 {
        self.ledger().height()
    }

    /// The ledger of a peer that has every block, for everything else.
    pub fn ledger(&self) -> &Ledger {
        &self.0.current().ledger
    }

    /// The committed bytes of a public key.
    pub fn state(&self, chaincode: &str, key: &str) -> Option<Bytes> {
        let found = self.ledger().snapshot().get(chaincode, key);
        must("reading the state", found).map(|versioned| versioned.value)
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp {
            seconds: self.0.clock.load(Ordering::Relaxed),
            nanos: 0,
        }
    }

    /// Different for every transaction of the network, the same in every run.
    pub(crate) fn nonce(&self) -> [u8; 24] {
        let mut nonce = [0; 24];
        nonce[16..].copy_from_slice(&self.0.nonces.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        nonce
    }

    pub(crate) fn note(&self, request: &Request, simulation: &Arc<Simulation>) {
        report::simulated(request, simulation.cost);
        let entry = (request.label(), Arc::clone(simulation));
        self.0.journal.lock().push(entry);
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("height", &self.height())
            .finish_non_exhaustive()
    }
}
