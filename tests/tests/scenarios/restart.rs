//! A peer that is stopped and started over its files goes on where it was.

use crate::harness::{Net, Plan, Runtime, on_every_runtime, results, script};
use serde_json::json;

on_every_runtime!(a_restarted_peer_has_its_height_its_chaincode_and_its_memory_of_transactions);

fn add(net: &Net, expected: u32) {
    let endorsed = net.endorse(&script(&json!([["add", "counter", 1]])));
    assert_eq!(results(&endorsed.payload), json!([expected]));
    assert!(net.order(&[&endorsed])[0].is_valid());
}

fn a_restarted_peer_has_its_height_its_chaincode_and_its_memory_of_transactions(runtime: Runtime) {
    let mut net = Net::with_script(&Plan {
        runtime,
        organisations: 2,
        batch: 10,
    });
    for expected in 1..=3 {
        add(&net, expected);
    }
    let pending = net.endorse(&script(&json!([["put", "pending", "1"]])));
    for (peer, expected) in [(0, 4), (1, 5), (0, 6)] {
        let before = {
            let channel = net.channel(peer);
            let ledger = channel.ledger();
            (ledger.height(), ledger.commit_hash())
        };
        net.restart(peer);
        let channel = net.channel(peer);
        let ledger = channel.ledger();
        assert_eq!((ledger.height(), ledger.commit_hash()), before);
        drop(channel);
        add(&net, expected);
        net.next_is_right();
    }
    // Endorsed by peers that have been restarted since.
    assert!(net.order(&[&pending])[0].is_valid());
    let [one, other] = [0, 1].map(|peer| net.channel(peer).ledger().commit_hash());
    assert_eq!(one, other);
}
