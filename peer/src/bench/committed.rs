//! Transactions through the gateway until they are committed, on a network of two organisations.

use super::application::Application;
use super::record::Measure;
use super::setting::Setting;
use super::warm::micros;
use super::{Group, Live, LivePlan, Record, Way, percentile};
use anyhow::Result;
use cpu_time::{ProcessTime, ThreadTime};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many transactions are under way at once, shared by some connections.
const AT_ONCE: usize = 256;
const CONNECTIONS: usize = 16;

const RATE: Measure = Measure::new(Group::Committed, "transactions", "1/s").more_is_better();
const LATENCY: Measure = Measure::new(Group::Committed, "latency, median", "ms");
const CPU: Measure = Measure::new(Group::Committed, "CPU of both peers and the orderer", "µs");
const READY: Measure = Measure::new(Group::Committed, "getting there", "ms");

pub(super) fn measure(setting: &Setting<'_>, record: &mut Record) -> Result<()> {
    setting.doing(Group::Committed, "founding a network of two organisations");
    let plan = LivePlan {
        organisations: 2,
        batch_timeout: Duration::from_millis(100),
        block: 128,
        ..LivePlan::of_program()?
    };
    let live = Live::start(&plan, &setting.artifacts)?;
    let ready = live.ready.as_secs_f64() * 1e3;
    record.add(&READY, "network of two organisations", "both", &[ready]);
    for way in &setting.ways {
        let start = Instant::now();
        live.deploy_way(*way, &setting.artifacts.package(*way, 0)?)?;
        live.transact(way.name(), &["get-put", "0"])?;
        let deployed = start.elapsed().as_secs_f64() * 1e3;
        let case = "package → first committed call";
        record.add(&READY, case, way.title(), &[deployed]);
    }
    for way in &setting.ways {
        setting.doing(Group::Committed, way.title());
        let run = commit(&live, *way, setting.pace.committing)?;
        let (case, column) = ("1 get, 1 put", way.title());
        record.add(&RATE, case, column, &[run.rate]);
        record.add(&LATENCY, case, column, &[run.latency.as_secs_f64() * 1e3]);
        record.add(&CPU, case, column, &[run.cpu]);
    }
    Ok(())
}

struct Run {
    rate: f64,
    latency: Duration,
    /// Microseconds for each transaction.
    cpu: f64,
}

/// Every transaction has a key of its own.
fn commit(live: &Live, way: Way, long: Duration) -> Result<Run> {
    let load = live.clients(CONNECTIONS)?;
    let applications = Application::on(live, &load)?;
    let next = Arc::new(AtomicU64::new(0));
    let (process, thread) = (ProcessTime::now(), ThreadTime::now());
    let start = Instant::now();
    let end = start + long;
    let mut latencies = load.run(async {
        let mut under_way = tokio::task::JoinSet::new();
        for application in applications.iter().cycle().take(AT_ONCE) {
            let (application, next) = (application.clone(), Arc::clone(&next));
            under_way.spawn(one_by_one(application, way, next, end));
        }
        let mut latencies = Vec::new();
        while let Some(ended) = under_way.join_next().await {
            latencies.extend(ended??);
        }
        anyhow::Ok(latencies)
    })?;
    let (wall, client) = (start.elapsed(), thread.elapsed());
    let cpu = process.elapsed().saturating_sub(client);
    latencies.sort_unstable();
    let count = latencies.len().max(1) as f64;
    Ok(Run {
        rate: count / wall.as_secs_f64(),
        latency: percentile(&latencies, 50),
        cpu: micros(cpu) / count,
    })
}

async fn one_by_one(
    mut application: Application,
    way: Way,
    next: Arc<AtomicU64>,
    end: Instant,
) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let key = next.fetch_add(1, Ordering::Relaxed).to_string();
        let call = Live::call(way.name(), &["get-put", &key]);
        let start = Instant::now();
        application.submit(&call).await?;
        latencies.push(start.elapsed());
    }
    Ok(latencies)
}
