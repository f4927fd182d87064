use crate::envelope::{Contents, envelope};
use crate::must::must;
use crate::outside::{Invocation, Record};
use crate::{Client, Network, rwset};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_interface::{Input, Level, Response, Transaction};
use selvedge_ledger::SimulationResults;
use selvedge_sdk::Arg;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a client asks for.
pub(crate) struct Proposal<'p> {
    pub(crate) client: &'p Client,
    pub(crate) chaincode: &'p str,
    pub(crate) args: Vec<Bytes>,
    pub(crate) is_init: bool,
    pub(crate) transient: BTreeMap<String, Bytes>,
}

impl Proposal<'_> {
    pub(crate) fn simulate(self, network: &Network) -> Simulated {
        let nonce = network.nonce();
        let transaction = Arc::new(self.transaction(network, &nonce));
        let collections = Arc::clone(&network.0.collections);
        let simulator = Arc::new(Mutex::new(
            network.ledger().simulator(&transaction.tx_id, collections),
        ));
        let record = Arc::new(Mutex::new(Record::default()));
        let invocation = Invocation {
            network: network.clone(),
            simulator: Arc::clone(&simulator),
            transaction: Arc::clone(&transaction),
            record: Arc::clone(&record),
            depth: 0,
        };
        let input = Input {
            args: self.args.clone(),
            is_init: self.is_init,
        };
        let response = invocation
            .run(self.chaincode, input)
            .unwrap_or_else(|| panic!("no chaincode {} is deployed", self.chaincode));
        let results = must("ending the simulation", simulator.lock().results());
        let Record { event, log } = std::mem::take(&mut *record.lock());
        let contents = Contents {
            transaction: &transaction,
            nonce: &nonce,
            chaincode: self.chaincode,
            args: &self.args,
            response: &response,
            results: &results.public,
            event: event.as_ref(),
        };
        let envelope = envelope(&contents);
        Simulated {
            tx_id: transaction.tx_id.clone(),
            response,
            results,
            event,
            log,
            envelope,
        }
    }

    fn transaction(&self, network: &Network, nonce: &[u8]) -> Transaction {
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
            timestamp: network.now(),
            creator,
            binding: Bytes::copy_from_slice(&binding),
            transient: self.transient.clone(),
            decorations: BTreeMap::new(),
            signed_proposal: Bytes::new(),
        }
    }
}

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

/// A simulated transaction: what it answered, read, would write, and said.
#[derive(Clone, Debug)]
pub struct Simulated {
    tx_id: String,
    response: Response,
    results: SimulationResults,
    event: Option<Event>,
    log: Vec<LogLine>,
    envelope: Bytes,
}

impl Simulated {
    /// 64 lower-case hex digits.
    pub fn tx_id(&self) -> &str {
        &self.tx_id
    }

    /// Status, message and payload.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// Status and message of a transaction that no peer would endorse.
    pub fn refusal(&self) -> Option<(i32, &str)> {
        (self.response.status >= Response::ERROR_THRESHOLD)
            .then_some((self.response.status, self.response.message.as_str()))
    }

    /// # Panics
    /// If the transaction was refused.
    #[track_caller]
    pub fn expect_ok(&self) {
        if let Some((status, message)) = self.refusal() {
            panic!("the transaction was refused with {status}: {message}");
        }
    }

    /// The payload as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.response.payload).into_owned()
    }

    /// The payload as the type the contract returned.
    ///
    /// # Panics
    /// If the transaction was refused, or the payload is not an `R`.
    #[track_caller]
    pub fn result<R: Arg>(&self) -> R {
        self.expect_ok();
        match R::from_wire(&self.response.payload) {
            Ok(value) => value,
            Err(problem) => panic!("the payload {:?}: {problem}", self.text()),
        }
    }

    /// What it read and would write, one line each, for expectations in tests: see the crate's own tests for the form.
    pub fn rwset(&self) -> String {
        rwset::text(&self.results)
    }

    /// Reads and writes as endorsers sign them.
    pub fn results(&self) -> &SimulationResults {
        &self.results
    }

    /// The event it would leave.
    pub fn event(&self) -> Option<&Event> {
        self.event.as_ref()
    }

    /// What it logged, in order.
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// The bytes that go into a block.
    pub(crate) fn envelope(&self) -> &Bytes {
        &self.envelope
    }
}
