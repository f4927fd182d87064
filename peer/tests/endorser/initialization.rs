//! The Init gate over the life of a definition.

use crate::{
    lifecycle::Definition,
    network::{Network, script},
};
use bytes::Bytes;
use selvedge_interface::{Called, Host, Input, Response};
use selvedge_peer::client::Call;
use selvedge_runtime::{Call as Execution, Chaincode, ExecuteError, PackageId, Present};
use std::sync::Arc;

fn init(chaincode: &str) -> Call {
    Call {
        is_init: true,
        ..script(chaincode, r#"[["put","initialized","1"]]"#)
    }
}

fn refusal(network: &mut Network, call: &Call) -> String {
    let text = network.refused("Org1", call);
    let (_, cause) = text.split_once(": invalid invocation: ").unwrap();
    cause.to_owned()
}

#[test]
fn each_version_is_initialized_once_and_only_the_version_counts() {
    let mut network = Network::new(&["Org1", "Org2"]);
    let both = ["Org1", "Org2"];
    let plain = script("gate", r#"[["put","k","1"]]"#);
    let not_yet =
        "chaincode 'gate' has not been initialized for this version, must call as init first";
    let already = "chaincode 'gate' is already initialized but called as init";

    Definition::new("gate", 1, "1.0")
        .with_init()
        .agree(&mut network);
    assert_eq!(refusal(&mut network, &plain), not_yet);
    assert_eq!(network.transact(&both, &init("gate")), 0);
    assert_eq!(refusal(&mut network, &init("gate")), already);
    assert_eq!(network.transact(&both, &plain), 0);

    // A new sequence with the same version asks for nothing.
    Definition::new("gate", 2, "1.0")
        .with_init()
        .agree(&mut network);
    assert_eq!(network.transact(&both, &plain), 0);
    assert_eq!(refusal(&mut network, &init("gate")), already);

    Definition::new("gate", 3, "2.0")
        .with_init()
        .agree(&mut network);
    assert_eq!(refusal(&mut network, &plain), not_yet);
    assert_eq!(network.transact(&both, &init("gate")), 0);
    assert_eq!(network.transact(&both, &plain), 0);

    Definition::new("gate", 4, "3.0").agree(&mut network);
    assert_eq!(network.transact(&both, &plain), 0);
    assert_eq!(
        refusal(&mut network, &init("gate")),
        "chaincode 'gate' does not require initialization but called as init"
    );

    // Back to a version that was initialized before, but not last.
    Definition::new("gate", 5, "1.0")
        .with_init()
        .agree(&mut network);
    assert_eq!(refusal(&mut network, &plain), not_yet);
    // The version that was initialized last.
    Definition::new("gate", 6, "2.0")
        .with_init()
        .agree(&mut network);
    assert_eq!(network.transact(&both, &plain), 0);
}

#[test]
fn a_failing_init_leaves_no_mark_and_private_data_is_out_of_reach() {
    let mut network = Network::new(&["Org1", "Org2"]);
    Definition::new("gate", 1, "1.0")
        .with_init()
        .agree(&mut network);
    let failing = Call {
        is_init: true,
        ..script("gate", r#"[["fail","no luck"]]"#)
    };
    assert_eq!(
        network.refused("Org1", &failing),
        "error in simulation: transaction returned with failure: no luck"
    );
    let private = Call {
        is_init: true,
        ..script("gate", r#"[["getpvt","_implicit_org_Org1MSP","k"]]"#)
    };
    assert!(
        network
            .refused("Org1", &private)
            .ends_with("private data APIs are not allowed in chaincode Init()")
    );
    let paged = Call {
        is_init: true,
        ..script("gate", r#"[["rangepage","a","b",2,""]]"#)
    };
    assert!(
        network
            .refused("Org1", &paged)
            .ends_with("Paginated queries are supported only in a read-only transaction")
    );
    assert_eq!(network.transact(&["Org1", "Org2"], &init("gate")), 0);
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
