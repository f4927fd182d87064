//! Property tests over schedules: what random clients ask for, on whatever height they happen to see, in blocks that are
//! cut anywhere and ordered anyhow.

use crate::environment::{self, CASES, SEED};
use crate::race::permutation;
use crate::{Network, Request, Simulated};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::fmt::{Debug, Write};

/// Schedules that are tried where nothing is said.
const DEFAULT_CASES: u32 = 32;
/// Steps of the longest schedule.
const MAX_STEPS: usize = 40;

type Make<T> = Box<dyn Fn(&Network, &T) -> Request>;
type Invariant = (String, Box<dyn Fn(&Network) -> Result<(), String>>);

/// A property test over schedules of a network's transactions.
///
/// Each schedule proposes transactions on the state that is committed at that moment, and now and then cuts some of those
/// that wait into a block, in any order. After every block the invariants must hold. In the end the transactions that
/// were valid are run again one after the other in the order of the blocks: each must answer the same, and the state must
/// come out the same. A schedule that fails is reduced to a small one, which is printed with the seed.
///
/// ```
/// use proptest::prelude::Strategy;
/// use selvedge_testkit::{Network, Schedules};
///
/// let network = Network::new();
/// let assets = network.deploy("basic", asset_transfer::CHAINCODE);
/// let ann = network.client("Org1MSP", "ann");
/// assets.submit(&ann, "InitLedger", ());
///
/// let transfers = (1..=6u8, "[a-c]").prop_map(|(n, to)| (format!("asset{n}"), to));
/// Schedules::on(&network, transfers, move |_, (id, to)| {
///     assets.request(&ann, "TransferAsset", (id, to))
/// })
/// .invariant("there are six assets", |network| match network.dump().lines().count() {
///     6 => Ok(()),
///     other => Err(format!("there are {other}")),
/// })
/// .cases(4)
/// .check();
/// ```
pub struct Schedules<T> {
    base: Network,
    operations: BoxedStrategy<T>,
    make: Make<T>,
    invariants: Vec<Invariant>,
    cases: u32,
    seed: u64,
}

#[derive(Clone, Debug)]
enum Step<T> {
    Propose(T),
    /// How many of those that wait, and in which order.
    Cut {
        take: usize,
        order: u64,
    },
}

