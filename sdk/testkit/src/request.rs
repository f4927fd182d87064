use crate::compare::difference;
use crate::envelope::{Contents, envelope};
use crate::must::must;
use crate::outside::{Invocation, Record};
use crate::peer::Peer;
use crate::simulated::{Endorsed, Simulation};
use crate::watch::{Cost, Trap, TrapKind, Watch, overwrites_something_else};
use crate::{Client, Network, Simulated};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_interface::{Input, Response, Timestamp, Transaction};
use selvedge_ledger::SimulationResults;
use selvedge_runtime::Budget;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A proposal in the making: who asks what of which chaincode, and how it is endorsed. Made by
/// [`crate::Deployed::request`]; it can be simulated any number of times, each time as a transaction of its own.
#[derive(Clone, Debug)]
pub struct Request {
    network: Network,
    chaincode: String,
    client: Client,
    args: Vec<Bytes>,
    transient: BTreeMap<String, Bytes>,
    is_init: bool,
    time: Option<Timestamp>,
    endorsers: Option<Vec<String>>,
    nonce: Option<[u8; 24]>,
    pub(crate) fault: Option<usize>,
    pub(crate) fuel: u64,
}

impl Request {
    pub(crate) fn new(
        network: &Network,
        chaincode: &str,
        client: &Client,
        args: Vec<Bytes>,
    ) -> Self {
        Self {
            network: network.clone(),
            chaincode: chaincode.to_owned(),
            client: client.clone(),
            args,
            transient: BTreeMap::new(),
            is_init: false,
            time: None,
            endorsers: None,
            nonce: None,
            fault: None,
            fuel: Budget::DEFAULT_FUEL,
        }
    }

    /// Sends a value beside the proposal.
    pub fn transient(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        let value = Bytes::copy_from_slice(value.as_ref());
        self.transient.insert(name.into(), value);
        self
    }

    /// The call is the initialization that the definition requires.
    pub fn init(self) -> Self {
        self.init_if(true)
    }

    pub(crate) fn init_if(mut self, is_init: bool) -> Self {
        self.is_init = is_init;
        self
    }

    /// The client's clock, in seconds since 1970, instead of the network's.
    pub fn at(mut self, seconds: i64) -> Self {
        self.time = Some(Timestamp { seconds, nanos: 0 });
        self
    }

    /// Asks the peers of these organisations, instead of all that can endorse.
    pub fn endorsed_by(mut self, msp_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.endorsers = Some(msp_ids.into_iter().map(Into::into).collect());
        self
    }

    /// The same proposal, its ID and time included, on another network: on a fork, say.
    pub fn on(&self, network: &Network) -> Self {
        Self {
            network: network.clone(),
            ..self.clone()
        }
    }

    /// The chaincode it is for.
    pub fn chaincode(&self) -> &str {
        &self.chaincode
    }

    /// The first argument, as text.
    pub fn function(&self) -> String {
        let name = self.args.first().map_or(&[][..], |name| name.as_ref());
        String::from_utf8_lossy(name).into_owned()
    }

