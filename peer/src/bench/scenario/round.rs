use super::file::{RateControl, Round};
use super::result::Sent;
use super::template::Template;
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::bench::application::Application;
use crate::bench::{Live, Way};

/// Numbers the transactions of a run: no two have the same.
pub(super) type Counter = Arc<AtomicU64>;

/// Transactions of one kind.
#[derive(Clone)]
pub(super) struct Workload {
    pub(super) way: Way,
    pub(super) args: Arc<[Template]>,
    pub(super) submits: bool,
    pub(super) assets: u64,
    pub(super) next: Counter,
}

/// When a round ends.
#[derive(Clone)]
pub(super) struct Until {
    deadline: Option<Instant>,
    left: Arc<AtomicU64>,
}

impl Until {
    pub(super) fn of(round: &Round) -> Self {
        Self {
            deadline: round.duration().map(|duration| Instant::now() + duration),
            left: Arc::new(AtomicU64::new(round.tx_number.unwrap_or(u64::MAX))),
        }
    }

    pub(super) fn after(transactions: u64) -> Self {
        Self {
            deadline: None,
            left: Arc::new(AtomicU64::new(transactions)),
        }
    }

    /// One more may be sent.
    fn goes_on(&self) -> bool {
        let less = |left: u64| left.checked_sub(1);
        let in_time = self.deadline.is_none_or(|end| Instant::now() < end);
        let order = Ordering::Relaxed;
        in_time && self.left.fetch_update(order, order, less).is_ok()
    }
}

impl Workload {
    /// The error of a transaction is part of the result.
    async fn send(&self, application: &mut Application, began: Instant) -> Sent {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let args = self.args.iter();
        let args: Vec<String> = args.map(|arg| arg.fill(next, next % self.assets)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let call = Live::call(self.way.name(), &args);
        let created = began.elapsed();
        let answered = match self.submits {
            true => application.submit(&call).await,
            false => application.evaluate(&call).await.map(drop),
        };
        Sent {
            created,
            finished: began.elapsed(),
            failure: answered.err().map(|error| format!("{error:#}")),
        }
    }
}

/// Sends until the round ends, and waits for every answer.
pub(super) async fn drive(
    workload: &Workload,
    applications: &[Application],
    rate: RateControl,
    until: Until,
) -> Result<Vec<Sent>> {
    match rate {
        RateControl::FixedLoad { transaction_load } => {
            under_way(workload, applications, transaction_load, until).await
        }
        RateControl::FixedRate { tps } => at_rate(workload, applications, tps, until).await,
    }
}

async fn under_way(
    workload: &Workload,
    applications: &[Application],
    load: usize,
    until: Until,
) -> Result<Vec<Sent>> {
    let began = Instant::now();
    let mut senders = JoinSet::new();
    for application in applications.iter().cycle().take(load) {
        let (mut application, workload, until) =
            (application.clone(), workload.clone(), until.clone());
        senders.spawn(async move {
            let mut sent = Vec::new();
            while until.goes_on() {
                sent.push(workload.send(&mut application, began).await);
            }
            sent
        });
    }
    let mut all = Vec::new();
    while let Some(sent) = senders.join_next().await {
        all.extend(sent?);
    }
    Ok(all)
}

async fn at_rate(
    workload: &Workload,
    applications: &[Application],
    tps: f64,
    until: Until,
) -> Result<Vec<Sent>> {
    let began = Instant::now();
    let mut pace = tokio::time::interval(Duration::from_secs_f64(1.0 / tps));
    let mut sent = JoinSet::new();
    for application in applications.iter().cycle() {
        pace.tick().await;
        if !until.goes_on() {
            break;
        }
        let (mut application, workload) = (application.clone(), workload.clone());
        sent.spawn(async move { workload.send(&mut application, began).await });
    }
    let mut all = Vec::new();
    while let Some(one) = sent.join_next().await {
        all.push(one?);
    }
    Ok(all)
}
