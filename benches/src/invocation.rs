use crate::{Network, ONE};
use anyhow::Result;
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_interface::{Host, Input, Level, Response, Timestamp, Transaction};
use selvedge_ledger::{
    Access, HostOptions, Ledger, NoCollections, Outside, SimulationResults, Simulator,
    TransactionHost,
};
use selvedge_runtime::{Call, Chaincode, WasmEngine};
use std::sync::{Arc, mpsc};

/// What the contract is asked to do.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub name: &'static str,
    pub args: &'static [&'static str],
}

/// The operations of the comparison.
pub const OPERATIONS: [Operation; 4] = [
    Operation {
        name: "empty",
        args: &["empty"],
    },
    Operation {
        name: "1 get, 1 put",
        args: &["get-put", "7"],
    },
    Operation {
        name: "100 gets",
        args: &["gets", "100"],
    },
    Operation {
        name: "range of 100",
        args: &["range", "100"],
    },
];

/// The contract of the benchmarks as Rust code of this process and as a Wasm component, on one ledger.
#[derive(Clone)]
pub struct Stage {
    ledger: Ledger,
    engine: Arc<WasmEngine>,
    wasm: Arc<dyn Chaincode>,
    transaction: Arc<Transaction>,
}

impl Stage {
    pub fn new(network: &Network) -> Result<Self> {
        let member = network.first()?;
        let component = selvedge_testkit::component(&bench_contract::CHAINCODE);
        let transaction = Transaction {
            tx_id: "5e1f".repeat(16),
            channel_id: crate::CHANNEL.to_owned(),
            timestamp: Timestamp {
                seconds: 1_735_689_600,
                nanos: 0,
            },
            creator: member.user.serialized().clone(),
            ..Transaction::default()
        };
        Ok(Self {
            ledger: member.channel.ledger().clone(),
            engine: Arc::clone(&network.engine),
            wasm: network.engine.load(&component)?,
            transaction: Arc::new(transaction),
        })
    }

    /// One invocation by a direct call: a simulator, the contract, the serialized read-write set.
    pub fn native(&self, operation: &Operation) -> Outcome {
        self.simulate(|host| bench_contract::CHAINCODE.invoke(host, input(operation)))
    }

    /// The same in a fresh instance of the component. Called on a thread of [`Stage::on_worker`] it stays there, as
    /// a peer's endorsements do; called elsewhere it is handed over and waited for.
    pub fn wasm(&self, operation: &Operation) -> Outcome {
        self.simulate(|host| {
            let call = Call::new(ONE, input(operation));
            self.wasm
                .execute(call, host)
                .unwrap_or_else(|error| Response::error(error.to_string()))
        })
    }

    fn simulate(&self, contract: impl FnOnce(Box<dyn Host>) -> Response) -> Outcome {
        let simulator = self
            .ledger
            .simulator(&self.transaction.tx_id, Arc::new(NoCollections));
        let simulator = Arc::new(Mutex::new(simulator));
        let host = TransactionHost::new(
            Arc::clone(&simulator),
            ONE,
            Arc::clone(&self.transaction),
            Alone,
            HostOptions::default(),
        );
        let response = contract(Box::new(host));
        let results = simulator.lock().results().unwrap_or_default();
        Outcome { response, results }
    }

    /// Runs `work` on one of the engine's threads and waits for it.
    pub fn on_worker<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.engine
            .workers()
            .spawn(move || drop(sender.send(work())))?;
        Ok(receiver.recv()?)
    }
}

/// What an invocation came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub response: Response,
    pub results: SimulationResults,
}

fn input(operation: &Operation) -> Input {
    Input {
        args: operation
            .args
            .iter()
            .map(|arg| Bytes::from_static(arg.as_bytes()))
            .collect(),
        is_init: false,
    }
}

/// No other chaincode, no collections, nobody who listens.
struct Alone;

impl Outside for Alone {
    fn invoke_chaincode(&mut self, _: &str, _: &str, _: Vec<Bytes>) -> Response {
        Response::error("no other chaincode here")
    }

    fn access(&mut self, _: &mut Simulator, _: &str, _: &str) -> Result<Access, String> {
        Err("no collections here".to_owned())
    }

    fn set_event(&mut self, _: &str, _: Bytes) {}

    fn log(&mut self, _: Level, _: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_do_the_same_work() {
        let network = Network::new().unwrap();
        let stage = Stage::new(&network).unwrap();
        for (operation, reads) in OPERATIONS.iter().zip([0, 100, 10_000, 10_000]) {
            let (native, wasm) = (stage.native(operation), stage.wasm(operation));
            assert_eq!(native.response, Response::ok(reads.to_string()));
            assert_eq!(native.response, wasm.response);
            assert_eq!(native.results.public, wasm.results.public);
        }
    }
}