    /// The client, the function and its arguments.
    pub fn label(&self) -> String {
        let args: Vec<_> = self
            .args
            .iter()
            .skip(1)
            .map(|arg| String::from_utf8_lossy(arg))
            .collect();
        format!(
            "{}: {}({})",
            self.client.name(),
            self.function(),
            args.join(", ")
        )
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// With its ID and time fixed: every simulation is then of the same transaction.
    pub(crate) fn pinned(&self) -> Self {
        let mut pinned = self.clone();
        pinned.nonce.get_or_insert_with(|| self.network.nonce());
        pinned.time.get_or_insert_with(|| self.network.now());
        pinned
    }

    /// Simulates it on the committed state of the endorsing peers and compares what they say. Nothing changes until
    /// [`Network::commit`].
    pub fn simulate(&self) -> Simulated {
        let request = self.pinned();
        let transaction = Arc::new(request.transaction());
        let (simulation, endorsers, mismatch) = match request.denied() {
            Some(response) => (Simulation::refusal(response), Vec::new(), None),
            None => request.endorse(&transaction),
        };
        let nonce = request.nonce.unwrap_or_default();
        let envelope = envelope(&Contents {
            transaction: &transaction,
            nonce: &nonce,
            chaincode: &request.chaincode,
            args: &request.args,
            response: &simulation.response,
            results: &simulation.results.public,
            event: simulation.event.as_ref(),
        });
        let simulation = Arc::new(simulation);
        self.network.note(&request, &simulation);
        let tx_id = transaction.tx_id.clone();
        let endorsed = Endorsed {
            by: endorsers,
            mismatch,
        };
        Simulated::new(request, tx_id, simulation, endorsed, envelope)
    }

    /// Simulates it and commits it in a block of its own.
    ///
    /// # Panics
    /// If it is refused or not valid.
    #[track_caller]
    pub fn submit(&self) -> Simulated {
        let simulated = self.simulate();
        simulated.expect_ok();
        let verdicts = self.network.commit([&simulated]);
        for verdict in &verdicts {
            assert!(
                verdict.is_valid(),
                "{} was endorsed, then invalidated: {verdict}",
                self.function()
            );
        }
        simulated
    }

    /// What a peer says to a client that is no member of the channel. Fabric: core/endorser/msgvalidation.go.
    fn denied(&self) -> Option<Response> {
        let known = self.network.knows(self.client.msp_id());
        (!known).then(|| {
            Response::error(format!(
                "error validating proposal: access denied: channel [{}] creator org unknown, creator is malformed",
                Network::CHANNEL
            ))
        })
    }

    /// One peer first: what it read in private says who else can endorse.
    fn endorse(
        &self,
        transaction: &Arc<Transaction>,
    ) -> (Simulation, Vec<Arc<Peer>>, Option<String>) {
        let mut peers = self
            .network
            .endorsers(&self.client, self.endorsers.as_deref());
        let first = peers.remove(0);
        let mut simulation = self.simulate_on(&first, transaction);
        if peers.is_empty() && self.network.is_strict() && self.is_native() {
            let again = self.simulate_on(&first, transaction);
            let same_state = simulation.height == again.height;
            if let (true, Some(found)) = (
                same_state,
                difference(("first", &simulation), ("second", &again)),
            ) {
                simulation
                    .traps
                    .push(Trap::new(TrapKind::Nondeterministic, found));
            }
        }
        if self.endorsers.is_none() {
            let read = &simulation.results.private_reads;
            peers.retain(|peer| self.network.holds_all(peer, read));
        }
        let mut mismatch = None;
        for peer in &peers {
            let other = self.simulate_on(peer, transaction);
            mismatch =
                mismatch.or_else(|| difference((first.name(), &simulation), (peer.name(), &other)));
        }
        peers.insert(0, first);
        (simulation, peers, mismatch)
    }

    pub(crate) fn is_native(&self) -> bool {
        let definitions = self.network.0.chaincode.read();
        let found = definitions.get(&self.chaincode);
        found.is_some_and(|definition| definition.runner.is_native())
    }

    pub(crate) fn simulate_on(
        &self,
        peer: &Arc<Peer>,
        transaction: &Arc<Transaction>,
    ) -> Simulation {
        let collections = Arc::clone(&self.network.0.collections);
        let simulator = peer.ledger.simulator(&transaction.tx_id, collections);
        let height = simulator.height();
        let invocation = Invocation {
            network: self.network.clone(),
            client: self.client.clone(),
            simulator: Arc::new(Mutex::new(simulator)),
            transaction: Arc::clone(transaction),
            record: Arc::new(Mutex::new(Record::default())),
            watch: Arc::new(Mutex::new(self.watch())),
            budget: Budget::new(self.fuel, Budget::DEFAULT_HOST_WORK),
            depth: 0,
        };
        let input = Input {
            args: self.args.clone(),
            is_init: self.is_init,
        };
        let outcome = invocation
            .run(&self.chaincode, input)
            .unwrap_or_else(|| panic!("no chaincode {} is deployed", self.chaincode));
        let results = must(
            "ending the simulation",
            invocation.simulator.lock().results(),
        );
        match outcome {
            Ok(response) => self.simulation(&invocation, response, results, height),
            Err(refusal) => Simulation::refusal(Response::error(refusal)),
        }
    }

    fn watch(&self) -> Watch {
        let mut watch = Watch::default();
        watch.fault = self.fault;
        let secrets = &mut watch.secrets;
        secrets.known.clone_from(&self.args);
        for (name, value) in &self.transient {
            secrets.transient.push((name.clone(), value.clone()));
        }
        watch
    }

    fn simulation(
        &self,
        invocation: &Invocation,
        response: Response,
        results: SimulationResults,
        height: u64,
    ) -> Simulation {
        let Record { event, log } = std::mem::take(&mut *invocation.record.lock());
        let mut watch = std::mem::take(&mut *invocation.watch.lock());
        if response.status < Response::ERROR_THRESHOLD {
            let event = event.as_ref().map(|event| &event.payload);
            self.look_for_traps(invocation, &mut watch, &response, event);
        }
        let budget = &invocation.budget;
        let args: usize = self.args.iter().map(Bytes::len).sum();
        let cost = Cost {
            fuel: self.fuel - budget.fuel(),
            memory_pages: budget.memory() >> 16,
            host_calls: watch.calls.len(),
            reads: watch.reads,
            writes: watch.writes(),
            bytes_in: args + watch.calls.iter().map(|call| call.received).sum::<usize>(),
            bytes_out: response.payload.len()
                + watch.calls.iter().map(|call| call.sent).sum::<usize>(),
            rwset_bytes: results.public.len(),
        };
        Simulation {
            response,
            results,
            event,
            log,
            height,
            fallible: watch.fallible,
            calls: watch.calls,
            traps: watch.traps,
            cost,
        }
    }

    fn look_for_traps(
        &self,
        invocation: &Invocation,
        watch: &mut Watch,
        response: &Response,
        event: Option<&Bytes>,
    ) {
        watch.finish();
        let swallowed: Vec<String> = watch
            .calls
            .iter()
            .filter(|call| call.error.is_some())
            .map(ToString::to_string)
            .collect();
        for call in swallowed {
            watch.trap(TrapKind::SwallowedError, call);
        }
        let writes = std::mem::take(&mut watch.public_writes);
        if writes.is_empty() {
            return;
        }
        let snapshot = invocation.simulator.lock().peek().clone();
        for (namespace, key, value) in &writes {
            let old = must("reading the state", snapshot.get(namespace, key));
            if old.is_some_and(|old| overwrites_something_else(&old.value, value)) {
                let key = crate::rwset::readable_key(key);
                watch.trap(TrapKind::KeyCollision, format!("{namespace}/{key}"));
            }
        }
        if watch.secrets.is_empty() {
            return;
        }
        let written = writes.iter().map(|(_, key, value)| (key.as_str(), value));
        let said = [
            ("the payload", Some(&response.payload)),
            ("the event", event),
        ];
        let said = said
            .into_iter()
            .filter_map(|(what, value)| Some((what, value?)));
        let public: Vec<(String, Bytes)> = written
            .chain(said)
            .map(|(place, value)| (crate::rwset::readable_key(place), value.clone()))
            .collect();
        for (place, value) in public {
            let private = watch.secrets.private_in(&value).map(str::to_owned);
            if let Some(source) = private {
                watch.trap(TrapKind::PrivateDataLeak, format!("{source} in {place}"));
            }
            let transient = watch.secrets.transient_in(&value).map(str::to_owned);
            if let Some(source) = transient {
                watch.trap(TrapKind::TransientLeak, format!("{source} in {place}"));
            }
        }
    }

    /// The transaction that this proposal, pinned, becomes.
    pub(crate) fn transaction(&self) -> Transaction {
        let nonce = self.nonce.unwrap_or_default();
        let creator = self.client.serialized().clone();
        let tx_id = hex::encode(
            Sha256::new()
                .chain_update(nonce)
                .chain_update(&creator)
                .finalize(),
        );
        let binding = Sha256::new()
            .chain_update(nonce)
            .chain_update(&creator)
            .chain_update([0; 8])
            .finalize();
        Transaction {
            tx_id,
            channel_id: Network::CHANNEL.to_owned(),
            timestamp: self.time.unwrap_or_default(),
            creator,
            binding: Bytes::copy_from_slice(&binding),
            transient: self.transient.clone(),
            decorations: BTreeMap::new(),
            signed_proposal: Bytes::new(),
        }
    }
}

/// Organisations without duplicates, in order.
pub(crate) fn distinct(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names
        .into_iter()
        .map(Into::into)
        .filter(|name: &String| seen.insert(name.clone()))
        .collect()
}
