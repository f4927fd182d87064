//! Transactions that saw the same state, in one block, in every order.

use crate::{Network, Request, Simulated, Verdict};
use std::fmt;

/// More orders than these are not tried.
const ORDERS: usize = 120;

/// What became of transactions in each order.
#[derive(Clone, Debug)]
pub struct Race {
    labels: Vec<String>,
    outcomes: Vec<Outcome>,
}

/// One order.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Indexes of the requests, in the order of the block.
    pub order: Vec<usize>,
    /// In the order of the block.
    pub verdicts: Vec<Verdict>,
}

impl Network {
    /// Simulates all of them on the state as it is, and commits them in one block in every order (of more than five, in
    /// 120 of them), each on a fork. The network itself stays as it is.
    ///
    /// ```
    /// # use selvedge_testkit::Network;
    /// # let network = Network::new();
    /// # let assets = network.deploy("basic", asset_transfer::CHAINCODE);
    /// # let ann = network.client("Org1MSP", "ann");
    /// assets.submit(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300));
    /// let race = network.race(&[
    ///     assets.request(&ann, "TransferAsset", ("a1", "bob")),
    ///     assets.request(&ann, "ReadAsset", ("a1",)),
    /// ]);
    /// assert!(!race.is_conflict_free());
    /// assert_eq!(race.conflicts().count(), 1, "the read is stale when it comes second");
    /// ```
    ///
    /// # Panics
    /// For a transaction that is refused.
    #[track_caller]
    pub fn race(&self, requests: &[Request]) -> Race {
        let pinned: Vec<Request> = requests.iter().map(Request::pinned).collect();
        let mut outcomes = Vec::new();
        for order in orders(pinned.len()) {
            let fork = self.fork();
            let simulated: Vec<Simulated> = pinned
                .iter()
                .map(|request| request.on(&fork).simulate())
                .collect();
            let verdicts = fork.commit(order.iter().map(|index| &simulated[*index]));
            outcomes.push(Outcome { order, verdicts });
        }
        Race {
            labels: requests.iter().map(Request::label).collect(),
            outcomes,
        }
    }
}

impl Race {
    /// Whether all of them were valid in every order.
    pub fn is_conflict_free(&self) -> bool {
        self.conflicts().next().is_none()
    }

    /// Every order that was tried.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Each transaction that lost, by its index among the requests, with its verdict.
    pub fn conflicts(&self) -> impl Iterator<Item = (usize, &Verdict)> {
        let all = self.outcomes.iter();
        let all = all.flat_map(|outcome| outcome.order.iter().copied().zip(&outcome.verdicts));
        all.filter(|(_, verdict)| !verdict.is_valid())
    }

    /// # Panics
    /// With a table of the outcomes, if any transaction lost in any order.
    #[track_caller]
    pub fn expect_conflict_free(&self) {
        assert!(
            self.is_conflict_free(),
            "the transactions conflict:\n{self}"
        );
    }
}

/// One line for each order.
impl fmt::Display for Race {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, label) in self.labels.iter().enumerate() {
            writeln!(f, "{}: {label}", index + 1)?;
        }
        for outcome in &self.outcomes {
            let order: Vec<String> = outcome.order.iter().map(|i| (i + 1).to_string()).collect();
            write!(f, "{}", order.join(" "))?;
            let lost = outcome.order.iter().zip(&outcome.verdicts);
            for (index, verdict) in lost.filter(|(_, verdict)| !verdict.is_valid()) {
                write!(f, "; {} {verdict}", index + 1)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Permutations in lexicographic order; of many, ones that are spread out.
fn orders(n: usize) -> Vec<Vec<usize>> {
    let all: u128 = (1..=n as u128).product();
    let wanted = all.min(ORDERS as u128);
    (0..wanted)
        .map(|k| permutation(n, k * all / wanted))
        .collect()
}

/// The k-th permutation.
pub(crate) fn permutation(n: usize, mut k: u128) -> Vec<usize> {
    let mut left: Vec<usize> = (0..n).collect();
    let mut out = Vec::with_capacity(n);
    while !left.is_empty() {
        let block: u128 = (1..left.len() as u128).product();
        let index = usize::try_from(k / block).unwrap_or(0) % left.len();
        k %= block;
        out.push(left.remove(index));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_order_comes_once() {
        assert_eq!(orders(3).len(), 6);
        assert_eq!(orders(3).into_iter().collect::<BTreeSet<_>>().len(), 6);
        assert_eq!(orders(7).into_iter().collect::<BTreeSet<_>>().len(), ORDERS);
        assert_eq!(orders(0), [Vec::<usize>::new()]);
    }
}
