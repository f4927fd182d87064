use super::file::{RateControl, Round, Scenario, Setup};
use super::result::RoundResult;
use super::round::{Counter, Until, Workload, drive};
use anyhow::{Context, Result, bail};
use selvedge_ledger::StateDatabase;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::bench::application::Application;
use crate::bench::progress::Progress;
use crate::bench::{Artifacts, Live, LivePlan, Way};

const CONNECTIONS: usize = 10;

/// Runs the rounds of a file. The ways take turns within a round.
pub(in crate::bench) fn run(
    path: &Path,
    ways: &[Way],
    artifacts: &Arc<Artifacts>,
    progress: &Progress,
) -> Result<Vec<RoundResult>> {
    let scenario = Scenario::read(path)?;
    let doing = |what: &str| progress.doing(&format!("{}: {what}", scenario.name));
    doing("founding the network");
    let live = Live::start(&plan(&scenario)?, artifacts)?;
    let load = live.clients(CONNECTIONS)?;
    let applications = Application::on(&live, &load)?;
    let drive = |workload: &Workload, rate, round: Option<&Round>, number| {
        let until = round.map_or_else(|| Until::after(number), Until::of);
        load.run(drive(workload, &applications, rate, until))
    };
    for way in ways {
        doing(&format!("deploying and filling as {}", way.title()));
        live.deploy_way(*way, &artifacts.package(*way, 0)?)?;
        live.wait_until_known(way.name())?;
        for setup in &scenario.setup {
            let sent = drive(&setup.workload(*way), SETUP_RATE, None, setup.tx_number)?;
            if let Some(failure) = sent.iter().find_map(|one| one.failure.as_ref()) {
                bail!("the setup failed as {}: {failure}", way.title());
            }
        }
    }
    // Behind what the setup may have numbered.
    const FIRST: u64 = 1_000_000;
    let next = Counter::new(FIRST.into());
    let mut results = Vec::new();
    for round in &scenario.rounds {
        for way in ways {
            doing(&format!("{} as {}", round.label, way.title()));
            let (args, submits) = round.call();
            let workload = Workload {
                way: *way,
                args: args.into(),
                submits,
                assets: round.assets,
                next: Arc::clone(&next),
            };
            let sent = drive(&workload, round.rate_control, Some(round), 0)
                .with_context(|| format!("round '{}'", round.label))?;
            results.push(RoundResult::of(*way, &round.label, &sent));
        }
    }
    Ok(results)
}

const SETUP_RATE: RateControl = RateControl::FixedLoad {
    transaction_load: 100,
};

impl Setup {
    /// Numbered from 0 on, so that `{any}` of a round finds what `{next}` made.
    fn workload(&self, way: Way) -> Workload {
        Workload {
            way,
            args: self.submit.as_slice().into(),
            submits: true,
            assets: 1,
            next: Counter::default(),
        }
    }
}

fn plan(scenario: &Scenario) -> Result<LivePlan> {
    let network = &scenario.network;
    Ok(LivePlan {
        organisations: network.organisations,
        batch_timeout: Duration::from_millis(network.batch_timeout),
        block: network.max_message_count,
        state_database: match network.state_database.as_str() {
            "CouchDB" => StateDatabase::CouchDb,
            _ => StateDatabase::LevelDb,
        },
        ..LivePlan::of_program()?
    })
}
