//! From one definition to the next.

use super::{EVERYONE, network, put};
use crate::harness::{
    Definition, Net, Runtime, not_approved, on_every_runtime, results, script_of,
};
use selvedge_peer::client::Call;
use selvedge_protos::protos::TxValidationCode as Code;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};

on_every_runtime!(
    only_the_policy_changes,
    new_code_with_init_again,
    organisations_upgrade_one_after_the_other_while_transactions_flow,
    a_commit_and_a_call_in_one_block_do_not_meet,
    collections_may_be_added_and_stay,
);

fn only_the_policy_changes(runtime: Runtime) {
    let net = network(runtime);
    let terms = Definition::new("cc").with_init();
    let id = net.deploy(&terms, &runtime.script_package("cc_1"));
    let init = Call {
        is_init: true,
        ..put("init")
    };
    net.works(&EVERYONE, &init);
    net.works(&[0, 1], &put("a"));
    let all = "AND('Org1MSP.member','Org2MSP.member','Org3MSP.member')";
    net.define(&terms.sequence(2, "1").policy(all), &id);
    // No Init again, no other package; two are no longer enough.
    let two = net.verdict(&[0, 1], &put("b"));
    assert_eq!(two, Code::EndorsementPolicyFailure);
    net.works(&EVERYONE, &put("b"));
}

fn new_code_with_init_again(runtime: Runtime) {
    let net = network(runtime);
    let terms = Definition::new("cc").with_init();
    net.deploy(&terms, &runtime.script_package("cc_1"));
    let init = |value: &str| Call {
        is_init: true,
        ..script_of("cc", &json!([["put", "init", value]]))
    };
    net.works(&EVERYONE, &init("one"));
    net.deploy(&terms.sequence(2, "2"), &runtime.script_package("cc_2"));
    let (_, refused) = net.refusal(&put("k"));
    assert!(
        refused.ends_with(
            "chaincode 'cc' has not been initialized for this version, must call as init first"
        ),
        "{refused}"
    );
    net.works(&EVERYONE, &init("two"));
    assert_eq!(net.stored(2, "cc", "init").unwrap(), &b"two"[..]);
    net.works(&[1, 2], &put("k"));
}

/// Counts up until it is told to stop: how many transactions were valid. A commit in between may cost those that were
/// endorsed before it; nothing else may happen to one.
fn count_up(net: &Net, stop: &AtomicBool) -> u32 {
    let mut valid = 0;
    while !stop.load(Ordering::Relaxed) {
        let call = script_of("cc", &json!([["add", "counter", 1]]));
        // Two peers may be a block apart, and then do not answer alike.
        let Ok(endorsed) = net.try_endorse_by(&[0, 1], &call, net.user(0)) else {
            continue;
        };
        match net.order(&[&endorsed])[0].code {
            Code::Valid => valid += 1,
            code => assert_eq!(code, Code::MvccReadConflict),
        }
    }
    valid
}

fn organisations_upgrade_one_after_the_other_while_transactions_flow(runtime: Runtime) {
    let net = network(runtime);
    let terms = Definition::new("cc");
    net.deploy(&terms, &runtime.script_package("cc_1"));
    let next = terms.sequence(2, "2");
    let package = runtime.script_package("cc_2");
    let stop = AtomicBool::new(false);
    let valid = std::thread::scope(|scope| {
        let flow = scope.spawn(|| count_up(&net, &stop));
        for peer in [0, 1] {
            let id = net.install_package(peer, &package);
            net.approve(peer, &next, Some(&id));
            // Nothing has changed so far, for nobody.
            net.works(&EVERYONE, &put(&format!("before-{peer}")));
        }
        let on_the_way = net.endorse_by(&[0, 1], &put("late"), net.user(0));
        net.works(&[0, 1], &next.commit());
        // Endorsed under the old definition: it read another sequence.
        assert_eq!(net.order(&[&on_the_way])[0].code, Code::MvccReadConflict);
        net.cannot(2, "cc", &not_approved("cc", 2));
        net.works(&[0, 1], &put("after"));
        assert!(net.stored(2, "cc", "after").is_some());
        let id = net.install_package(2, &package);
        net.approve(2, &next, Some(&id));
        net.works(&[2, 0], &put("again"));
        stop.store(true, Ordering::Relaxed);
        flow.join().unwrap()
    });
    assert!(valid > 0, "nothing flowed");
    let read = script_of("cc", &json!([["get", "counter"]]));
    for peer in EVERYONE {
        let found = net.query(peer, &read).response.unwrap();
        assert_eq!(
            results(&found.payload),
            json!([hex::encode(valid.to_string())])
        );
    }
}

fn a_commit_and_a_call_in_one_block_do_not_meet(runtime: Runtime) {
    let net = network(runtime);
    let terms = Definition::new("cc");
    let id = net.deploy(&terms, &runtime.script_package("cc_1"));
    let approved = |sequence: i64| {
        let next = terms.clone().sequence(sequence, "2");
        for peer in EVERYONE {
            net.approve(peer, &next, Some(&id));
        }
        next.commit()
    };
    let mut sequence = 1;
    // What comes behind the commit was endorsed under another sequence.
    let (_, codes) = net.in_one_block(|attempt| {
        sequence = 2 + i64::from(attempt);
        vec![approved(sequence), put("behind")]
    });
    assert_eq!(codes, [Code::Valid, Code::MvccReadConflict]);
    // The other way round both count.
    let (_, codes) = net.in_one_block(|attempt| {
        vec![
            put(&format!("before-{attempt}")),
            approved(sequence + 1 + i64::from(attempt)),
        ]
    });
    assert_eq!(codes, [Code::Valid, Code::Valid]);
    net.works(&[0, 1], &put("k"));
}

fn collections_may_be_added_and_stay(runtime: Runtime) {
    let net = network(runtime);
    let terms = Definition::new("cc");
    let id = net.deploy(&terms, &runtime.script_package("cc_1"));
    let with = terms.clone().sequence(2, "1").with_collection("secret", 2);
    net.define(&with, &id);
    let secret = script_of("cc", &json!([["putpvt", "secret", "k", "v"]]));
    net.works(&[0, 1], &secret);
    let without = terms.sequence(3, "1");
    let (_, refused) = net.refusal_of(0, &without.commit());
    assert!(
        refused.ends_with(
            "the proposed collection config does not contain previously defined collections"
        ),
        "{refused}"
    );
}
