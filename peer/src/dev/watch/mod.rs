//! A contract's source changes: cargo builds, and the new package takes the place of the old one, by the lifecycle. The
//! state stays, and so does the code that runs when a build or a step fails.

mod sources;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};

use super::deploy::{Definition, deploy};
use super::event::Event;
use super::millis;
use super::network::Network;
use super::show::Show;
use crate::cli::{Built, build};
use sources::Sources;

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_millis(100);
/// An editor that writes several files is done when nothing has changed for so long.
const SETTLE: Duration = Duration::from_millis(20);

/// What is watched.
#[derive(Debug)]
pub(super) struct Watched {
    /// The contract's crate.
    pub(super) directory: PathBuf,
    /// The module that cargo made of it.
    pub(super) module: PathBuf,
    /// Before the build of what is deployed now.
    pub(super) since: SystemTime,
    pub(super) package_id: String,
}

/// Deploys what changes under the chaincode's name, for ever.
pub(super) async fn watch(
    mut watched: Watched,
    name: &str,
    network: &Network,
    show: &Show,
) -> Result<()> {
    let (directory, module) = (watched.directory.clone(), watched.module.clone());
    let mut sources = blocking(move || Sources::of(&directory, &module)).await?;
    let mut changed = sources.since(watched.since);
    loop {
        let built = !changed.is_empty();
        if built {
            show.event(&Event::Changed {
                files: relative(changed, &watched.directory),
            });
            if let Some(package_id) = replace(&watched, name, network, show).await? {
                watched.package_id = package_id;
            }
        }
        (sources, changed) = next(sources, built).await?;
    }
}

/// Waits until a file changes and the files are at rest. `built`: cargo has run since the last look.
async fn next(mut sources: Sources, built: bool) -> Result<(Sources, Vec<PathBuf>)> {
    if built {
        sources = blocking(move || {
            sources.built();
            sources
        })
        .await?;
    }
    let mut all: Vec<PathBuf> = Vec::new();
    loop {
        let changed;
        (sources, changed) = blocking(move || {
            let changed = sources.changed();
            (sources, changed)
        })
        .await?;
        if changed.is_empty() && !all.is_empty() {
            all.sort();
            all.dedup();
            return Ok((sources, all));
        }
        all.extend(changed);
        tokio::time::sleep(if all.is_empty() { PAUSE } else { SETTLE }).await;
    }
}

/// Builds and deploys; gives the package that now runs, if it is another one. What goes wrong is told, and leaves what
/// runs as it is.
async fn replace(
    watched: &Watched,
    name: &str,
    network: &Network,
    show: &Show,
) -> Result<Option<String>> {
    let started = Instant::now();
    let directory = watched.directory.clone();
    let built = match blocking(move || build(&directory, None)).await? {
        Ok(built) => built,
        Err(error) => return Ok(failed("build", &error, show)),
    };
    if built.package_id == watched.package_id {
        show.event(&Event::Unchanged {
            millis: millis(started),
        });
        return Ok(None);
    }
    match redeploy(&built, name, network, show).await {
        Ok(definition) => show.event(&Event::Redeployed {
            name: definition.name,
            version: definition.version,
            sequence: definition.sequence,
            package_id: built.package_id.clone(),
            millis: millis(started),
            millis_after_cargo: millis(built.compiled),
        }),
        Err(error) => return Ok(failed("deployment", &error, show)),
    }
    Ok(Some(built.package_id))
}

fn failed(step: &'static str, error: &anyhow::Error, show: &Show) -> Option<String> {
    show.event(&Event::RedeployFailed {
        step,
        message: format!("{error:#}"),
    });
    None
}

/// As the next sequence of what is committed now.
async fn redeploy(built: &Built, name: &str, network: &Network, show: &Show) -> Result<Definition> {
    let definition = Definition::next(network.clients(), name, &built.version).await?;
    let deployed = deploy(network, &built.package, &definition, &show.silent()).await;
    network.forget();
    deployed.map(|()| definition)
}

/// As they are called from the contract's folder, where they lie in it.
fn relative(files: Vec<PathBuf>, directory: &Path) -> Vec<PathBuf> {
    let directory = directory.canonicalize().unwrap_or(directory.to_owned());
    let short = |file: PathBuf| {
        let inside = file.strip_prefix(&directory).map(Path::to_owned);
        inside.unwrap_or(file)
    };
    files.into_iter().map(short).collect()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.context("the work on the contract's files was interrupted")
}
