//! What an operator may set about endorsing.

use std::collections::BTreeSet;
use std::time::Duration;

/// The keys are those of Fabric's `core.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndorserOptions {
    /// `chaincode.executetimeout`: how long one chaincode call may take, callees included.
    pub execute_timeout: Duration,
    /// `chaincode.installTimeout`: how long installing a package may take, its build included, where that is longer than
    /// `execute_timeout`. What takes longer goes on, and nobody waits for it.
    pub install_timeout: Duration,
    /// `ledger.state.totalQueryLimit`, in rows. All endorsers of a channel need the same.
    pub total_query_limit: usize,
    /// `peer.authentication.timewindow`: how far a proposal's timestamp may be from this peer's clock, either way.
    /// `None`: any timestamp.
    pub time_window: Option<Duration>,
    /// Refuse creators whose certificate has expired (the `ExpirationCheck` filter).
    pub check_expiration: bool,
    /// `chaincode.mode` is `dev`: a definition without an installed package is served by whoever registers as
    /// `<name>:<version>`.
    pub dev_mode: bool,
    /// `chaincode.system.<name>` is `disable`: system chaincodes that are not served, to other chaincode neither.
    pub disabled: BTreeSet<String>,
}

impl Default for EndorserOptions {
    fn default() -> Self {
        Self {
            execute_timeout: Duration::from_secs(30),
            install_timeout: Duration::ZERO,
            total_query_limit: 100_000,
            time_window: Some(Duration::from_secs(15 * 60)),
            check_expiration: true,
            dev_mode: false,
            disabled: BTreeSet::new(),
        }
    }
}
