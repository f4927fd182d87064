//! The Init gate in front of a callee whose caller asks for its Init. What else there is to the gate is told on every
//! runtime, in the scenarios.

use crate::{
    lifecycle::Definition,
    network::{Network, script},
};
use bytes::Bytes;
use selvedge_interface::{Called, Host, Input, Response};
use selvedge_peer::client::Call;
use selvedge_runtime::{Call as Execution, Chaincode, ExecuteError, PackageId, Present};
use std::sync::Arc;

fn refusal(network: &mut Network, call: &Call) -> String {
    let text = network.refused("Org1", call);
    let (_, cause) = text.split_once(": invalid invocation: ").unwrap();
    cause.to_owned()
}

/// Chaincode `caller` of a shim that does what Go's does not: it asks for the Init of the one it calls.
struct Caller;

impl Chaincode for Caller {
    fn execute(
        &self,
        _call: Execution<'_>,
        mut host: Box<dyn Host>,
    ) -> Result<Response, ExecuteError> {
        let input = Input {
            args: vec![
                Bytes::from_static(b"run"),
                Bytes::from_static(br#"[["put","k","v"]]"#),
            ],
            is_init: true,
        };
        Ok(match host.try_invoke_chaincode("gate", "", input) {
            Ok(Called::Response(response)) => response,
            Ok(Called::Failed(text)) => Response::error(text),
            Err(refusal) => Response::error(refusal.as_str()),
        })
    }
}

impl Present for Caller {
    fn present(&self, id: &PackageId) -> Option<Arc<dyn Chaincode>> {
        (id.as_str() == "caller:1.0").then(|| Arc::new(Self) as Arc<dyn Chaincode>)
    }
}

#[test]
fn a_callee_is_initialized_by_a_caller_that_asks_for_it() {
    let mut network = Network::new(&["Org1", "Org2"]);
    let both = ["Org1", "Org2"];
    Definition::new("gate", 1, "1.0")
        .with_init()
        .agree(&mut network);
    let caller = Definition::new("caller", 1, "1.0");
    for org in both {
        assert_eq!(network.transact(&[org], &caller.approval("")), 0);
    }
    assert_eq!(network.transact(&both, &caller.commit()), 0);
    for org in both {
        let organisation = network.organisations.get_mut(org).unwrap();
        organisation.develop(Arc::new(Caller));
    }
    let plain = script("gate", r#"[["get","k"]]"#);
    assert!(refusal(&mut network, &plain).ends_with("must call as init first"));
    let call = script("caller", "[]");
    assert_eq!(network.transact(&both, &call), 0);
    assert_eq!(network.transact(&both, &plain), 0);
    // Once, as for everybody.
    let again = network.refused("Org1", &call);
    assert!(
        again.ends_with("chaincode 'gate' is already initialized but called as init"),
        "{again}"
    );
}
