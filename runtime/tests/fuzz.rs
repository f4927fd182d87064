//! Damaged components: refused or run, and never worse.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use proptest::prelude::*;
use selvedge_interface::Response;
use selvedge_runtime::{Budget, Call, Chaincode, WasmEngine, check_component, encode_component};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use support::{MemoryHost, engine, get_and_put, input, load};

static ENGINE: LazyLock<WasmEngine> = LazyLock::new(engine);
static GOOD: LazyLock<Vec<u8>> = LazyLock::new(get_and_put);
static CHAINCODE: LazyLock<Arc<dyn Chaincode>> = LazyLock::new(|| load(&ENGINE, &GOOD));

fn run(chaincode: &dyn Chaincode, key: &str) -> Option<Response> {
    let budget = Budget::new(10_000_000, 10_000_000);
    let call = Call {
        budget,
        time_limit: Duration::from_secs(20),
        ..Call::new("fuzz", input(&[key]))
    };
    chaincode
        .execute(call, MemoryHost::with(&[("k", b"v")]).boxed())
        .ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), component in any::<bool>()) {
        let head: &[u8] = if component { b"\0asm\x0d\0\x01\0" } else { b"\0asm\x01\0\0\0" };
        prop_assert!(check_component(&bytes).is_err());
        prop_assert!(check_component(&[head, &bytes[..]].concat()).is_err());
        prop_assert!(encode_component(&bytes).is_err());
    }

    #[test]
    fn damaged_components_hurt_nobody(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = GOOD.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(chaincode) = ENGINE.load(&bytes) {
            run(&*chaincode, "k");
        }
        prop_assert_eq!(run(&**CHAINCODE, "k"), Some(Response::ok("v")));
    }
}
