use crate::{Event, LogLine, Network};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_interface::{HostError, Input, Level, Operation, Response, Transaction};
use selvedge_ledger::{Access, HostOptions, Outside, Simulator, TransactionHost};
use std::sync::Arc;

/// As deep as the Wasm engine's default.
const MAX_DEPTH: u32 = 16;

/// What a transaction leaves besides its reads and writes.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) event: Option<Event>,
    pub(crate) log: Vec<LogLine>,
}

/// One chaincode at work in a transaction.
#[derive(Clone)]
pub(crate) struct Invocation {
    pub(crate) network: Network,
    pub(crate) simulator: Arc<Mutex<Simulator>>,
    pub(crate) transaction: Arc<Transaction>,
    pub(crate) record: Arc<Mutex<Record>>,
    pub(crate) depth: u32,
}

impl Invocation {
    /// Runs the chaincode of this name; `None` if there is none.
    pub(crate) fn run(&self, name: &str, input: Input) -> Option<Response> {
        let runner = self.network.0.chaincode.read().get(name).cloned()?;
        let options = HostOptions {
            is_init: input.is_init,
            ..HostOptions::default()
        };
        let (simulator, transaction) = (Arc::clone(&self.simulator), Arc::clone(&self.transaction));
        let host = TransactionHost::new(simulator, name, transaction, self.clone(), options);
        Some(runner.run(name, input, Box::new(host), self.depth))
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
        callee.run(name, input).unwrap_or_else(|| {
            self.refused(format_args!(
                "no chaincode {name} is deployed on the test network"
            ))
        })
    }

    fn access(&mut self, _: &mut Simulator, _: &str, _: &str) -> Result<Access, String> {
        Ok(Access {
            read: true,
            write: true,
        })
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
