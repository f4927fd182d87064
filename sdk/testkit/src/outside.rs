use crate::definition::Definition;
use crate::watch::{Watch, Watched};
use crate::{Client, Event, LogLine, Network};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_interface::{HostError, Input, Level, Operation, Response, Transaction};
use selvedge_ledger::{
    Access, HostOptions, InitDemand, Outside, Simulator, TransactionHost, pass_init_gate,
};
use selvedge_runtime::Budget;
use std::sync::Arc;

/// As deep as the Wasm engine's default.
const MAX_DEPTH: u32 = 16;

/// What a transaction leaves besides its reads and writes.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) event: Option<Event>,
    pub(crate) log: Vec<LogLine>,
}

/// One chaincode at work in a transaction, on one peer.
#[derive(Clone)]
pub(crate) struct Invocation {
    pub(crate) network: Network,
    pub(crate) client: Client,
    pub(crate) simulator: Arc<Mutex<Simulator>>,
    pub(crate) transaction: Arc<Transaction>,
    pub(crate) record: Arc<Mutex<Record>>,
    pub(crate) watch: Arc<Mutex<Watch>>,
    pub(crate) budget: Budget,
    pub(crate) depth: u32,
}

impl Invocation {
    /// Runs the chaincode of this name; `None` if there is none. The error is the Init gate's.
    pub(crate) fn run(&self, name: &str, input: Input) -> Option<Result<Response, String>> {
        let definition = self.network.0.chaincode.read().get(name).cloned()?;
        if let Err(refusal) = self.pass_gate(name, &definition, input.is_init) {
            return Some(Err(refusal));
        }
        let options = HostOptions {
            is_init: input.is_init,
            ..HostOptions::default()
        };
        let (simulator, transaction) = (Arc::clone(&self.simulator), Arc::clone(&self.transaction));
        let host = TransactionHost::new(simulator, name, transaction, self.clone(), options);
        let watched = Watched::new(Box::new(host), name, self.depth, Arc::clone(&self.watch));
        let budget = self.budget.clone();
        let runner = &definition.runner;
        Some(Ok(runner.run(
            name,
            input,
            Box::new(watched),
            self.depth,
            budget,
        )))
    }

    fn pass_gate(&self, name: &str, definition: &Definition, is_init: bool) -> Result<(), String> {
        let demand = match &definition.init_version {
            Some(version) => InitDemand::Init { version },
            None => InitDemand::Nothing,
        };
        let mut simulator = self.simulator.lock();
        pass_init_gate(name, demand, is_init, Some(&mut simulator))
            .map_err(|error| format!("invalid invocation: {error}"))
    }

    fn refused(&self, cause: impl std::fmt::Display) -> Response {
        let error = HostError::new(Operation::InvokeChaincode, &self.transaction.tx_id, cause);
        let payload = Bytes::from(error.as_str().to_owned());
        Response {
            status: Response::ERROR,
            message: String::new(),
            payload,
        }
    }
}

impl Outside for Invocation {
    fn invoke_chaincode(&mut self, name: &str, channel: &str, args: Vec<Bytes>) -> Response {
        if !channel.is_empty() && channel != Network::CHANNEL {
            return self.refused(format_args!("the test network has no channel {channel}"));
        }
        if self.depth + 1 >= MAX_DEPTH {
            return Response::error(format!(
                "chaincode calls are nested more than {MAX_DEPTH} deep"
            ));
        }
        let callee = Self {
            depth: self.depth + 1,
            ..self.clone()
        };
        let input = Input {
            args,
            is_init: false,
        };
        match callee.run(name, input) {
            Some(Ok(response)) => response,
            Some(Err(refusal)) => self.refused(format_args!("execute failed: {refusal}")),
            None => self.refused(format_args!(
                "no chaincode {name} is deployed on the test network"
            )),
        }
    }

    fn access(&mut self, _: &mut Simulator, chaincode: &str, name: &str) -> Result<Access, String> {
        let found = self.network.0.collections.find(chaincode, name);
        let collection = found.ok_or_else(|| {
            format!(
                "collection {}/{chaincode}/{name} could not be found",
                Network::CHANNEL
            )
        })?;
        let (read, write) = collection.access(self.client.msp_id());
        Ok(Access { read, write })
    }

    fn set_event(&mut self, name: &str, payload: Bytes) {
        // A callee's event is dropped, as peers do.
        if self.depth == 0 {
            self.record.lock().event = Some(Event {
                name: name.to_owned(),
                payload,
            });
        }
    }

    fn log(&mut self, level: Level, message: &str) {
        self.record.lock().log.push(LogLine {
            level,
            text: message.to_owned(),
        });
    }
}
