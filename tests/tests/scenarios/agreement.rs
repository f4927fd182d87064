//! Peers endorse the same proposal with the same bytes, whatever the chaincode does and whatever runs it, while the state
//! grows by what they endorsed.
//!
//! One channel, one definition, an organisation for each runtime: what a peer runs is its organisation's own business, so
//! this is a network that somebody may have.

use crate::harness::{Definition, Endorsed, Net, Plan, Runtime, script, sign};
use crate::operations::{COLLECTION, operations};
use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use selvedge_ledger::StateDatabase;
use selvedge_peer::client::Call;
use std::cell::Cell;

/// The peer of organisation `n` runs `script` on runtime `n` and `other`, which scripts call, on the one after it.
pub(crate) fn network(runtimes: &[Runtime], state_database: StateDatabase) -> Net {
    let plan = Plan {
        // The last is the one that needs most.
        runtime: runtimes.last().copied().unwrap(),
        organisations: runtimes.len(),
        batch: 1,
    };
    let net = Net::start_on(&plan, state_database);
    for (shift, (name, label)) in [("script", "script_1"), ("other", "other_1")]
        .into_iter()
        .enumerate()
    {
        let mut packages: Vec<_> = runtimes
            .iter()
            .map(|runtime| runtime.script_package(label))
            .collect();
        packages.rotate_left(shift);
        let definition = Definition::new(name).with_collection(COLLECTION, runtimes.len());
        net.deploy_each(&definition, &packages);
    }
    net
}

#[derive(Default)]
struct Tally {
    endorsed: Cell<u32>,
    valid: Cell<u32>,
}

impl Tally {
    fn add(count: &Cell<u32>, more: bool) {
        count.set(count.get() + u32::from(more));
    }
}

/// Endorses on every peer and compares; what is endorsed is ordered as well.
fn compare(
    net: &Net,
    runtimes: &[Runtime],
    call: &Call,
    member: usize,
    tally: &Tally,
) -> Result<(), TestCaseError> {
    let signer = net.user(member);
    let proposal = sign(call, signer);
    let answers: Vec<_> = (0..net.size())
        .map(|peer| net.ask(peer, &proposal.signed).unwrap())
        .collect();
    let one = &answers[0];
    for (runtime, other) in runtimes.iter().zip(&answers) {
        prop_assert_eq!(&one.response, &other.response, "{:?}", runtime);
        prop_assert_eq!(&one.payload, &other.payload, "{:?}", runtime);
        prop_assert_eq!(&one.interest, &other.interest, "{:?}", runtime);
        prop_assert_eq!(one.endorsement.is_some(), other.endorsement.is_some());
    }
    let status = one.response.as_ref().unwrap().status;
    // Peers endorse any status below 400; clients make transactions of those from 200 on.
    if one.endorsement.is_some() && status >= 200 {
        Tally::add(&tally.endorsed, true);
        // Peers that disagree about the verdict panic in here.
        let verdict = net.order(&[&Endorsed::new(&proposal, &answers, signer)])[0];
        Tally::add(&tally.valid, verdict.is_valid());
    }
    Ok(())
}

#[test]
fn every_runtime_answers_with_the_same_bytes_while_the_state_grows() {
    const SCRIPTS: u32 = 2_000;
    let runtimes = Runtime::available();
    let net = network(&runtimes, StateDatabase::default());
    let tally = Tally::default();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: SCRIPTS,
        // The state a script failed on is not there again.
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let cases = (
        operations(),
        0..runtimes.len(),
        prop::option::of("[a-z]{0,4}"),
    );
    let outcome = runner.run(&cases, |(operations, member, secret)| {
        let secret = secret.map(|secret| ("secret".to_owned(), Bytes::from(secret)));
        let call = Call {
            transient: secret.into_iter().collect(),
            ..script(&operations)
        };
        compare(&net, &runtimes, &call, member, &tally)
    });
    if let Err(TestError::Fail(reason, (operations, ..))) = outcome {
        panic!("{reason}\n{operations}");
    }
    outcome.unwrap();
    let (endorsed, valid) = (tally.endorsed.get(), tally.valid.get());
    assert!(
        endorsed > SCRIPTS / 4 && valid > SCRIPTS / 5,
        "the scripts succeed too seldom: {endorsed} endorsed, {valid} valid"
    );
    let one = net.channel(0);
    for peer in 1..net.size() {
        let other = net.channel(peer);
        assert_eq!(one.ledger().height(), other.ledger().height());
        assert_eq!(one.ledger().commit_hash(), other.ledger().commit_hash());
    }
}
