//! Packages whose build takes longer than an operator waits for.

use crate::founded::{Net, finish_slow_builds};
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::client::{Call, Fresh, Proposal, lifecycle_call};
use selvedge_peer::endorser::{Endorser, EndorserOptions};
use selvedge_protos::lifecycle::{
    InstallChaincodeArgs, QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult,
};
use selvedge_protos::protos::{
    ChaincodeDeploymentSpec, ChaincodeId, ChaincodeSpec, Response, chaincode_spec,
};
use selvedge_runtime::{PackageSource, code_archive};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

fn ask(net: &Net, endorser: &Endorser, call: &Call) -> Response {
    let signer = &net.members[0].admin;
    let proposal = Proposal::new(call, signer, &Fresh::from_system().unwrap()).unwrap();
    let signed = proposal.signed.encode_to_vec().into();
    let answer = endorser.process_proposal(signed).unwrap();
    let answer = answer.response.unwrap();
    Response {
        message: answer.message.replace(&proposal.tx_id, "TX"),
        ..answer
    }
}

fn slow() -> Call {
    let package = PackageSource {
        label: "slow_1".to_owned(),
        kind: "golang".to_owned(),
        path: "slow".to_owned(),
        files: BTreeMap::new(),
    };
    let args = InstallChaincodeArgs {
        chaincode_install_package: package.write().unwrap().into(),
    };
    lifecycle_call("", "InstallChaincode", &args)
}

fn slow_legacy() -> Call {
    let specification = ChaincodeDeploymentSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: chaincode_spec::Type::Golang as i32,
            chaincode_id: Some(ChaincodeId {
                path: "slow".to_owned(),
                name: "slow".to_owned(),
                version: "1".to_owned(),
            }),
            ..Default::default()
        }),
        code_package: code_archive(&BTreeMap::new()).unwrap().into(),
    };
    Call {
        chaincode: "lscc".to_owned(),
        args: vec![
            Bytes::from_static(b"install"),
            specification.encode_to_vec().into(),
        ],
        ..Call::default()
    }
}

/// Each of the two settings in turn is the longer one, which counts, and still too short.
#[test]
fn an_install_is_waited_for_no_longer_than_the_operator_said() {
    let net = Net::new(1, "V2_5");
    let (short, shorter) = (Duration::from_millis(40), Duration::from_millis(20));
    let endorser = |execute_timeout, install_timeout| {
        let options = EndorserOptions {
            execute_timeout,
            install_timeout,
            ..EndorserOptions::default()
        };
        Endorser::new(Arc::clone(&net.members[0].peer), options).unwrap()
    };
    let endorsers = [endorser(short, shorter), endorser(shorter, short)];
    for (endorser, call) in endorsers.iter().zip([slow(), slow_legacy()]) {
        let answer = ask(&net, endorser, &call);
        assert_eq!(
            (answer.status, &*answer.message),
            (
                500,
                "error in simulation: failed to execute transaction TX: error sending: timeout expired while executing transaction"
            )
        );
    }
    // The build went on, and whoever is patient gets what it made.
    finish_slow_builds();
    let patient = EndorserOptions {
        execute_timeout: Duration::from_secs(1),
        install_timeout: Duration::from_secs(300),
        ..EndorserOptions::default()
    };
    let patient = Endorser::new(Arc::clone(&net.members[0].peer), patient).unwrap();
    let again = ask(&net, &patient, &slow());
    assert!(
        again.message.starts_with(
            "failed to invoke backing implementation of 'InstallChaincode': chaincode already successfully installed (package ID 'slow_1:"
        ),
        "{again:?}"
    );
    let asked = QueryInstalledChaincodesArgs {};
    let asked = lifecycle_call("", "QueryInstalledChaincodes", &asked);
    let found = ask(&net, &patient, &asked).payload;
    let found = QueryInstalledChaincodesResult::decode(found).unwrap();
    assert_eq!(found.installed_chaincodes[0].label, "slow_1");
}
