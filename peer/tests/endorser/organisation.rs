//! The peer of one recorded organisation, with the recorded packages run by a native build of the script chaincode.

use crate::recording::{Recording, golden};
use crate::stream;
use script::Script;
use selvedge_identity::{Msp, SigningIdentity};
use selvedge_interface::{Host, Response};
use selvedge_ledger::Options;
use selvedge_peer::{
    endorser::{Endorser, EndorserOptions},
    legacy::LegacyPackages,
    lifecycle::DefinedBlockToLive,
    node::{Clock, Parts, Peer},
};
use selvedge_runtime::{
    BuildError, Builder, Call, Chaincode, EngineConfig, ExecuteError, Package, PackageStore,
    Present, Runtimes, WasmEngine,
};
use selvedge_sdk::raw::{Program as _, Stub};
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{Duration, UNIX_EPOCH},
};

/// What runs the script chaincode behind the recorded packages, which name an external service.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ScriptRuntime {
    Native,
    Wasm,
    /// Over the chat stream.
    Stream,
}

impl Builder for ScriptRuntime {
    fn kind(&self) -> &str {
        "ccaas"
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        Ok(match self {
            Self::Native => Arc::new(NativeScript),
            Self::Wasm => component(),
            Self::Stream => stream::chaincode(&package.id),
        })
    }
}

/// Compiled once for all tests.
fn component() -> Arc<dyn Chaincode> {
    static LOADED: OnceLock<(WasmEngine, Arc<dyn Chaincode>)> = OnceLock::new();
    let (_, script) = LOADED.get_or_init(|| {
        let engine = WasmEngine::new(&EngineConfig::default()).unwrap();
        let script = engine
            .load(&selvedge_testkit::component(&script::CHAINCODE))
            .unwrap();
        (engine, script)
    });
    Arc::clone(script)
}

pub(crate) struct NativeScript;

impl Chaincode for NativeScript {
    fn execute(&self, call: Call<'_>, host: Box<dyn Host>) -> Result<Response, ExecuteError> {
        Ok(Script::invoke(&Stub::new(host, call.input)))
    }
}

/// The time on every peer's clock, in seconds since 1970: while the recorded certificates were valid.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) struct Organisation {
    name: String,
    runtime: ScriptRuntime,
    dir: tempfile::TempDir,
    pub(crate) peer: Arc<Peer>,
    pub(crate) endorser: Endorser,
}

impl Organisation {
    /// `name` as in the recording: `Org1`.
    pub(crate) fn new(name: &str, runtime: ScriptRuntime) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (peer, endorser) = open(name, runtime, dir.path().to_owned(), None);
        Self {
            name: name.to_owned(),
            runtime,
            dir,
            peer,
            endorser,
        }
    }

    /// Puts the recorded packages where an install would have put them.
    pub(crate) fn install_recorded_packages(&mut self) {
        for file in std::fs::read_dir(golden().join("packages")).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "gz") {
                self.peer
                    .runtimes()
                    .install(&std::fs::read(path).unwrap())
                    .unwrap();
            }
        }
        self.reopen();
    }

    /// Joins the recorded channel and commits blocks until there are `height`.
    pub(crate) fn advance(&mut self, recording: &Recording, channel: &str, height: u64) {
        if self.peer.channel(channel).is_none() {
            self.peer.join(recording.block(0)).unwrap();
        }
        let mut ledger = self.peer.channel(channel).unwrap().ledger().clone();
        for number in ledger.height()..height {
            ledger.commit(recording.input(number, &self.name)).unwrap();
            if recording.is_config(number) {
                drop(ledger);
                self.reopen();
                ledger = self.peer.channel(channel).unwrap().ledger().clone();
            }
        }
    }

    /// Opens the same directories again, as a restart does; configurations are read from the ledgers.
    fn reopen(&mut self) {
        self.reopen_with(None);
    }

    /// From here on in development mode, with whatever `present` knows.
    pub(crate) fn develop(&mut self, present: Arc<dyn Present>) {
        self.reopen_with(Some(present));
    }

    fn reopen_with(&mut self, present: Option<Arc<dyn Present>>) {
        let nowhere = tempfile::tempdir().unwrap();
        let (name, runtime) = (&self.name, self.runtime);
        (self.peer, self.endorser) = open(name, runtime, nowhere.path().to_owned(), None);
        (self.peer, self.endorser) = open(name, runtime, self.dir.path().to_owned(), present);
    }
}

/// The MSP directory of a recorded identity.
pub(crate) fn msp_dir(org: &str, identity: &str) -> PathBuf {
    golden().join(format!(
        "crypto/peerOrganizations/{}.example.com/{identity}/msp",
        org.to_lowercase()
    ))
}

fn open(
    name: &str,
    runtime: ScriptRuntime,
    dir: PathBuf,
    present: Option<Arc<dyn Present>>,
) -> (Arc<Peer>, Endorser) {
    let msp_id = format!("{name}MSP");
    let host = format!("peers/peer0.{}.example.com", name.to_lowercase());
    let store = PackageStore::open(dir.join("chaincodes")).unwrap();
    let dev_mode = present.is_some();
    let mut runtimes = Runtimes::new(store, vec![Arc::new(runtime)]);
    if let Some(present) = present {
        runtimes = runtimes.with_present(present);
    }
    let runtimes = Arc::new(runtimes);
    runtimes.build_all().unwrap();
    let peer = Peer::open(Parts {
        signer: Arc::new(SigningIdentity::from_msp_dir(msp_dir(name, &host), &msp_id).unwrap()),
        local_msp: Arc::new(Msp::from_dir(msp_dir(name, &host), &msp_id).unwrap()),
        runtimes,
        legacy: Arc::new(LegacyPackages::open(dir.join("legacy")).unwrap()),
        operations: Default::default(),
        clock: Clock::fixed(UNIX_EPOCH + Duration::from_secs(NOW)),
        ledgers: dir.join("ledgers"),
        validators: 0,
        ledger_options: Options {
            block_to_live: Arc::new(DefinedBlockToLive),
            sync: false,
            ..Options::default()
        },
    });
    let peer = Arc::new(peer.unwrap());
    let options = EndorserOptions {
        time_window: None,
        dev_mode,
        ..EndorserOptions::default()
    };
    let endorser = Endorser::new(Arc::clone(&peer), options).unwrap();
    (peer, endorser)
}
