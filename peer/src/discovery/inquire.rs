//! The sets of principals that satisfy a signature policy.

use selvedge_protos::common::{
    SignaturePolicy, SignaturePolicyEnvelope,
    signature_policy::{NOutOf, Type},
};

/// Choices of one `n out of` that are looked at. When there are more, rules are left out at random until there are not.
///
/// Fabric: common/policies/inquire/inquire.go, combinationsUpperBound.
pub(super) const CHOICES: usize = 10_000;

/// Principals in all sets that are kept while one policy is looked at. Fabric bounds the choices of each rule, but not
/// their product, so that rules within rules exhaust its memory.
pub(super) const PRINCIPALS: usize = 1_000_000;

/// Stands for a rule that no signature satisfies, or that needs none.
const NONSENSE: i32 = -1;

/// Every way to satisfy the policy with no signature too many, each as places in `policy.identities`; none when there is
/// no way or a part of the policy makes no sense. `pick` chooses below a bound which rules are left out, if any are.
///
/// Fabric: common/policies/inquire/inquire.go, SatisfiedBy.
pub fn satisfying_sets(
    policy: &SignaturePolicyEnvelope,
    pick: &mut dyn FnMut(usize) -> usize,
) -> Vec<Vec<usize>> {
    let nothing = SignaturePolicy::default();
    let rule = policy.rule.as_ref().unwrap_or(&nothing);
    let place = |number: i32| {
        let place = usize::try_from(number).ok()?;
        (place < policy.identities.len()).then_some(place)
    };
    let places =
        |set: Vec<i32>| -> Option<Vec<usize>> { set.into_iter().map(place).collect::<Option<_>>() };
    let mut search = Search {
        pick,
        principals: 0,
    };
    let sets: Option<Vec<_>> = search.sets(rule).into_iter().map(places).collect();
    sets.unwrap_or_default()
}

struct Search<'a> {
    pick: &'a mut dyn FnMut(usize) -> usize,
    /// In all sets found so far.
    principals: usize,
}

type Found = Vec<Vec<i32>>;

impl Search<'_> {
    fn sets(&mut self, rule: &SignaturePolicy) -> Found {
        match &rule.r#type {
            Some(Type::SignedBy(number)) => vec![vec![*number]],
            Some(Type::NOutOf(NOutOf { n, rules })) if !rules.is_empty() => {
                match usize::try_from(*n) {
                    Ok(0) => vec![vec![NONSENSE]],
                    Ok(n) if n <= rules.len() => self.out_of(n, rules),
                    _ => Vec::new(),
                }
            }
            _ => vec![vec![NONSENSE]],
        }
    }

    fn out_of(&mut self, n: usize, rules: &[SignaturePolicy]) -> Found {
        let mut rules: Vec<_> = rules.iter().collect();
        while more_choices_than(CHOICES, rules.len(), n) {
            let victim = (self.pick)(rules.len()).min(rules.len() - 1);
            rules.swap_remove(victim);
        }
        let each: Vec<_> = rules.iter().map(|rule| self.sets(rule)).collect();
        let mut found = Found::new();
        let mut chosen: Vec<usize> = (0..n).collect();
        loop {
            let mut partial = vec![Vec::new()];
            for rule in &chosen {
                self.multiply(&mut partial, &each[*rule]);
            }
            for set in partial {
                if !self.keep(&mut found, set) {
                    return found;
                }
            }
            if !advance(&mut chosen, rules.len()) {
                return found;
            }
        }
    }

    fn multiply(&mut self, left: &mut Found, right: &Found) {
        if let [only] = right.as_slice() {
            left.iter_mut().for_each(|set| set.extend(only));
            return;
        }
        let mut product = Found::new();
        'all: for left in left.iter() {
            for right in right {
                if !self.keep(&mut product, [left.as_slice(), right].concat()) {
                    break 'all;
                }
            }
        }
        *left = product;
    }

    /// False when there is no place; the first one has a place always.
    fn keep(&mut self, found: &mut Found, set: Vec<i32>) -> bool {
        self.principals += set.len();
        let full = found.len() >= CHOICES || self.principals > PRINCIPALS;
        if full && !found.is_empty() {
            return false;
        }
        found.push(set);
        true
    }
}

/// The next choice of `chosen.len()` out of `from`, in lexicographic order.
fn advance(chosen: &mut [usize], from: usize) -> bool {
    let n = chosen.len();
    let Some(at) = (0..n).rev().find(|at| chosen[*at] < from - n + at) else {
        return false;
    };
    let first = chosen[at] + 1;
    for (value, slot) in (first..).zip(&mut chosen[at..]) {
        *slot = value;
    }
    true
}

/// Whether there are more than `bound` ways to choose `k` out of `n`.
fn more_choices_than(bound: usize, n: usize, k: usize) -> bool {
    if n < k {
        return false;
    }
    let mut ways: u128 = 1;
    for i in 1..=k.min(n - k) {
        ways = ways * (n - k.min(n - k) + i) as u128 / i as u128;
        if ways > bound as u128 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_choices_without_counting_far() {
        assert!(!more_choices_than(10, 5, 2));
        assert!(more_choices_than(9, 5, 2));
        assert!(more_choices_than(10_000, 1_000_000, 500_000));
        assert!(!more_choices_than(0, 2, 3));
        assert!(!more_choices_than(1, 7, 7));
    }

    #[test]
    fn choices_come_in_order() {
        let mut chosen = vec![0, 1];
        let mut all = vec![chosen.clone()];
        while advance(&mut chosen, 4) {
            all.push(chosen.clone());
        }
        assert_eq!(
            all,
            [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]].map(Vec::from)
        );
    }
}
