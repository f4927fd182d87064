//! Assertions that say what there is instead.

use crate::{Simulated, Verdict};
use expect_test::Expect;

impl Simulated {
    /// Compares what it read and would write with an expectation in the test, which `UPDATE_EXPECT=1 cargo test` writes.
    ///
    /// One line stands for one key; composite keys are `type:part,part`, versions `block.transaction`:
    /// ```
    /// # use selvedge_testkit::Network;
    /// # let network = Network::new();
    /// # let assets = network.deploy("basic", asset_transfer::CHAINCODE);
    /// # let ann = network.client("Org1MSP", "ann");
    /// use selvedge_testkit::expect;
    ///
    /// assets.submit(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300));
    /// let deleted = assets.call(&ann, "DeleteAsset", ("a1",));
    /// deleted.expect_rwset(&expect![[r#"
    ///     basic
    ///       read a1 at 1.0
    ///       delete a1
    /// "#]]);
    /// ```
    #[track_caller]
    pub fn expect_rwset(&self, expected: &Expect) {
        expected.assert_eq(&self.rwset());
    }

    /// Asserts that the contract refused with this status, and a message in which this text is.
    #[track_caller]
    pub fn expect_refused(&self, status: i32, text: &str) {
        match self.refusal() {
            Some((found, message)) => assert!(
                found == status && message.contains(text),
                "refused with {found}: {message}\nexpected {status}: {text}"
            ),
            None => panic!(
                "the transaction succeeded with {:?}; expected a refusal with {status}: {text}",
                self.text()
            ),
        }
    }
}

impl Verdict {
    /// Asserts that the transaction's writes are in the state.
    #[track_caller]
    pub fn expect_valid(&self) {
        assert!(self.is_valid(), "{self}");
    }

    /// Asserts that the transaction lost a conflict there: `chaincode/key`, or a range and a row as
    /// [`Verdict::conflict_at`] has them.
    #[track_caller]
    pub fn expect_conflict(&self, at: &str) {
        assert_eq!(
            self.conflict_at().as_deref(),
            Some(at),
            "the verdict is {self}"
        );
    }
}

/// Asserts that a [`Simulated`] would leave an event that matches: its type is the pattern's.
///
/// ```
/// # mod parcels {
/// #     use selvedge_sdk::prelude::*;
/// #     #[derive(Debug, Serialize, Deserialize, Event)]
/// #     pub struct Sent { pub to: String, pub weight: u32 }
/// #     #[derive(Default)]
/// #     pub struct Parcels;
/// #     #[contract]
/// #     impl Parcels {
/// #         #[transaction]
/// #         fn send(&self, tx: &Tx, to: String, weight: u32) -> Result<(), SdkError> { tx.emit(&Sent { to, weight }) }
/// #     }
/// #     chaincode!(Parcels);
/// # }
/// # use parcels::Sent;
/// use selvedge_testkit::{Network, assert_event};
///
/// let network = Network::new();
/// let parcels = network.deploy("parcels", parcels::CHAINCODE);
/// let sent = parcels.call(&network.client("Org1MSP", "ann"), "Send", ("bob", 5));
/// assert_event!(sent, Sent { to, weight: 5 } if to == "bob");
/// ```
#[macro_export]
macro_rules! assert_event {
    ($simulated:expr, $pattern:pat $(if $guard:expr)? $(,)?) => {
        if !::core::matches!($simulated.event_as(), $pattern $(if $guard)?) {
            ::core::panic!(
                "the event is {:?}, which is no {}",
                $simulated.event(),
                ::core::stringify!($pattern $(if $guard)?)
            )
        }
    };
}

/// Asserts that a [`Verdict`] is a conflict at a place, or that all of several transactions were valid.
///
/// `assert_conflict!(verdicts[1], "basic/a1")`
#[macro_export]
macro_rules! assert_conflict {
    ($verdict:expr, $at:expr $(,)?) => {
        $verdict.expect_conflict($at)
    };
}

/// Asserts that transactions do not conflict, whatever their order in a block: each is a [`Request`](crate::Request).
///
/// `assert_conflict_free!(network, basic.request(&ann, "CreateAsset", …), basic.request(&bob, …))`
#[macro_export]
macro_rules! assert_conflict_free {
    ($network:expr, $($request:expr),+ $(,)?) => {
        $network.race(&[$($request),+]).expect_conflict_free()
    };
}
