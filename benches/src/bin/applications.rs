//! What applications cost the peer whose gateway they are at, wherever it runs and whoever made it; see
//! `tests/interop/fabric/compare`, which asks Fabric's peer and ours in turns.
//!
//! `applications --peer HOST:PORT --tls-ca FILE --msp-id ID --msp FOLDER --process PID [--rounds N]` prints a line of JSON:
//! medians of microseconds of CPU time and of transactions a second, of each load. The channel is `applications`, the
//! chaincode `bench`, which this program is, too, where `SELVEDGE_BENCH_CHAINCODE` is set.

use anyhow::{Context, Result, bail, ensure};
use selvedge_benches::gateway::{APPLICATIONS, CROWD, Cost, Elsewhere, Place};
use selvedge_benches::outside;
use selvedge_peer::bench::median;
use serde_json::{Value, json};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = outside::chaincode() {
        return code;
    }
    match measure() {
        Ok(found) => {
            println!("{found}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<Value> {
    let (place, rounds) = arguments()?;
    let mut elsewhere = Elsewhere::new(place)?;
    let mut found = serde_json::Map::new();
    for (name, load) in [("in step", APPLICATIONS), ("crowd", CROWD)] {
        let applications = elsewhere.applications(&load)?;
        elsewhere.ready(applications.first().context("an application")?)?;
        // Warms up connections and caches.
        elsewhere.transactions(&applications, load.transactions)?;
        let costs: Result<Vec<Cost>> = (0..rounds)
            .map(|_| elsewhere.transactions(&applications, load.transactions))
            .collect();
        found.insert(format!("transactions, {name}"), medians(&costs?));
        let costs: Result<Vec<Cost>> = (0..rounds)
            .map(|_| elsewhere.evaluations(&applications, load.transactions))
            .collect();
        found.insert(format!("evaluations, {name}"), medians(&costs?));
    }
    Ok(Value::Object(found))
}

fn medians(costs: &[Cost]) -> Value {
    let of = |figure: fn(&Cost) -> f64| median(&costs.iter().map(figure).collect::<Vec<_>>());
    json!({ "cpu": of(|cost| cost.cpu).round(), "per_second": of(|cost| cost.per_second).round() })
}

fn arguments() -> Result<(Place, usize)> {
    let (mut place, mut rounds) = (Place::default(), 3);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words
            .next()
            .with_context(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--peer" => place.address = value,
            "--tls-ca" => place.tls_ca = value.into(),
            "--msp-id" => place.msp_id = value,
            "--msp" => place.msp = value.into(),
            "--process" => place.process = value.parse().context("--process needs a number")?,
            "--rounds" => rounds = value.parse().context("--rounds needs a number")?,
            _ => bail!("unknown argument {word}"),
        }
    }
    let given = [
        ("--peer", !place.address.is_empty()),
        ("--tls-ca", !place.tls_ca.as_os_str().is_empty()),
        ("--msp-id", !place.msp_id.is_empty()),
        ("--msp", !place.msp.as_os_str().is_empty()),
        ("--process", place.process != 0),
    ];
    for (flag, is_given) in given {
        ensure!(is_given, "{flag} is needed");
    }
    Ok((place, rounds))
}
