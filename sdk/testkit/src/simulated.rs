use crate::peer::Peer;
use crate::watch::{Cost, HostCall, Trap, TrapKind};
use crate::{Network, Request, rwset};
use bytes::Bytes;
use selvedge_identity::Identity;
use selvedge_interface::{Level, Response};
use selvedge_ledger::SimulationResults;
use selvedge_sdk::Arg;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The event a transaction left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// As given by the contract.
    pub name: String,
    /// As given by the contract.
    pub payload: Bytes,
}

/// A line the contract logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How loud.
    pub level: Level,
    /// What.
    pub text: String,
}

/// What one peer made of a transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Simulation {
    pub(crate) response: Response,
    pub(crate) results: SimulationResults,
    pub(crate) event: Option<Event>,
    pub(crate) log: Vec<LogLine>,
    /// Blocks of the peer when it began.
    pub(crate) height: u64,
    /// Host calls that can fail.
    pub(crate) fallible: usize,
    pub(crate) calls: Vec<HostCall>,
    pub(crate) traps: Vec<Trap>,
    pub(crate) cost: Cost,
}

impl Simulation {
    /// No contract ran.
    pub(crate) fn refusal(response: Response) -> Self {
        Self {
            response,
            ..Self::default()
        }
    }
}

/// By whom a transaction is endorsed, and how they differ.
#[derive(Clone)]
pub(crate) struct Endorsed {
    pub(crate) by: Vec<Arc<Peer>>,
    pub(crate) mismatch: Option<String>,
}

/// A simulated transaction: what it answered, read, would write, and said.
#[derive(Clone)]
pub struct Simulated {
    request: Request,
    tx_id: String,
    simulation: Arc<Simulation>,
    identities: Vec<Arc<Identity>>,
    mismatch: Option<String>,
    traps: Vec<Trap>,
    envelope: Bytes,
}

impl Simulated {
    pub(crate) fn new(
        request: Request,
        tx_id: String,
        simulation: Arc<Simulation>,
        endorsed: Endorsed,
        envelope: Bytes,
    ) -> Self {
        let identities = endorsed.by.iter().filter_map(|peer| peer.identity());
        Self {
            identities: identities.cloned().collect(),
            mismatch: endorsed.mismatch,
            traps: simulation.traps.clone(),
            request,
            tx_id,
            simulation,
            envelope,
        }
    }

    /// 64 lower-case hex digits.
    pub fn tx_id(&self) -> &str {
        &self.tx_id
    }

    /// The chaincode that the client called.
    pub fn chaincode(&self) -> &str {
        self.request.chaincode()
    }

    /// The proposal, its ID and time fixed: [`Request::on`] takes it to a fork.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Status, message and payload.
    pub fn response(&self) -> &Response {
        &self.simulation.response
    }

    /// Status and message of a transaction that no peer would endorse.
    pub fn refusal(&self) -> Option<(i32, &str)> {
        let response = self.response();
        (response.status >= Response::ERROR_THRESHOLD)
            .then_some((response.status, response.message.as_str()))
    }

    /// # Panics
    /// If the transaction was refused, if its endorsers disagree, or in strict mode if it stepped into a trap.
    #[track_caller]
    pub fn expect_ok(&self) {
        if let Some((status, message)) = self.refusal() {
            panic!("the transaction was refused with {status}: {message}");
        }
        if let Some(mismatch) = &self.mismatch {
            panic!("ProposalResponsePayloads do not match: {mismatch}");
        }
        self.expect_no_traps(&self.traps);
    }

    #[track_caller]
    pub(crate) fn expect_no_traps(&self, traps: &[Trap]) {
        let network = self.request.network();
        let met: Vec<String> = traps
            .iter()
            .filter(|trap| network.forbids(trap.kind()))
            .map(ToString::to_string)
            .collect();
        assert!(
            met.is_empty(),
            "{} steps into {}:\n{}\n(`Network::allow` permits one with a reason, `Network::lenient` all of them)",
            self.request.label(),
            if met.len() == 1 { "a trap" } else { "traps" },
            met.join("\n")
        );
    }

