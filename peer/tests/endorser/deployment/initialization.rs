//! Init where several organisations and blocks have a part in it.

use super::story::{EVERYONE, Terms, code, each, put, script};
use selvedge_peer::client::Call;
use selvedge_protos::protos::TxValidationCode as Code;

const NOT_YET: &str =
    "chaincode 'cc' has not been initialized for this version, must call as init first";

fn init(operations: &str) -> Call {
    Call {
        is_init: true,
        ..script(operations)
    }
}

#[test]
fn an_init_that_too_few_endorsed_does_not_count() {
    each(|net, kind| {
        net.deploy(kind, &Terms::new().with_init(), "cc_1");
        let one = code(net.transact(&[0], &init("[]")));
        assert_eq!(one, Code::EndorsementPolicyFailure);
        for member in EVERYONE {
            assert!(net.refusal(member, &put("k")).ends_with(NOT_YET));
        }
        net.works(&[0, 1], &init("[]"));
        net.works(&[0, 1], &put("k"));
    });
}

#[test]
fn calls_wait_for_the_block_of_the_init_and_of_two_inits_one_counts() {
    each(|net, kind| {
        net.deploy(kind, &Terms::new().with_init(), "cc_1");
        let first = net.endorse(&[0, 1], &init(r#"[["put","who","first"]]"#));
        // Endorsed and not committed: nobody endorses a call yet, so none can be in its block.
        assert!(net.refusal(0, &put("k")).ends_with(NOT_YET));
        let second = net.endorse(&[1, 2], &init(r#"[["put","who","second"]]"#));
        let codes = net.commit(vec![first, second]).into_iter().map(code);
        assert_eq!(
            codes.collect::<Vec<_>>(),
            [Code::Valid, Code::MvccReadConflict]
        );
        assert_eq!(net.stored(2, "who").unwrap(), &b"first"[..]);
        net.works(&[0, 2], &put("k"));
    });
}

#[test]
fn an_init_that_fails_marks_nothing() {
    each(|net, kind| {
        net.deploy(kind, &Terms::new().with_init(), "cc_1");
        assert_eq!(
            net.refusal(0, &init(r#"[["put","k","v"],["fail","no luck"]]"#)),
            "error in simulation: transaction returned with failure: no luck"
        );
        assert!(net.refusal(0, &put("k")).ends_with(NOT_YET));
        // Status 400 is an answer like any other to the gate, and no endorsement.
        let answer = net.ask(0, &init(r#"[["return",400,"no",""]]"#));
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(net.refusal(0, &put("k")).ends_with(NOT_YET));
        net.works(&[0, 1], &init("[]"));
    });
}
