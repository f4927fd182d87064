use selvedge_protos::common::{ImplicitMetaPolicy, implicit_meta_policy::Rule};

use super::PolicyError;

/// Reads `ANY Readers`, `ALL …`, `MAJORITY …` (rule l:C25). Fabric: common/policies/implicitmetaparser.go.
pub fn implicit_meta_from_string(text: &str) -> Result<ImplicitMetaPolicy, PolicyError> {
    let words: Vec<&str> = text.split(' ').collect();
    let [rule, sub_policy] = words[..] else {
        return Err(PolicyError::ImplicitText(format!(
            "expected two space separated tokens, but got {}",
            words.len()
        )));
    };
    let rule = Rule::from_str_name(rule).ok_or_else(|| {
        PolicyError::ImplicitText(format!(
            "unknown rule type '{rule}', expected ALL, ANY, or MAJORITY"
        ))
    })?;
    Ok(ImplicitMetaPolicy {
        sub_policy: sub_policy.to_owned(),
        rule: rule as i32,
    })
}

/// The text that [`implicit_meta_from_string`] reads.
pub fn implicit_meta_to_string(policy: &ImplicitMetaPolicy) -> String {
    format!("{} {}", policy.rule().as_str_name(), policy.sub_policy)
}

/// How many of `children` sub-policies must be satisfied. Without children none. An unknown rule asks for none in
/// Fabric as well.
pub(super) fn threshold(rule: i32, children: usize) -> usize {
    match Rule::try_from(rule) {
        _ if children == 0 => 0,
        Ok(Rule::Any) => 1,
        Ok(Rule::All) => children,
        Ok(Rule::Majority) => children / 2 + 1,
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_text() {
        for text in ["ANY Readers", "ALL Writers", "MAJORITY Admins"] {
            let policy = implicit_meta_from_string(text).unwrap();
            assert_eq!(implicit_meta_to_string(&policy), text);
        }
        let error = |text| implicit_meta_from_string(text).unwrap_err().to_string();
        assert_eq!(
            error("ANY"),
            "expected two space separated tokens, but got 1"
        );
        assert_eq!(
            error("SOME Admins"),
            "unknown rule type 'SOME', expected ALL, ANY, or MAJORITY"
        );
    }

    #[test]
    fn thresholds() {
        assert_eq!(
            [0, 1, 2, 3, 4].map(|n| threshold(Rule::Majority as i32, n)),
            [0, 1, 2, 2, 3]
        );
        assert_eq!([0, 1, 5].map(|n| threshold(Rule::Any as i32, n)), [0, 1, 1]);
        assert_eq!([0, 1, 5].map(|n| threshold(Rule::All as i32, n)), [0, 1, 5]);
    }
}
