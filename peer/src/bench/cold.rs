//! From a package to the first answer. Every round has a package that was never seen.

use super::record::Measure;
use super::setting::Setting;
use super::{Group, Live, Record, Way};
use anyhow::{Context, Result};
use std::time::Instant;

const INSTALL: Measure = Measure::new(Group::Cold, "from package to first answer", "ms");
const SIZE: Measure = Measure::new(Group::Cold, "size of what runs", "KiB");

pub(super) fn measure(setting: &Setting<'_>, live: &Live, record: &mut Record) -> Result<()> {
    let mut samples: Vec<[Vec<f64>; 3]> = setting.ways.iter().map(|_| Default::default()).collect();
    for round in 0..setting.pace.starts {
        for (way, [installs, firsts, both]) in setting.ways.iter().zip(&mut samples) {
            setting.doing(Group::Cold, way.title());
            let [install, first] = start(setting, live, *way, round)?;
            installs.push(install);
            firsts.push(first);
            both.push(install + first);
        }
    }
    for (way, [installs, firsts, both]) in setting.ways.iter().zip(&samples) {
        let cases = [
            ("install", installs),
            ("first call", firsts),
            ("both", both),
        ];
        for (case, samples) in cases {
            record.add(&INSTALL, case, way.title(), samples);
        }
        if let Some(size) = setting.artifacts.size(*way) {
            record.add(&SIZE, "contract", way.title(), &[size as f64 / 1024.0]);
        }
    }
    Ok(())
}

/// Milliseconds of the install and of the first call.
fn start(setting: &Setting<'_>, live: &Live, way: Way, round: usize) -> Result<[f64; 2]> {
    // Number 0 is the one that everything else is measured with.
    let packaged = setting.artifacts.package(way, 1 + round)?;
    let name = format!("{}-cold-{round}", way.name());
    let install = live
        .deploy(&name, &packaged)
        .with_context(|| format!("deploying the contract as {}", way.title()))?;
    let start = Instant::now();
    live.invoke(&name, &["empty"])?;
    let millis = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    Ok([millis(install), millis(start.elapsed())])
}