    /// As a client that evaluates it instead of submitting.
    #[track_caller]
    pub(crate) fn expect_query(&self) {
        self.expect_ok();
        if let Some(key) = self.results().written.first() {
            let subject = format!("{}/{}", key.namespace, rwset::readable_key(&key.key));
            self.expect_no_traps(&[Trap::new(TrapKind::WriteInQuery, subject)]);
        }
    }

    /// How the endorsers differ; `None`: they do not.
    pub fn mismatch(&self) -> Option<&str> {
        self.mismatch.as_deref()
    }

    /// The traps it stepped into, the permitted ones too. Empty for a transaction that was refused.
    pub fn traps(&self) -> &[Trap] {
        &self.traps
    }

    /// The organisations whose peers simulated it.
    pub fn endorsers(&self) -> Vec<&str> {
        self.identities.iter().map(|of| of.msp_id()).collect()
    }

    pub(crate) fn endorser_identities(&self) -> &[Arc<Identity>] {
        &self.identities
    }

    /// What it cost the first endorser.
    pub fn cost(&self) -> Cost {
        self.simulation.cost
    }

    /// What it asked of the first endorser, in order.
    pub fn calls(&self) -> &[HostCall] {
        &self.simulation.calls
    }

    /// The payload as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.response().payload).into_owned()
    }

    /// The payload as the type the contract returned.
    ///
    /// # Panics
    /// As [`Simulated::expect_ok`], and if the payload is not an `R`.
    #[track_caller]
    pub fn result<R: Arg>(&self) -> R {
        self.expect_ok();
        self.decoded()
    }

    #[track_caller]
    pub(crate) fn decoded<R: Arg>(&self) -> R {
        match R::from_wire(&self.response().payload) {
            Ok(value) => value,
            Err(problem) => panic!("the payload {:?}: {problem}", self.text()),
        }
    }

    /// What it read and would write, one line each: see [`Simulated::expect_rwset`].
    pub fn rwset(&self) -> String {
        rwset::text(self.results())
    }

    /// What it would write to collections, in clear, in the same form. Only members hear of it.
    pub fn private_writes(&self) -> String {
        rwset::private_text(self.results())
    }

    /// Reads and writes as endorsers sign them.
    pub fn results(&self) -> &SimulationResults {
        &self.simulation.results
    }

    /// The event it would leave.
    pub fn event(&self) -> Option<&Event> {
        self.simulation.event.as_ref()
    }

    /// The event it would leave, as its type.
    ///
    /// # Panics
    /// If there is none, or it is another one.
    #[track_caller]
    pub fn event_as<E: selvedge_sdk::Event + DeserializeOwned>(&self) -> E {
        let Some(event) = self.event() else {
            panic!("there is no event; expected {}", E::NAME);
        };
        assert_eq!(event.name, E::NAME, "another event");
        match serde_json::from_slice(&event.payload) {
            Ok(event_value) => event_value,
            Err(error) => panic!("the payload of the event {}: {error}", event.name),
        }
    }

    /// What it logged, in order.
    pub fn log(&self) -> &[LogLine] {
        &self.simulation.log
    }

    pub(crate) fn simulation(&self) -> &Arc<Simulation> {
        &self.simulation
    }

    /// The bytes that go into a block.
    pub(crate) fn envelope(&self) -> &Bytes {
        &self.envelope
    }

    pub(crate) fn is_of(&self, network: &Network) -> bool {
        Arc::ptr_eq(&self.request.network().0, &network.0)
    }
}

impl std::fmt::Debug for Simulated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulated")
            .field("request", &self.request.label())
            .field("tx_id", &self.tx_id)
            .field("response", self.response())
            .finish_non_exhaustive()
    }
}
