use proptest::prelude::*;

use super::policy_from_string;
use crate::policy_to_string;

fn error(text: &str) -> String {
    policy_from_string(text).unwrap_err().to_string()
}

#[test]
fn errors_name_the_place() {
    assert_eq!(
        error("foo('A.peer')"),
        "unknown name foo (1:1)\n | foo('A.peer')\n | ^"
    );
    assert_eq!(error("AND"), "invalid policy string 'AND'");
    assert_eq!(error("'A.peer'"), "unknown name A (1:1)\n | A.peer\n | ^");
    assert_eq!(error("1"), "invalid policy string '1'");
    assert_eq!(
        error("OR(\n'A.peer'"),
        "unexpected token EOF (2:8)\n | 'A.peer'\n | .......^"
    );
    assert_eq!(
        error("OR('A.peer)"),
        "literal not terminated (1:12)\n | OR('A.peer)\n | ...........^"
    );
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{}'A.peer'{}", "OR(".repeat(100_000), ")".repeat(100_000));
    assert!(
        error(&deep).starts_with("compilation failed: expression exceeds maximum allowed nodes")
    );
    assert!(error(&"(".repeat(100_000)).starts_with("compilation failed"));
    assert!(error(&"-".repeat(100_000)).starts_with("compilation failed"));
    assert!(error(&format!("1{}", "+1".repeat(4_000))).starts_with("compilation failed"));
    assert!(error(&format!("a{}", ".b".repeat(4_000))).starts_with("compilation failed"));
    assert!(error(&format!("1{}", "^1".repeat(4_000))).starts_with("compilation failed"));
}

fn expressions() -> impl Strategy<Value = String> {
    let leaf = (
        "[A-Za-z][A-Za-z0-9.-]{0,6}",
        prop_oneof!["admin", "member", "client", "peer", "orderer"],
    )
        .prop_map(|(msp, role)| format!("'{msp}.{role}'"));
    leaf.prop_recursive(4, 24, 4, |inner| {
        let list = proptest::collection::vec(inner, 1..4);
        (list, 0usize..6).prop_map(|(list, gate)| {
            let inside = list.join(", ");
            match gate {
                0 => format!("AND({inside})"),
                1 => format!("OR({inside})"),
                n => format!("OutOf({}, {inside})", n.min(list.len() + 1)),
            }
        })
    })
}

proptest! {
    #[test]
    fn text_survives(inner in expressions()) {
        let policy = policy_from_string(&format!("OR({inner})")).unwrap();
        let text = policy_to_string(&policy);
        let again = policy_from_string(&text).unwrap();
        prop_assert_eq!(policy_to_string(&again), text);
        prop_assert_eq!(again.identities, policy.identities);
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        let _ = policy_from_string(&text);
    }

    #[test]
    fn anything_like_a_policy_is_answered(text in "[ANDORutOf(),.'\"0-9a-z _+*/|&-]{0,60}") {
        let _ = policy_from_string(&text);
    }
}
