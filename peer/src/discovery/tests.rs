//! The pure part against signers that are tried one by one.

use super::layouts::{Candidate, arrange};
use super::principal::{Principals, Set};
use super::{SelectError, merge, satisfying_sets};
use proptest::prelude::*;
use selvedge_identity::role_principal;
use selvedge_protos::common::{
    MspPrincipal, SignaturePolicy, SignaturePolicyEnvelope,
    msp_role::MspRoleType::{self, Admin, Member, Peer},
    signature_policy::{NOutOf, Type},
};
use std::collections::BTreeSet;

const ORGANISATIONS: [&str; 3] = ["A", "B", "C"];
const ROLES: [MspRoleType; 3] = [Member, Peer, Admin];

/// All principals that the policies here name.
fn identities() -> Vec<MspPrincipal> {
    let of = |msp_id| ROLES.map(|role| role_principal(msp_id, role));
    ORGANISATIONS.into_iter().flat_map(of).collect()
}

/// A signer by the place of what it is; every one is a member, too.
fn is(signer: usize, principal: usize) -> bool {
    signer == principal || (principal.is_multiple_of(3) && signer / 3 == principal / 3)
}

fn envelope(rule: SignaturePolicy) -> SignaturePolicyEnvelope {
    SignaturePolicyEnvelope {
        version: 0,
        rule: Some(rule),
        identities: identities(),
    }
}

fn signed_by(principal: i32) -> SignaturePolicy {
    let r#type = Some(Type::SignedBy(principal));
    SignaturePolicy { r#type }
}

fn out_of(n: usize, rules: Vec<SignaturePolicy>) -> SignaturePolicy {
    let n = i32::try_from(n).unwrap();
    let r#type = Some(Type::NOutOf(NOutOf { n, rules }));
    SignaturePolicy { r#type }
}

fn rule() -> impl Strategy<Value = SignaturePolicy> {
    let leaf = (0..9).prop_map(signed_by);
    leaf.prop_recursive(2, 8, 3, |inner| {
        proptest::collection::vec(inner, 1..4)
            .prop_flat_map(|rules| (1..=rules.len(), Just(rules)))
            .prop_map(|(n, rules)| out_of(n, rules))
    })
}

/// Whether distinct signers can be given to some choice of leaves.
fn accepts(rule: &SignaturePolicy, signers: &[usize]) -> bool {
    ways(rule, signers, 0).next().is_some()
}

/// Every set of used signers (as bits) with which the rule holds, on top of those used before.
fn ways<'a>(
    rule: &'a SignaturePolicy,
    signers: &'a [usize],
    used: u32,
) -> Box<dyn Iterator<Item = u32> + 'a> {
    match rule.r#type.as_ref().unwrap() {
        Type::SignedBy(principal) => {
            let principal = usize::try_from(*principal).unwrap();
            let free = (0..signers.len()).filter(move |at| used >> at & 1 == 0);
            let fitting = free.filter(move |at| is(signers[*at], principal));
            Box::new(fitting.map(move |at| used | 1 << at))
        }
        Type::NOutOf(NOutOf { n, rules }) => some_of(*n, rules, signers, used),
    }
}

fn some_of<'a>(
    n: i32,
    rules: &'a [SignaturePolicy],
    signers: &'a [usize],
    used: u32,
) -> Box<dyn Iterator<Item = u32> + 'a> {
    if n == 0 {
        return Box::new(std::iter::once(used));
    }
    let Some((first, rest)) = rules.split_first() else {
        return Box::new(std::iter::empty());
    };
    let with = ways(first, signers, used).flat_map(move |used| some_of(n - 1, rest, signers, used));
    Box::new(with.chain(some_of(n, rest, signers, used)))
}

/// Whether distinct signers are what the set asks for.
fn meets(set: &[usize], signers: &[usize]) -> bool {
    let rules: Vec<_> = set
        .iter()
        .map(|principal| signed_by(i32::try_from(*principal).unwrap()))
        .collect();
    accepts(&out_of(set.len(), rules), signers)
}

fn first(_: usize) -> usize {
    0
}

fn principals() -> Principals {
    let mut principals = Principals::default();
    for principal in identities() {
        principals.place(&principal).unwrap();
    }
    principals
}

