//! Every trap of strict mode, sprung; and what looks like one and is none.

use crate::contracts::careless;
use crate::panic_of;
use expect_test::expect;
use selvedge_testkit::{Client, Deployed, Network, Simulated, TrapKind};

fn careless() -> (Network, Deployed, Client) {
    let network = Network::new();
    let careless = network.deploy("careless", careless::CHAINCODE);
    network.add_collection("careless", "secrets");
    let ann = network.client("Org1MSP", "ann");
    (network, careless, ann)
}

/// Kind and subject of the one trap; the transaction must not be committable.
#[track_caller]
fn sprung(simulated: &Simulated) -> (TrapKind, String) {
    let traps = simulated.traps();
    assert_eq!(traps.len(), 1, "{traps:?}");
    assert!(simulated.refusal().is_none());
    let text = panic_of(|| simulated.expect_ok());
    assert!(text.contains(traps[0].kind().name()), "{text}");
    (traps[0].kind(), traps[0].subject().to_owned())
}

#[test]
fn a_read_after_an_own_write() {
    let (_network, careless, ann) = careless();
    let read = careless.call(&ann, "read after write", ());
    assert_eq!(
        sprung(&read),
        (TrapKind::ReadAfterWrite, "careless/k".into())
    );
    expect![[r#"
        ann: read after write() steps into a trap:
        read after own write: careless/k
          Fabric: the answer is the value from before the transaction: writes are visible when their block commits.
          Mend: Keep the new value in a variable, or read everything before the first write.
        (`Network::allow` permits one with a reason, `Network::lenient` all of them)"#]]
    .assert_eq(&panic_of(|| read.expect_ok()));
    let ranged = careless.call(&ann, "range after write", ());
    assert_eq!(
        sprung(&ranged),
        (TrapKind::ReadAfterWrite, "careless/k".into())
    );
}

#[test]
fn a_second_event_and_one_from_below() {
    let (_network, careless, ann) = careless();
    let two = careless.call(&ann, "two events", ());
    assert_eq!(sprung(&two), (TrapKind::SecondEvent, "two".into()));
    let below = careless.call(&ann, "call", ("careless", "event"));
    assert_eq!(
        sprung(&below),
        (TrapKind::CalleeEvent, "from below of careless".into())
    );
    assert!(careless.call(&ann, "event", ()).traps().is_empty());
}

#[test]
fn a_rich_query_in_an_update() {
    let (_network, careless, ann) = careless();
    let query = r#"{"selector":{"n":1}}"#;
    let found = careless.call(&ann, "rich query in an update", (query,));
    assert_eq!(sprung(&found).0, TrapKind::RichQueryInUpdate);
}

#[test]
fn a_range_left_before_its_end() {
    let (_network, careless, ann) = careless();
    careless.submit(&ann, "rows", ());
    let partial = careless.call(&ann, "partial range", ());
    assert_eq!(
        sprung(&partial),
        (TrapKind::PartialRange, "careless/row..row~".into())
    );
    assert!(
        careless.call(&ann, "half a range", ()).traps().is_empty(),
        "it only reads"
    );
}

#[test]
fn values_that_are_none() {
    let (_network, careless, ann) = careless();
    let float = careless.call(&ann, "float", ());
    assert_eq!(
        sprung(&float),
        (
            TrapKind::FloatInState,
            "careless/price: price.eur = 1.5".into()
        )
    );
    let empty = careless.call(&ann, "empty", ());
    assert_eq!(
        sprung(&empty),
        (TrapKind::EmptyValue, "careless/nothing".into())
    );
    let strange = careless.call(&ann, "strange", ("a\0b",));
    assert_eq!(sprung(&strange).0, TrapKind::StrangeKey);
    let composite = careless.call(&ann, "strange", ("\0a\0b\0",));
    assert!(composite.traps().is_empty(), "{:?}", composite.traps());
}

#[test]
fn records_of_two_kinds_under_one_key() {
    let (_network, careless, ann) = careless();
    careless.submit(&ann, "put", ("k", r#"{"owner":"ann"}"#));
    careless.submit(&ann, "put", ("k", r#"{"owner":"bob","size":1}"#));
    let other = careless.call(&ann, "put", ("k", r#"{"balance":1}"#));
    assert_eq!(
        sprung(&other),
        (TrapKind::KeyCollision, "careless/k".into())
    );
}

#[test]
fn secrets_in_public() {
    let (_network, careless, ann) = careless();
    let hide = |value: &str| {
        careless
            .request(&ann, "hide", ("k",))
            .transient("secret", value)
    };
    hide("73500").submit();
    let private = careless.call(&ann, "publish private", ("k",));
    assert_eq!(
        sprung(&private),
        (
            TrapKind::PrivateDataLeak,
            "careless/secrets/k in published".into()
        )
    );
    let transient = careless
        .request(&ann, "publish transient", ())
        .transient("secret", "73500");
    assert_eq!(
        sprung(&transient.simulate()),
        (TrapKind::TransientLeak, "secret in published".into())
    );
}

#[test]
fn an_error_passed_over() {
    let (_network, careless, ann) = careless();
    let swallowed = careless.call(&ann, "swallow", ());
    let (kind, subject) = sprung(&swallowed);
    assert_eq!(kind, TrapKind::SwallowedError);
    assert!(
        subject.starts_with("GET_STATE careless/nowhere/k refused: GET_STATE failed"),
        "{subject}"
    );
}

#[test]
fn a_callee_that_wrote_and_failed() {
    let (_network, careless, ann) = careless();
    let called = careless.call(&ann, "call", ("careless", "write and fail"));
    assert_eq!(
        sprung(&called),
        (TrapKind::FailedCalleeWrote, "careless".into())
    );
    // Fabric's rule, which is the trap.
    assert!(
        called.rwset().contains("write left behind"),
        "{}",
        called.rwset()
    );
}

#[test]
fn an_order_that_changes_from_run_to_run() {
    let (_network, careless, ann) = careless();
    let unordered = careless.call(&ann, "unordered", ());
    let (kind, subject) = sprung(&unordered);
    assert_eq!(kind, TrapKind::Nondeterministic);
    assert!(subject.contains("- write keys = "), "{subject}");
}

#[test]
fn a_write_in_a_query() {
    let (_network, careless, ann) = careless();
    let text = panic_of(|| careless.evaluate::<String>(&ann, "put", ("k", "v")));
    assert!(text.contains("write in a query: careless/k"), "{text}");
}

#[test]
fn what_is_allowed_passes_and_the_rest_does_not() {
    let (network, careless, ann) = careless();
    network.allow(
        TrapKind::FloatInState,
        "prices come from a feed that has them",
    );
    careless.submit(&ann, "float", ());
    assert!(panic_of(|| careless.submit(&ann, "empty", ())).contains("empty value"));
    network.lenient();
    careless.submit(&ann, "empty", ());
    assert!(panic_of(|| network.allow(TrapKind::EmptyValue, " ")).starts_with("say why"));
}
