use crate::backend::Runner;
use crate::block::Chain;
use crate::client::Organisations;
use crate::collections::Collections;
use crate::must::must;
use crate::{Backend, Client, Deployed, Simulated, Verdict};
use bytes::Bytes;
use parking_lot::RwLock;
use selvedge_interface::Timestamp;
use selvedge_ledger::{IndexFile, IndexOutcome, Ledger, StateDatabase};
use selvedge_sdk::Chaincode;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tempfile::TempDir;

/// 2025-01-01T00:00:00Z.
const BEGINNING: i64 = 1_735_689_600;

/// One channel in a temporary directory, with the chaincode deployed on it. Cheap to clone; all clones are one network.
#[derive(Clone)]
pub struct Network(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) chain: Chain,
    pub(crate) chaincode: RwLock<BTreeMap<String, Runner>>,
    pub(crate) collections: Arc<Collections>,
    organisations: Organisations,
    clock: AtomicI64,
    nonces: AtomicU64,
    _dir: TempDir,
}

impl Network {
    /// Of the channel, in every proposal.
    pub const CHANNEL: &'static str = "testchannel";

    /// A new channel with a genesis block and nothing else. Its clock stands at the beginning of 2025. Its state follows
    /// the rules of a peer with `stateDatabase: CouchDB`, so rich queries are answered.
    pub fn new() -> Self {
        Self::with_state_database(StateDatabase::CouchDb)
    }

    /// As [`Network::new`], by the rules of a peer with the other kind of state database: what it refuses, it refuses
    /// here.
    pub fn with_state_database(state_database: StateDatabase) -> Self {
        let dir = must(
            "making a temporary directory",
            TempDir::with_prefix("selvedge-testkit-"),
        );
        Self(Arc::new(Inner {
            chain: Chain::create(&dir.path().join("ledger"), Self::CHANNEL, state_database),
            chaincode: RwLock::default(),
            collections: Arc::default(),
            organisations: Organisations::default(),
            clock: AtomicI64::new(BEGINNING),
            nonces: AtomicU64::new(0),
            _dir: dir,
        }))
    }

    /// Somebody with a certificate from the organisation's authority.
    pub fn client(&self, msp_id: &str, name: &str) -> Client {
        self.client_with(msp_id, name, &[])
    }

    /// As [`Network::client`], with attributes in the certificate as Fabric's CA writes them.
    pub fn client_with(&self, msp_id: &str, name: &str, attributes: &[(&str, &str)]) -> Client {
        self.0
            .organisations
            .enroll(msp_id, name, attributes, BEGINNING)
    }

    /// Makes a contract callable as `name`, natively. Deploying under a taken name is an upgrade: the state stays.
    pub fn deploy(&self, name: &str, chaincode: Chaincode) -> Deployed {
        self.deploy_on(Backend::Native, name, chaincode)
    }

    /// Makes a contract callable as `name` on a runtime. [`Backend::Wasm`] compiles its crate first.
    pub fn deploy_on(&self, backend: Backend, name: &str, chaincode: Chaincode) -> Deployed {
        let runner = Runner::new(backend, chaincode);
        self.0.chaincode.write().insert(name.to_owned(), runner);
        Deployed::new(self.clone(), name)
    }

    /// Makes anything a runtime can execute callable as `name`: a component in an engine with limits of its own, say.
    pub fn deploy_executable(
        &self,
        name: &str,
        chaincode: Arc<dyn selvedge_runtime::Chaincode>,
    ) -> Deployed {
        self.0
            .chaincode
            .write()
            .insert(name.to_owned(), Runner::Executable(chaincode));
        Deployed::new(self.clone(), name)
    }

    /// Gives a chaincode a private data collection. Everybody is a member, and data never expires.
    pub fn add_collection(&self, chaincode: &str, collection: &str) {
        self.0.collections.add(chaincode, collection);
    }

    /// Makes an index from a definition as it stands in `META-INF/statedb/couchdb/indexes`, or below
    /// `META-INF/statedb/couchdb/collections/<collection>/indexes`.
    ///
    /// # Panics
    /// For a definition that peers would refuse.
    #[track_caller]
    pub fn add_index(&self, chaincode: &str, collection: Option<&str>, definition: &str) {
        let file = IndexFile {
            name: "index.json".to_owned(),
            definition: Bytes::copy_from_slice(definition.as_bytes()),
        };
        let outcomes = self.ledger().deploy_indexes(chaincode, collection, &[file]);
        for (_, outcome) in must("making an index", outcomes) {
            if let IndexOutcome::Refused(error) = outcome {
                panic!("the index is refused: {error}");
            }
        }
    }

    /// Puts simulated transactions into one block, in this order, and commits it.
    ///
    /// # Panics
    /// For a transaction that was refused when it was simulated: no peer would have endorsed it.
    pub fn commit<'s>(
        &self,
        transactions: impl IntoIterator<Item = &'s Simulated>,
    ) -> Vec<Verdict> {
        self.0.chain.commit(transactions)
    }

    /// Commits a block without transactions.
    pub fn commit_empty(&self) {
        self.0.chain.commit([]);
    }

    /// Moves the clock of the following transactions on.
    pub fn advance(&self, seconds: i64) {
        self.0.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Number of blocks.
    pub fn height(&self) -> u64 {
        self.ledger().height()
    }

    /// The peer's ledger, for everything else.
    pub fn ledger(&self) -> &Ledger {
        self.0.chain.ledger()
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
