//! `selvedge dev`: a whole network in one process, a contract deployed on it, and a session that shows it at work.
//!
//! Everything is real: TLS connections, signed proposals, ordered blocks, the lifecycle. Only the machine is shared.

mod connection_profile;
mod deploy;
mod environment;
mod event;
mod legacy;
mod material;
mod member;
mod network;
mod page;
mod servers;
mod session;
mod show;
mod watch;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, bail};
use selvedge_runtime::Package;

use crate::cli::{DevArgs, build, interruption};
use deploy::{Definition, Terms};
use event::Event;
use network::Network;
use show::Show;
use watch::{Watched, watch};

/// A contract ready to be installed.
struct Contract {
    name: String,
    version: String,
    package: Vec<u8>,
    /// The crate it was built from, if that is to be watched.
    watched: Option<Watched>,
}

/// Runs until the session is over, or until Ctrl-C.
pub(crate) fn run(args: DevArgs) -> Result<()> {
    let show = Show::new(args.json);
    // A policy that cannot be read is told before anything is built.
    let terms = Terms::given(&args)?;
    let contract = contract(&args, &show)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.context("starting the asynchronous runtime")?;
    let result = runtime.block_on(live(&args, contract, terms, &show));
    show.quiet();
    // A build that is under way is not waited for.
    runtime.shutdown_background();
    result
}

async fn live(args: &DevArgs, mut contract: Contract, terms: Terms, show: &Show) -> Result<()> {
    let mut interrupted = pin!(interruption()?);
    let watched = contract.watched.take();
    let sample = is_sample(&contract.package);
    let (network, name) = tokio::select! {
        shown = demonstrate(args, contract, terms, show) => shown?,
        // Dropping what is half made also removes its files.
        _ = &mut interrupted => return Ok(()),
    };
    show.quiet();
    if !args.once {
        show.event(&network.up(&name, sample, watched.as_ref())?);
        tokio::select! {
            _ = interrupted => (),
            Err(error) = keep_up(watched, &name, &network, show) => return Err(error),
        }
    }
    let kept = network.stop().await?;
    show.event(&Event::Stopped { directory: kept });
    Ok(())
}

/// Deploys the contract again whenever it changes.
async fn keep_up(
    watched: Option<Watched>,
    name: &str,
    network: &Network,
    show: &Show,
) -> Result<()> {
    match watched {
        Some(watched) => watch(watched, name, network, show).await,
        None => Ok(()),
    }
}

/// Brings the network up, deploys the contract and runs the session; gives the network and the chaincode's name.
async fn demonstrate(
    args: &DevArgs,
    contract: Contract,
    terms: Terms,
    show: &Show,
) -> Result<(Network, String)> {
    let sample = is_sample(&contract.package);
    show.doing("starting the network");
    let started = Instant::now();
    let network = Network::start(args).await?;
    show.event(&network.ready(millis(started)));
    let definition = Definition {
        name: contract.name,
        version: contract.version,
        sequence: 1,
        terms,
    };
    match args.legacy {
        true => legacy::deploy(&network, &contract.package, &definition, show).await?,
        false => deploy::deploy(&network, &contract.package, &definition, show).await?,
    }
    if sample && !args.no_session {
        session::run(&network, &definition.name, show).await?;
    }
    Ok((network, definition.name))
}

/// The chaincode's name may be the user's choice; what it is shows in the package's label.
fn is_sample(package: &[u8]) -> bool {
    let label = Package::parse(package)
        .map(|package| package.label.as_str().to_owned())
        .unwrap_or_default();
    label.split('_').next() == Some(session::SAMPLE)
}

/// Builds the crate, or reads the package.
fn contract(args: &DevArgs, show: &Show) -> Result<Contract> {
    let started = Instant::now();
    if let Some(file) = &args.package {
        let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let package =
            Package::parse(&bytes).context("could not parse as a chaincode install package")?;
        let label = package.label.as_str().to_owned();
        let (name, version) = label.rsplit_once('_').unwrap_or((&label, "1.0"));
        let (name, version) = (
            args.name.clone().unwrap_or_else(|| name.to_owned()),
            version.to_owned(),
        );
        show.event(&Event::Built {
            package_id: package.id.to_string(),
            component_bytes: None,
            package_bytes: bytes.len(),
            millis: millis(started),
            label,
        });
        return Ok(Contract {
            name,
            version,
            package: bytes,
            watched: None,
        });
    }
    let directory = crate_directory(args.crate_path.as_deref())?;
    let since = SystemTime::now();
    let built = build(&directory, None)?;
    // Nothing of the legacy lifecycle takes the place of code under the same version.
    let watches = !(args.once || args.no_watch || args.legacy);
    let watched = watches.then(|| Watched {
        directory,
        module: built.module.clone(),
        since,
        package_id: built.package_id.clone(),
    });
    show.event(&Event::Built {
        label: built.label,
        package_id: built.package_id,
        component_bytes: Some(built.component.len()),
        package_bytes: built.package.len(),
        millis: millis(started),
    });
    Ok(Contract {
        name: args.name.clone().unwrap_or(built.name),
        version: built.version,
        package: built.package,
        watched,
    })
}

/// The crate that was named; else the one of the working directory; else the sample, inside this repository.
fn crate_directory(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let sample = Path::new("chaincodes").join(session::SAMPLE);
    if sample.join("Cargo.toml").is_file() {
        return Ok(sample);
    }
    if Path::new("Cargo.toml").is_file() {
        return Ok(PathBuf::from("."));
    }
    bail!("which contract? Name the folder of its crate: selvedge dev path/to/crate")
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