impl<T: Clone + Debug + 'static> Schedules<T> {
    /// Every schedule begins with a fork of `network`. `operations` draws what is asked for, `make` the proposal for it;
    /// it is taken to the fork, which is the network that `make` sees.
    pub fn on(
        network: &Network,
        operations: impl Strategy<Value = T> + 'static,
        make: impl Fn(&Network, &T) -> Request + 'static,
    ) -> Self {
        let cases = environment::number(CASES).and_then(|cases| u32::try_from(cases).ok());
        Self {
            base: network.fork(),
            operations: operations.boxed(),
            make: Box::new(make),
            invariants: Vec::new(),
            cases: cases.unwrap_or(DEFAULT_CASES),
            seed: environment::number(SEED).unwrap_or(0),
        }
    }

    /// What must hold after every block; the error says what does not.
    pub fn invariant(
        mut self,
        name: impl Into<String>,
        holds: impl Fn(&Network) -> Result<(), String> + 'static,
    ) -> Self {
        self.invariants.push((name.into(), Box::new(holds)));
        self
    }

    /// How many schedules are tried, unless `SELVEDGE_CASES` says it.
    pub fn cases(mut self, cases: u32) -> Self {
        if environment::number(CASES).is_none() {
            self.cases = cases;
        }
        self
    }

    /// Where the draws begin, unless `SELVEDGE_SEED` says it; 0 where nothing is said, so that a test is the same in every
    /// run.
    pub fn seed(mut self, seed: u64) -> Self {
        if environment::number(SEED).is_none() {
            self.seed = seed;
        }
        self
    }

    /// # Panics
    /// With the smallest schedule that was found, what is wrong with it, and the seed.
    #[track_caller]
    pub fn check(&self) {
        let config = Config {
            cases: self.cases,
            failure_persistence: None,
            ..Config::default()
        };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let outcome = TestRunner::new_with_rng(config, rng).run(&self.steps(), |steps| {
            self.run(&steps).map_err(TestCaseError::fail)
        });
        match outcome {
            Ok(()) => {}
            Err(TestError::Fail(why, steps)) => {
                panic!(
                    "{why}\nin this schedule ({SEED}={}):\n{}",
                    self.seed,
                    self.print(&steps)
                );
            }
            Err(TestError::Abort(why)) => panic!("schedules cannot be drawn: {why}"),
        }
    }

    fn steps(&self) -> impl Strategy<Value = Vec<Step<T>>> + use<T> {
        let propose = self.operations.clone().prop_map(Step::Propose);
        let cut = (1..5usize, prop_oneof![Just(0), any::<u64>()])
            .prop_map(|(take, order)| Step::Cut { take, order });
        vec(prop_oneof![3 => propose, 1 => cut], 1..MAX_STEPS)
    }

    fn run(&self, steps: &[Step<T>]) -> Result<(), String> {
        let network = self.base.fork();
        let mut waiting = Vec::new();
        let mut valid = Vec::new();
        for step in steps {
            match step {
                Step::Propose(operation) => {
                    let request = (self.make)(&network, operation).on(&network);
                    waiting.extend(endorsed(&request)?);
                }
                Step::Cut { take, order } => {
                    let some = waiting.drain(..waiting.len().min(*take)).collect();
                    self.cut(&network, some, *order, &mut valid)?;
                }
            }
        }
        self.cut(&network, waiting, 0, &mut valid)?;
        self.replay(&network, &valid)
    }

    fn cut(
        &self,
        network: &Network,
        some: Vec<Simulated>,
        order: u64,
        valid: &mut Vec<Simulated>,
    ) -> Result<(), String> {
        if some.is_empty() {
            return Ok(());
        }
        let order = permutation(some.len(), u128::from(order));
        let block: Vec<&Simulated> = order.iter().filter_map(|index| some.get(*index)).collect();
        let verdicts = network.commit_unchecked(&block);
        let kept = block
            .iter()
            .zip(&verdicts)
            .filter(|(_, verdict)| verdict.is_valid());
        valid.extend(kept.map(|(transaction, _)| (*transaction).clone()));
        for (name, holds) in &self.invariants {
            holds(network).map_err(|why| {
                let block = network.height() - 1;
                format!("after block {block} it does not hold that {name}: {why}")
            })?;
        }
        Ok(())
    }

    /// The valid transactions one after the other: whatever the schedule, it must be as if there had been none.
    fn replay(&self, network: &Network, valid: &[Simulated]) -> Result<(), String> {
        let serial = self.base.fork();
        for transaction in valid {
            let again = transaction.request().on(&serial).simulate();
            if transaction.response() != again.response() {
                return Err(format!(
                    "the schedule is not serial: {} answered {} and was valid, and answers {} in its place in the order of the blocks",
                    transaction.request().label(),
                    answer(transaction),
                    answer(&again)
                ));
            }
            serial.commit_unchecked(&[&again]);
        }
        let (one, other) = (network.dump(), serial.dump());
        match crate::compare::lines(("the schedule", &one), ("one after the other", &other)) {
            None => Ok(()),
            Some(found) => Err(format!("the schedule is not serial: {found}")),
        }
    }

    /// As somebody would write it down.
    fn print(&self, steps: &[Step<T>]) -> String {
        let mut out = String::new();
        for step in steps {
            // Writing to a string does not fail.
            let _ = match step {
                Step::Propose(operation) => {
                    let label = (self.make)(&self.base, operation).label();
                    writeln!(out, "  propose {label}")
                }
                Step::Cut { take, order: 0 } => writeln!(out, "  cut up to {take}"),
                Step::Cut { take, order } => {
                    writeln!(out, "  cut up to {take}, in order {order}")
                }
            };
        }
        out + "  cut the rest"
    }
}

fn answer(transaction: &Simulated) -> String {
    match transaction.refusal() {
        Some((status, message)) => format!("{status} {message}"),
        None => format!("{:?}", transaction.text()),
    }
}

/// `None` for a transaction that is refused, which is fine: it is never ordered.
fn endorsed(request: &Request) -> Result<Option<Simulated>, String> {
    let simulated = request.simulate();
    if simulated.refusal().is_some() {
        return Ok(None);
    }
    let label = request.label();
    if let Some(mismatch) = simulated.mismatch() {
        return Err(format!(
            "{label}: ProposalResponsePayloads do not match: {mismatch}"
        ));
    }
    let network = request.network();
    let mut traps = simulated.traps().iter();
    match traps.find(|trap| network.forbids(trap.kind())) {
        Some(trap) => Err(format!("{label} steps into a trap: {trap}")),
        None => Ok(Some(simulated)),
    }
}
