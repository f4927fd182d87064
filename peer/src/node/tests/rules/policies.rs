//! Policies of definitions that cannot be evaluated: nobody satisfies them.

use super::bench::Bench;
use super::definitions::{call, define};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::protos::{ApplicationPolicy, application_policy::Type};

/// Fabric: core/policy/application.go, Evaluate.
#[test]
fn a_policy_that_is_none_is_satisfied_by_nobody() {
    let bench = Bench::new();
    let reference = |path: &str| ApplicationPolicy {
        r#type: Some(Type::ChannelConfigPolicyReference(path.to_owned())),
    };
    let encoded = |policy: ApplicationPolicy| Bytes::from(policy.encode_to_vec());
    for (name, parameter) in [
        (
            "sound",
            encoded(reference("/Channel/Application/Endorsement")),
        ),
        (
            "missing",
            encoded(reference("/Channel/Application/Nowhere")),
        ),
        // A field of the future, so that there is something, and of the known ones none.
        ("unset", Bytes::from_static(b"\x1a\0")),
        ("empty", encoded(ApplicationPolicy::default())),
        ("broken", Bytes::from_static(b"\xff")),
    ] {
        define(&bench, name, |info| {
            info.validation_parameter = parameter.clone()
        });
    }
    let code = |name: &str| {
        let majority = call(&bench, name).endorsed_by(&[&bench.org1, &bench.org3]);
        bench.code(&majority)
    };
    assert_eq!(code("sound"), 0);
    for name in ["missing", "unset", "broken"] {
        assert_eq!(code(name), 10, "{name}");
    }
    // Without any policy the definition itself is wrong: dispatcher.go, getCDataForCC.
    assert_eq!(code("empty"), 25);
}
