//! The Init gate over the life of a definition.

use crate::{
    lifecycle::Definition,
    network::{Network, script},
};
use selvedge_peer::client::Call;

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
