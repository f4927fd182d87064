//! What applications do, whoever's gateway they do it at.

use super::{Application, call};
use anyhow::Result;
use selvedge_peer::client::Call;

/// So many at one time, and transactions of one round.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub under_way: usize,
    pub connections: usize,
    pub transactions: usize,
}

/// Applications in step, each over a connection of its own.
pub const APPLICATIONS: Load = Load {
    under_way: 32,
    connections: 32,
    transactions: 640,
};
/// As many as keep two cores busy, over few connections.
pub const CROWD: Load = Load {
    under_way: 128,
    connections: 4,
    transactions: 2_560,
};

impl Load {
    /// Its applications, over connections that those of `few` have.
    pub fn share(&self, few: &[Application]) -> Vec<Application> {
        few.iter().cycle().take(self.under_way).cloned().collect()
    }
}

/// Keys that no transaction under way has.
#[derive(Debug, Default)]
pub struct Keys(usize);

impl Keys {
    pub(super) fn next(&mut self) -> String {
        self.0 += 1;
        (self.0 % 1_000_000).to_string()
    }

    /// Calls that read and write a key each.
    pub fn writing(&mut self, count: usize) -> Vec<Call> {
        (0..count)
            .map(|_| call(&["get-put", &self.next()]))
            .collect()
    }
}

/// Every application does its share of the calls, one after the other.
pub(super) async fn all(
    applications: &[Application],
    calls: Vec<Call>,
    work: impl AsyncFn(&Application, &Call) -> Result<()> + Copy,
) -> Result<()> {
    let share = calls.len().div_ceil(applications.len().max(1)).max(1);
    let shares = applications.iter().zip(calls.chunks(share));
    let shares = shares.map(|(application, calls)| async move {
        for call in calls {
            work(application, call).await?;
        }
        anyhow::Ok(())
    });
    futures::future::try_join_all(shares).await?;
    Ok(())
}
