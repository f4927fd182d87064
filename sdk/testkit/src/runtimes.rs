//! One test on every runtime, and the comparison of what the runtimes did.

use crate::compare::lines;
use crate::environment::{self, RUNTIMES};
use crate::simulated::Simulation;
use crate::{Backend, Deployed, Network, compare};
use selvedge_sdk::Chaincode;
use std::sync::Arc;

/// A test body for every runtime: see [`crate::test`].
#[derive(Clone, Debug)]
pub struct EveryRuntime {
    chaincode: Chaincode,
    name: String,
    organisations: Vec<String>,
    runtimes: Vec<Backend>,
}

impl EveryRuntime {
    /// On those that `SELVEDGE_TEST` names, separated by commas: `native`, `wasm`, `stream`. Without it, on the first two.
    ///
    /// # Panics
    /// For another word in that variable.
    pub fn new(chaincode: Chaincode) -> Self {
        Self {
            chaincode,
            name: chaincode.crate_name().to_owned(),
            organisations: Vec::new(),
            runtimes: chosen(environment::text(RUNTIMES).as_deref()),
        }
    }

    /// On these runtimes, whatever the environment says.
    pub fn on(mut self, runtimes: impl IntoIterator<Item = Backend>) -> Self {
        self.runtimes = runtimes.into_iter().collect();
        self
    }

    /// Under this name on the channel, instead of that of its crate.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// On a network of organisations: [`Network::with_organisations`].
    pub fn organisation(mut self, msp_id: impl Into<String>) -> Self {
        self.organisations.push(msp_id.into());
        self
    }

    /// Runs the body on each, on a network of its own, and compares every simulation with that on the first.
    ///
    /// # Panics
    /// As the body does. If a runtime answers, reads, writes or emits anything else than the first.
    pub fn run(&self, test: impl Fn(&Network, &Deployed)) {
        let mut first: Option<(Backend, Network)> = None;
        for backend in &self.runtimes {
            eprintln!("on {backend:?}");
            let network = match self.organisations.is_empty() {
                true => Network::new(),
                false => Network::with_organisations(&self.organisations),
            };
            let deployed = network.deploy_on(*backend, &self.name, self.chaincode);
            test(&network, &deployed);
            match &first {
                None => first = Some((*backend, network)),
                Some((reference, expected)) => {
                    expect_same(*reference, expected, *backend, &network);
                }
            }
        }
    }
}

/// Runs the same test against a contract as a native function and as a component, each on a network of its own, and
/// fails if they differ: [`EveryRuntime`] with nothing else said.
pub fn on_every_runtime(chaincode: Chaincode, test: impl Fn(&Network, &Deployed)) {
    EveryRuntime::new(chaincode).run(test);
}

fn chosen(text: Option<&str>) -> Vec<Backend> {
    let Some(text) = text else {
        return vec![Backend::Native, Backend::Wasm];
    };
    let word = |word: &str| match word.trim() {
        "native" => Backend::Native,
        "wasm" => Backend::Wasm,
        "stream" => Backend::Stream,
        other => panic!("{RUNTIMES} names {other:?}; there are native, wasm and stream"),
    };
    text.split(',').map(word).collect()
}

fn expect_same(reference: Backend, expected: &Network, backend: Backend, found: &Network) {
    let (expected, found) = (expected.0.journal.lock(), found.0.journal.lock());
    for (index, ((label, one), (other_label, other))) in
        expected.iter().zip(found.iter()).enumerate()
    {
        let names = (format!("{reference:?}"), format!("{backend:?}"));
        assert_eq!(
            label, other_label,
            "simulation {index} is another one on {backend:?}"
        );
        if let Some(difference) = differing((&names.0, one), (&names.1, other)) {
            panic!("{label}: {difference}");
        }
    }
    let (one, other) = (expected.len(), found.len());
    assert_eq!(
        one, other,
        "the test simulates {one} transactions on {reference:?}, {other} on {backend:?}"
    );
}

fn differing(one: (&str, &Arc<Simulation>), other: (&str, &Arc<Simulation>)) -> Option<String> {
    let found = compare::difference((one.0, one.1), (other.0, other.1));
    found.or_else(|| {
        // What a contract logs is not endorsed, but it is part of what an author tests.
        let log = |simulation: &Simulation| {
            let lines = simulation
                .log
                .iter()
                .map(|line| format!("{:?} {}\n", line.level, line.text));
            lines.collect::<String>()
        };
        let (one_log, other_log) = (log(one.1), log(other.1));
        lines((one.0, &one_log), (other.0, &other_log)).map(|found| format!("log: {found}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_are_chosen_by_name() {
        assert_eq!(chosen(None), [Backend::Native, Backend::Wasm]);
        assert_eq!(
            chosen(Some("stream, native")),
            [Backend::Stream, Backend::Native]
        );
    }

    #[test]
    #[should_panic(expected = "SELVEDGE_TEST names \"docker\"; there are native, wasm and stream")]
    fn another_word_is_named() {
        chosen(Some("docker"));
    }
}
