//! What docs/benchmarks.md says of the gateway.

use super::load::{APPLICATIONS, CROWD, Keys, all};
use super::{Application, Gateway, Listeners, Prepared, Share, call};
use anyhow::{Context, Result, ensure};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use selvedge_peer::bench::median;
use selvedge_peer::client::Call;
use std::time::{Duration, Instant};

/// Listeners at one time.
const LISTENERS: usize = 500;
/// Transactions of one round with or without listeners: twenty blocks, so that what waits for a pause must come.
const ORDERED: usize = 2_000;
/// One of so many transactions has an event.
const RARE: usize = 100;
const BATCH_TIMEOUT: Duration = Duration::from_millis(100);
/// Milliseconds of CPU per transaction on a Go gateway's peer: the middle of what was seen.
const GO: f64 = 2.0;

/// One figure, and what it is compared with.
#[derive(Debug)]
pub struct Measured {
    pub name: &'static str,
    pub unit: &'static str,
    pub value: f64,
    pub compared: Option<(&'static str, f64)>,
}

/// Measures it all on one network, or only what listeners cost.
pub fn measure(rounds: usize, only_listening: bool) -> Result<Vec<Measured>> {
    let mut gateway = Gateway::start(BATCH_TIMEOUT)?;
    let mut keys = Keys::default();
    let applications = gateway.applications(APPLICATIONS.connections)?;
    // Warms up connections and caches.
    transactions(
        &gateway,
        &applications,
        &mut keys,
        APPLICATIONS.transactions,
    )?;
    if only_listening {
        return listening(&mut gateway, &applications, &mut keys, rounds);
    }
    let apart = [
        "endorse, submit and commit: CPU of the gateway's peer",
        "endorse, submit and commit: 32 applications, all on this machine",
    ];
    let mut found = throughput(
        &gateway,
        &applications,
        &mut keys,
        (rounds, APPLICATIONS.transactions),
        apart,
    )?;
    let crowd = CROWD.share(&gateway.applications(CROWD.connections)?);
    let together = [
        "the same, 128 under way over 4 connections: CPU of the gateway's peer",
        "the same, 128 under way over 4 connections, all on this machine",
    ];
    found.extend(throughput(
        &gateway,
        &crowd,
        &mut keys,
        (rounds, CROWD.transactions),
        together,
    )?);
    found.push(latency(&gateway, &applications, &mut keys, rounds)?);
    found.extend(evaluation(&gateway, &applications, rounds)?);
    found.extend(listening(&mut gateway, &applications, &mut keys, rounds)?);
    Ok(found)
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Wall-clock time of a round, and CPU time of the gateway's peer for one transaction.
fn transactions(
    gateway: &Gateway,
    applications: &[Application],
    keys: &mut Keys,
    count: usize,
) -> Result<(Duration, Duration)> {
    let calls = keys.writing(count);
    let start = Instant::now();
    let transact =
        async |application: &Application, call: &Call| application.transact(call, &[]).await;
    let work = || gateway.wait(all(applications, calls, transact));
    let ((), cpu) = gateway.cost(Share::Half, work)?;
    Ok((start.elapsed(), cpu / u32::try_from(count)?))
}

fn throughput(
    gateway: &Gateway,
    applications: &[Application],
    keys: &mut Keys,
    (rounds, count): (usize, usize),
    [cost_name, rate_name]: [&'static str; 2],
) -> Result<Vec<Measured>> {
    let (mut rates, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (wall, cpu) = transactions(gateway, applications, keys, count)?;
        rates.push(count as f64 / wall.as_secs_f64());
        costs.push(microseconds(cpu));
    }
    let cost = median(&costs);
    Ok(vec![
        Measured {
            name: cost_name,
            unit: "µs/tx",
            value: cost,
            compared: Some(("Go peer", cost / (GO * 1e3))),
        },
        Measured {
            name: rate_name,
            unit: "tx/s",
            value: median(&rates),
            compared: None,
        },
    ])
}

/// One application alone: all that takes time but the wait for the batch.
fn latency(
    gateway: &Gateway,
    applications: &[Application],
    keys: &mut Keys,
    rounds: usize,
) -> Result<Measured> {
    let application = applications.first().context("an application")?;
    let mut times = Vec::new();
    for _ in 0..rounds.max(3) * 5 {
        let call = call(&["get-put", &keys.next()]);
        let start = Instant::now();
        gateway.wait(application.transact(&call, &[]))?;
        times.push((start.elapsed().as_secs_f64() - BATCH_TIMEOUT.as_secs_f64()) * 1e3);
    }
    Ok(Measured {
        name: "one application: above the batch timeout of 100 ms",
        unit: "ms",
        value: median(&times),
        compared: None,
    })
}

fn evaluation(
    gateway: &Gateway,
    applications: &[Application],
    rounds: usize,
) -> Result<Vec<Measured>> {
    let calls = || vec![call(&["get-put", "1"]); APPLICATIONS.transactions];
    let evaluate = async |application: &Application, call: &Call| application.evaluate(call).await;
    let direct =
        async |application: &Application, call: &Call| application.ask_the_endorser(call).await;
    let (mut through, mut past) = (Vec::new(), Vec::new());
    let count = u32::try_from(APPLICATIONS.transactions)?;
    for _ in 0..rounds {
        let work = || gateway.wait(all(applications, calls(), evaluate));
        through.push(microseconds(gateway.cost(Share::All, work)?.1 / count));
        let work = || gateway.wait(all(applications, calls(), direct));
        past.push(microseconds(gateway.cost(Share::All, work)?.1 / count));
    }
    let (through, past) = (median(&through), median(&past));
    Ok(vec![
        Measured {
            name: "evaluate, 1 get 1 put: CPU of the gateway's peer",
            unit: "µs",
            value: through,
            compared: Some(("its endorser", through / past)),
        },
        Measured {
            name: "the same proposal at the endorser: CPU of the peer",
            unit: "µs",
            value: past,
            compared: None,
        },
    ])
}

/// Transactions that are endorsed already; one of [`RARE`] sends an event, the others do not.
fn prepared(
    gateway: &Gateway,
    applications: &[Application],
    keys: &mut Keys,
) -> Result<Vec<Prepared>> {
    let calls: Vec<Call> = (0..ORDERED)
        .map(|number| match number % RARE {
            0 => call(&["announce", &keys.next()]),
            _ => call(&["get-put", &keys.next()]),
        })
        .collect();
    let endorsing = calls
        .iter()
        .zip(applications.iter().cycle())
        .map(|(call, application)| application.endorse(call, &[]));
    let endorsing = stream::iter(endorsing).buffered(applications.len());
    gateway.wait(endorsing.try_collect())
}

/// What ordering and committing a round cost the gateway's peer, for each transaction.
struct Ordered {
    /// Wall-clock time spent on blocks, in microseconds.
    blocks: f64,
    cpu: Duration,
}

fn order(
    gateway: &Gateway,
    prepared: Vec<Prepared>,
    listeners: Option<&Listeners>,
) -> Result<Ordered> {
    let last = prepared.last().context("a transaction")?.tx_id.clone();
    let envelopes = prepared.into_iter().map(|one| one.envelope).collect();
    let before = gateway.block_seconds()?;
    let work = || {
        gateway.order(envelopes, &last)?;
        listeners.map_or(Ok(()), all_heard)
    };
    let ((), cpu) = gateway.cost(Share::All, work)?;
    let blocks = (gateway.block_seconds()? - before) * 1e6 / ORDERED as f64;
    Ok(Ordered { blocks, cpu })
}

fn all_heard(listeners: &Listeners) -> Result<()> {
    let expected = LISTENERS * ORDERED.div_ceil(RARE);
    let start = Instant::now();
    while usize::try_from(listeners.heard())? < expected {
        ensure!(
            start.elapsed() < super::PATIENCE,
            "{} events of {expected}",
            listeners.heard()
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// How long blocks take, with and without somebody who listens to their events, and what an event costs. The other
/// organisation's peer has endorsed and is stopped: it would judge the same blocks on the same cores at the same time, or
/// a little later, and that would be most of what is measured.
fn listening(
    gateway: &mut Gateway,
    applications: &[Application],
    keys: &mut Keys,
    rounds: usize,
) -> Result<Vec<Measured>> {
    let (mut alone, mut heard, mut events) = (Vec::new(), Vec::new(), Vec::new());
    let mut transactions = Vec::new();
    for _ in 0..2 * rounds {
        transactions.push(prepared(gateway, applications, keys)?);
    }
    gateway.stop_the_other()?;
    while let (Some(first), Some(second)) = (transactions.pop(), transactions.pop()) {
        let without = order(gateway, first, None)?;
        let listeners = Listeners::start(gateway, LISTENERS)?;
        let with = order(gateway, second, Some(&listeners))?;
        alone.push(without.blocks);
        heard.push(with.blocks);
        let count = LISTENERS * ORDERED.div_ceil(RARE);
        let more = microseconds(with.cpu) - microseconds(without.cpu);
        events.push(more / count as f64);
    }
    let (alone, heard) = (median(&alone), median(&heard));
    Ok(vec![
        Measured {
            name: "blocks, nobody listens: time on the gateway's peer",
            unit: "µs/tx",
            value: alone,
            compared: None,
        },
        Measured {
            name: "the same, 500 listen, an event for each in every block",
            unit: "µs/tx",
            value: heard,
            compared: Some(("nobody listens", heard / alone)),
        },
        Measured {
            name: "an event to one of the 500: CPU of the gateway's peer",
            unit: "µs",
            value: median(&events),
            compared: None,
        },
    ])
}
