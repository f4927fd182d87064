//! A transaction counts once.

use crate::harness::{Endorsed, Runtime, on_every_runtime, results, script, shared, sign};
use selvedge_protos::protos::TxValidationCode as Code;
use serde_json::json;

on_every_runtime!(
    a_transaction_is_neither_endorsed_nor_valid_twice,
    of_the_same_transaction_twice_in_one_block_one_is_valid
);

fn a_transaction_is_neither_endorsed_nor_valid_twice(runtime: Runtime) {
    let net = shared(runtime);
    let call = script(&json!([["add", "replayed", 1]]));
    let signer = net.user(0);
    let proposal = sign(&call, signer);
    let answers = [0, 1].map(|peer| net.ask(peer, &proposal.signed).unwrap());
    // Until its transaction is in a block a proposal may be endorsed again, with the same result.
    assert_eq!(
        net.ask(0, &proposal.signed).unwrap().payload,
        answers[0].payload
    );
    let transaction = Endorsed::new(&proposal, &answers, signer);
    assert!(net.order(&[&transaction])[0].is_valid());
    let creator = hex::encode(signer.serialized());
    for peer in 0..net.size() {
        let refused = net.ask(peer, &proposal.signed).unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Unknown);
        assert_eq!(
            refused.message(),
            format!(
                "duplicate transaction found [{}]. Creator [{creator}]",
                proposal.tx_id
            )
        );
    }
    // The orderer does not look at transaction IDs. The block in between hides the first one from whoever waits.
    net.next_is_right();
    assert_eq!(net.order(&[&transaction])[0].code, Code::DuplicateTxid);
    net.next_is_right();
    let found = net.endorse(&script(&json!([["get", "replayed"]])));
    assert_eq!(results(&found.payload), json!([hex::encode("1")]));
}

fn of_the_same_transaction_twice_in_one_block_one_is_valid(runtime: Runtime) {
    let net = shared(runtime);
    let endorsed = net.endorse(&script(&json!([["add", "twice", 1]])));
    // A waiting client is told of the first.
    let verdicts = net.order(&[&endorsed, &endorsed]);
    assert!(verdicts[0].is_valid());
    net.next_is_right();
    let found = net.endorse(&script(&json!([["get", "twice"]])));
    assert_eq!(results(&found.payload), json!([hex::encode("1")]));
}
