//! From one definition to the next.

use super::story::{EVERYONE, Terms, code, each, not_approved, put, script};
use selvedge_peer::client::Call;
use selvedge_protos::protos::TxValidationCode as Code;

#[test]
fn only_the_policy_changes() {
    each(|net, kind| {
        let terms = Terms::new().with_init();
        let id = net.deploy(kind, &terms, "cc_1");
        let init = Call {
            is_init: true,
            ..put("init")
        };
        net.works(&EVERYONE, &init);
        net.works(&[0, 1], &put("a"));
        let all = "AND('Org1MSP.member','Org2MSP.member','Org3MSP.member')";
        net.agree(&terms.next(2, "1").policy(all), &id);
        // No Init again, no other package; two are no longer enough.
        let two = code(net.transact(&[0, 1], &put("b")));
        assert_eq!(two, Code::EndorsementPolicyFailure);
        net.works(&EVERYONE, &put("b"));
    });
}

#[test]
fn new_code_with_init_again() {
    each(|net, kind| {
        let terms = Terms::new().with_init();
        net.deploy(kind, &terms, "cc_1");
        let init = |value: &str| Call {
            is_init: true,
            ..script(&format!(r#"[["put","init","{value}"]]"#))
        };
        net.works(&EVERYONE, &init("one"));
        net.deploy(kind, &terms.next(2, "2"), "cc_2");
        for member in EVERYONE {
            assert!(net.refusal(member, &put("k")).ends_with(
                "chaincode 'cc' has not been initialized for this version, must call as init first"
            ));
        }
        net.works(&EVERYONE, &init("two"));
        assert_eq!(net.stored(2, "init").unwrap(), &b"two"[..]);
        net.works(&[1, 2], &put("k"));
    });
}

#[test]
fn organisations_upgrade_one_after_the_other_while_transactions_flow() {
    each(|net, kind| {
        let terms = Terms::new();
        net.deploy(kind, &terms, "cc_1");
        let next = terms.next(2, "2");
        let package = kind.package("cc_2");
        for member in [0, 1] {
            let id = net.install_package(member, &package);
            net.approve(member, &next, Some(&id));
            // Nothing has changed so far, for nobody.
            net.works(&EVERYONE, &put(&format!("before-{member}")));
        }
        let on_the_way = net.endorse(&[0, 1], &put("late"));
        net.works(&[0, 1], &next.commit());
        // Endorsed under the old definition: it read another sequence.
        assert_eq!(
            code(net.commit(vec![on_the_way])[0]),
            Code::MvccReadConflict
        );
        net.cannot(2, "cc", &not_approved("cc", 2));
        net.works(&[0, 1], &put("after"));
        assert!(net.stored(2, "after").is_some());
        let id = net.install_package(2, &package);
        net.approve(2, &next, Some(&id));
        net.works(&[2, 0], &put("again"));
    });
}

#[test]
fn a_commit_and_a_call_in_one_block_do_not_meet() {
    each(|net, kind| {
        let terms = Terms::new();
        let id = net.deploy(kind, &terms, "cc_1");
        let next = terms.next(2, "2");
        for member in EVERYONE {
            net.approve(member, &next, Some(&id));
        }
        let commit = net.endorse(&EVERYONE, &next.commit());
        let behind = net.endorse(&EVERYONE, &put("behind"));
        let codes = net.commit(vec![commit, behind]).into_iter().map(code);
        assert_eq!(
            codes.collect::<Vec<_>>(),
            [Code::Valid, Code::MvccReadConflict]
        );
        // The other way round both count.
        let last = next.next(3, "3");
        for member in EVERYONE {
            net.approve(member, &last, Some(&id));
        }
        let before = net.endorse(&EVERYONE, &put("before"));
        let commit = net.endorse(&EVERYONE, &last.commit());
        assert_eq!(net.commit(vec![before, commit]), [0, 0]);
        net.works(&[0, 1], &put("k"));
    });
}

#[test]
fn collections_may_be_added_and_stay() {
    each(|net, kind| {
        let terms = Terms::new();
        let id = net.deploy(kind, &terms, "cc_1");
        let with = terms.clone().next(2, "1").with_collection("secret");
        net.agree(&with, &id);
        net.works(&[0, 1], &script(r#"[["putpvt","secret","k","v"]]"#));
        let without = terms.next(3, "1");
        assert!(net.refusal(0, &without.commit()).ends_with(
            "the proposed collection config does not contain previously defined collections"
        ));
    });
}
