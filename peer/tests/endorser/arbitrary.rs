//! Whatever a client sends, it gets an answer.

use crate::network::{Network, identity, script};
use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;
use selvedge_peer::endorser::Proposal;

proptest! {
    #[test]
    fn arbitrary_bytes_are_unpacked_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = Proposal::unpack(Bytes::from(bytes));
    }
}

#[test]
fn a_proposal_damaged_anywhere_is_answered() {
    let mut network = Network::new(&["Org1"]);
    let signer = identity("Org1", "User1");
    let proposal = network.sign(&script("kv", r#"[["put","a","1"]]"#), &signer);
    let good = proposal.signed.encode_to_vec();
    let endorser = &network.organisations["Org1"].endorser;
    let endorsed = |bytes: Vec<u8>| {
        let answer = endorser.process_proposal(bytes.into());
        answer.is_ok_and(|response| response.endorsement.is_some())
    };
    assert!(endorsed(good.clone()));
    for position in 0..good.len() {
        let mut damaged = good.clone();
        damaged[position] ^= 0x20;
        assert!(!endorsed(damaged), "byte {position} does not matter");
    }
    for length in 0..good.len() {
        assert!(
            !endorsed(good[..length].to_vec()),
            "the first {length} bytes suffice"
        );
    }
}

#[test]
fn arguments_of_the_lifecycle_may_be_anything() {
    let mut network = Network::new(&["Org1"]);
    let functions = [
        "InstallChaincode",
        "QueryInstalledChaincode",
        "GetInstalledChaincodePackage",
        "QueryInstalledChaincodes",
        "ApproveChaincodeDefinitionForMyOrg",
        "QueryApprovedChaincodeDefinition",
        "QueryApprovedChaincodeDefinitions",
        "CheckCommitReadiness",
        "CommitChaincodeDefinition",
        "QueryChaincodeDefinition",
        "QueryChaincodeDefinitions",
    ];
    let signer = identity("Org1", "Admin");
    let network = std::cell::RefCell::new(&mut network);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 200,
        ..ProptestConfig::default()
    });
    let input = (
        prop::sample::select(functions.to_vec()),
        prop::collection::vec(any::<u8>(), 0..64),
        any::<bool>(),
    );
    let outcome = runner.run(&input, |(function, argument, has_channel)| {
        let mut network = network.borrow_mut();
        let mut call = script("_lifecycle", "");
        call.args = vec![Bytes::from_static(function.as_bytes()), argument.into()];
        if !has_channel {
            call.channel.clear();
        }
        let proposal = network.sign(&call, &signer);
        let response = network.ask("Org1", &proposal).unwrap().response.unwrap();
        prop_assert!([200, 404, 500].contains(&response.status));
        Ok(())
    });
    outcome.unwrap();
}
