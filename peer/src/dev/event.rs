//! What happens in a development network, as data. `show` prints it for a person or as JSON lines.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use crate::page::ConflictView;

/// One thing that happened. Durations are in milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Event {
    /// The contract was compiled and packaged, or read from a package.
    Built {
        label: String,
        package_id: String,
        component_bytes: Option<usize>,
        package_bytes: usize,
        millis: f64,
    },
    /// Every peer has joined the channel and answers.
    NetworkReady {
        channel: String,
        orderer: String,
        peers: Vec<PeerView>,
        directory: PathBuf,
        millis: f64,
    },
    /// A step of the chaincode's deployment.
    Deployment {
        step: &'static str,
        by: Vec<String>,
        outcome: Option<TransactionView>,
        millis: f64,
    },
    /// The chaincode can be invoked on every peer.
    Deployed {
        name: String,
        version: String,
        sequence: i64,
        package_id: String,
        millis: f64,
    },
    /// Source files of the contract changed; cargo builds.
    Changed { files: Vec<PathBuf> },
    /// What was built is what runs already.
    Unchanged { millis: f64 },
    /// The contract as it is now runs on every peer, with the state that was there.
    Redeployed {
        name: String,
        version: String,
        sequence: i64,
        package_id: String,
        /// Since the change was seen.
        millis: f64,
        millis_after_cargo: f64,
    },
    /// A build or a deployment did not succeed; the code from before goes on running.
    RedeployFailed { step: &'static str, message: String },
    /// What the scripted session tries next, in a sentence.
    Chapter { title: String },
    /// A transaction was ordered and every peer has committed its block.
    Transaction {
        call: String,
        outcome: TransactionView,
        result: Option<Value>,
        millis: f64,
    },
    /// The chaincode or a peer refused to endorse: nothing was ordered.
    Refused {
        call: String,
        status: i32,
        message: String,
        millis: f64,
    },
    /// A question to one peer.
    Query {
        call: String,
        result: Value,
        millis: f64,
    },
    /// The network stays up; this is how to talk to it.
    Up {
        directory: PathBuf,
        /// Address of a page that shows blocks as they come.
        page: String,
        environment: BTreeMap<String, PathBuf>,
        /// By organisation, in JSON; the same in YAML is beside each.
        connection_profiles: BTreeMap<String, PathBuf>,
        try_this: Vec<String>,
        /// The crate that is built and deployed again when its source changes.
        watched: Option<PathBuf>,
    },
    /// The network is down again.
    Stopped { directory: Option<PathBuf> },
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct PeerView {
    pub(super) msp_id: String,
    pub(super) address: String,
}

/// Where a transaction ended up, the same on every peer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TransactionView {
    pub(super) tx_id: String,
    pub(super) block: u64,
    /// Position in the block.
    pub(super) index: u64,
    /// Fabric's name of the validation code.
    pub(super) code: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) conflicts: Vec<ConflictView>,
}