fn sets(rule: &SignaturePolicy) -> Vec<Set> {
    satisfying_sets(&envelope(rule.clone()), &mut first)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_set_satisfies_and_whoever_satisfies_meets_a_set(
        rule in rule(),
        signers in proptest::collection::vec(0..9usize, 0..6),
    ) {
        let sets = sets(&rule);
        for set in &sets {
            // A principal signs as no more than it says.
            prop_assert!(accepts(&rule, set), "{:?} does not satisfy {:?}", set, rule);
        }
        let met = sets.iter().any(|set| meets(set, &signers));
        prop_assert_eq!(met, accepts(&rule, &signers));
    }

    #[test]
    fn a_merged_set_satisfies_both_and_holds_no_other(left in rule(), right in rule()) {
        let merged = merge(&principals(), sets(&left), sets(&right));
        prop_assert!(!merged.is_empty());
        for (at, set) in merged.iter().enumerate() {
            prop_assert!(accepts(&left, set), "{:?} does not satisfy {:?}", set, left);
            prop_assert!(accepts(&right, set), "{:?} does not satisfy {:?}", set, right);
            let plain: BTreeSet<_> = set.iter().collect();
            for (other_at, other) in merged.iter().enumerate() {
                let other: BTreeSet<_> = other.iter().collect();
                prop_assert!(at == other_at || !other.is_subset(&plain));
            }
        }
    }

    #[test]
    fn layouts_are_found_whenever_the_peers_are_enough(
        rule in rule(),
        peers in proptest::collection::vec((0..9usize, any::<bool>()), 0..6),
    ) {
        let candidate = |(signer, runs): &(usize, bool)| Candidate {
            satisfies: (0..9).filter(|principal| is(*signer, *principal)).collect(),
            runs: *runs,
        };
        let candidates: Vec<_> = peers.iter().map(candidate).collect();
        let running: Vec<usize> =
            peers.iter().filter(|(_, runs)| *runs).map(|(signer, _)| *signer).collect();
        match arrange(&sets(&rule), &candidates) {
            Ok(arrangement) => {
                for layout in &arrangement.layouts {
                    for (group, quantity) in layout {
                        prop_assert!(arrangement.groups[group].len() >= *quantity as usize);
                    }
                }
                let running = |at: &usize| candidates[*at].runs;
                prop_assert!(arrangement.groups.values().flatten().all(running));
            }
            Err(error) => {
                prop_assert!(!accepts(&rule, &running), "{}", error);
            }
        }
    }
}

#[test]
fn what_makes_no_sense_is_satisfied_by_nobody() {
    for rule in [
        out_of(0, vec![signed_by(0)]),
        out_of(2, vec![signed_by(0)]),
        out_of(1, Vec::new()),
        signed_by(9),
        signed_by(-1),
        SignaturePolicy::default(),
        out_of(1, vec![signed_by(0), out_of(0, vec![signed_by(1)])]),
        SignaturePolicy {
            r#type: Some(Type::NOutOf(NOutOf {
                n: -1,
                rules: vec![signed_by(0)],
            })),
        },
    ] {
        assert_eq!(sets(&rule), Vec::<Set>::new(), "{rule:?}");
    }
    let impossible = out_of(1, vec![signed_by(0), out_of(2, vec![signed_by(77)])]);
    assert_eq!(
        sets(&impossible),
        [[0]],
        "what cannot be chosen spoils nothing"
    );
}

#[test]
fn the_number_of_sets_is_bounded_whatever_the_policy() {
    let wide = out_of(10, (0..40).map(|_| signed_by(0)).collect());
    let found = sets(&wide);
    assert!(
        !found.is_empty() && found.len() <= 10_000,
        "{}",
        found.len()
    );
    let deep = out_of(3, (0..6).map(|_| wide.clone()).collect());
    assert!(sets(&deep).len() <= 10_000);
    let many = out_of(9_999, (0..10_000).map(|_| signed_by(1)).collect());
    let principals: usize = sets(&many).iter().map(Vec::len).sum();
    assert!(principals > 0 && principals <= 1_000_000 + 9_999);
}

#[test]
fn too_few_peers_and_peers_without_the_chaincode_are_two_errors() {
    let peer = |runs| Candidate {
        satisfies: BTreeSet::from([0]),
        runs,
    };
    let both = sets(&out_of(2, vec![signed_by(0), signed_by(0)]));
    assert_eq!(
        arrange(&both, &[peer(true)]),
        Err(SelectError::NoCombination)
    );
    let error = arrange(&both, &[peer(true), peer(false)]);
    assert_eq!(error, Err(SelectError::NotInstalled));
    let found = arrange(&both, &[peer(true), peer(true)]).unwrap();
    assert_eq!(found.groups["G0"], [0, 1]);
    assert_eq!(found.layouts, [[("G0".to_owned(), 2)].into()]);
}
