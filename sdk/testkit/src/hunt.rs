//! The hunt for nondeterminism: one transaction, simulated again and again in different surroundings.

use crate::backend::{Backend, Runner};
use crate::compare::difference;
use crate::simulated::Simulation;
use crate::{Network, Request};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

impl Request {
    /// Simulates the same transaction on the same state `runs` times natively, each time on a new thread (with other hash
    /// seeds and another stack), some with another heap and the last after the machine's clock has gone on by a second.
    /// Everything that endorsers compare must be the same bytes.
    ///
    /// # Panics
    /// With the first difference. If the chaincode is not deployed natively.
    #[track_caller]
    pub fn hunt(&self, runs: usize) {
        self.must_be_native();
        self.expect_same(self.differences(runs, None));
    }

    /// As [`Request::hunt`], and once more as a component, in which the machine's clock, its environment and its random
    /// numbers are the transaction's. The contract's crate is compiled for that.
    #[track_caller]
    pub fn hunt_everywhere(&self, runs: usize) {
        let chaincode = self.must_be_native();
        let component = Runner::new(Backend::Wasm, chaincode);
        self.expect_same(self.differences(runs, Some(component)));
    }

    #[track_caller]
    fn must_be_native(&self) -> selvedge_sdk::Chaincode {
        let definitions = self.network().0.chaincode.read();
        let runner = definitions.get(self.chaincode()).map(|it| &it.runner);
        match runner {
            Some(Runner::Native(chaincode)) => *chaincode,
            _ => panic!(
                "{} is not deployed natively: a component sees neither clock nor random numbers",
                self.chaincode()
            ),
        }
    }

    #[track_caller]
    fn expect_same(&self, found: Option<String>) {
        if let Some(found) = found {
            panic!("{} is not deterministic: {found}", self.label());
        }
    }

    fn differences(&self, runs: usize, component: Option<Runner>) -> Option<String> {
        let request = self.pinned();
        let first = run(&request, request.network());
        for number in 2..=runs.max(2) {
            if number == runs.max(2) {
                next_second();
            }
            let again = run(&request, request.network());
            let name = format!("run {number}");
            if let Some(found) = difference(("run 1", &first), (&name, &again)) {
                return Some(found);
            }
        }
        let fork = request.network().fork();
        let component = component?;
        if let Some(definition) = fork.0.chaincode.write().get_mut(request.chaincode()) {
            definition.runner = component;
        }
        let again = run(&request.on(&fork), &fork);
        difference(("native", &first), ("the component", &again))
    }
}

/// One run on a thread of its own.
fn run(request: &Request, network: &Network) -> Simulation {
    let transaction = Arc::new(request.transaction());
    let peer = network.0.current();
    let outcome = std::thread::scope(|scope| {
        let work = scope.spawn(|| request.simulate_on(peer, &transaction));
        work.join()
    });
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A contract that reads the clock may print whole seconds.
fn next_second() {
    let now = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    };
    let begin = now();
    while now() == begin {
        std::thread::sleep(Duration::from_millis(5));
    }
}
