//! Two organisations' peers endorse the same proposal with the same bytes, whatever the chaincode does, while the state
//! grows by what they endorsed.

use crate::harness::{Definition, Endorsed, Net, Plan, Runtime, script, sign};
use crate::operations::{COLLECTION, operations};
use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use selvedge_peer::client::Call;
use std::cell::Cell;

fn network(runtime: Runtime) -> Net {
    let net = Net::start(&Plan {
        runtime,
        organisations: 2,
        batch: 1,
    });
    for (name, label) in [("script", "script_1"), ("other", "other_1")] {
        let definition = Definition::new(name).with_collection(COLLECTION);
        net.deploy(&definition, &runtime.script_package(label));
    }
    net
}

struct Tally {
    endorsed: Cell<u32>,
    valid: Cell<u32>,
}

/// Endorses on both peers and compares; what is endorsed is ordered as well.
fn compare(net: &Net, call: &Call, member: usize, tally: &Tally) -> Result<(), TestCaseError> {
    let signer = net.user(member);
    let proposal = sign(call, signer);
    let answers = [0, 1].map(|peer| net.ask(peer, &proposal.signed).unwrap());
    let [one, other] = &answers;
    prop_assert_eq!(&one.response, &other.response);
    prop_assert_eq!(&one.payload, &other.payload);
    prop_assert_eq!(&one.interest, &other.interest);
    prop_assert_eq!(one.endorsement.is_some(), other.endorsement.is_some());
    let status = one.response.as_ref().unwrap().status;
    // Peers endorse any status below 400; clients make transactions of those from 200 on.
    if one.endorsement.is_some() && status >= 200 {
        tally.endorsed.set(tally.endorsed.get() + 1);
        // Peers that disagree about the verdict panic in here.
        let verdict = net.order(&[&Endorsed::new(&proposal, &answers, signer)])[0];
        tally
            .valid
            .set(tally.valid.get() + u32::from(verdict.is_valid()));
    }
    Ok(())
}

#[test]
fn both_peers_sign_the_same_bytes_while_the_state_grows() {
    Runtime::each(|runtime| {
        let net = network(runtime);
        let tally = Tally {
            endorsed: Cell::new(0),
            valid: Cell::new(0),
        };
        let mut runner = TestRunner::new(ProptestConfig {
            cases: 200,
            // The state a script failed on is not there again.
            max_shrink_iters: 0,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        let cases = (operations(), 0..2_usize, prop::option::of("[a-z]{0,4}"));
        let outcome = runner.run(&cases, |(operations, member, secret)| {
            let secret = secret.map(|secret| ("secret".to_owned(), Bytes::from(secret)));
            let call = Call {
                transient: secret.into_iter().collect(),
                ..script(&operations)
            };
            compare(&net, &call, member, &tally)
        });
        if let Err(TestError::Fail(reason, (operations, ..))) = outcome {
            panic!("{reason}\n{operations}");
        }
        outcome.unwrap();
        let (endorsed, valid) = (tally.endorsed.get(), tally.valid.get());
        assert!(
            endorsed > 60 && valid > 40,
            "the scripts succeed too seldom: {endorsed} endorsed, {valid} valid"
        );
        let [one, other] = [0, 1].map(|peer| net.channel(peer));
        assert_eq!(one.ledger().height(), other.ledger().height());
        assert_eq!(one.ledger().commit_hash(), other.ledger().commit_hash());
    });
}
