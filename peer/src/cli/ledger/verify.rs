use super::args::{StateDatabaseName, VerifyArgs};
use super::table;
use crate::audit::{AuditError, AuditOptions, Folder, Found, Record, Source, Store, audit};
use crate::cli::tidy_up_when_interrupted;
use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use selvedge_ledger::StateDatabase;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

/// Judges and prints; answers the number of differences.
pub(super) fn run(args: &VerifyArgs) -> Result<u64> {
    let state_database = match args.state_database {
        StateDatabaseName::Goleveldb => StateDatabase::LevelDb,
        StateDatabaseName::CouchDb => StateDatabase::CouchDb,
    };
    let others: Result<Vec<Found>> = args.other_channels.iter().map(|path| read(path)).collect();
    let options = AuditOptions {
        other_channels: others?,
        state_database,
        temporary: args.temporary.clone(),
        snapshot: args.snapshot.clone(),
        last: args.last,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let genesis = args.genesis.as_deref().map(read).transpose()?;
    let source = open(args, state_database)?;
    tidy_up_when_interrupted()?;
    let mut show = Show::new(args, source.height());
    let told = audit(
        &*source,
        genesis,
        &options,
        args.state.as_deref(),
        &mut |record| show.record(record),
    );
    show.finish();
    match told {
        Ok(summary) => Ok(summary.differences),
        // A reader that has gone away, such as `head`, has seen what it wanted.
        Err(AuditError::Tell(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(show.differences)
        }
        Err(error) if show.differences > 0 => {
            eprintln!("Error: {:#}", anyhow::Error::from(error));
            Ok(show.differences)
        }
        Err(error) => Err(error.into()),
    }
}

fn open(args: &VerifyArgs, state_database: StateDatabase) -> Result<Box<dyn Source>, AuditError> {
    if let Some(dir) = &args.blocks {
        return Ok(Box::new(Folder::open(dir)?));
    }
    let dir = args.store.as_deref().unwrap_or(Path::new("."));
    Ok(Box::new(Store::open(dir, state_database)?))
}

fn read(path: &Path) -> Result<Found> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(Found {
        bytes: bytes.into(),
        origin: path.display().to_string(),
    })
}

/// Prints records; beside them a bar, on a terminal only.
struct Show {
    json: bool,
    quiet: bool,
    bar: Option<ProgressBar>,
    differences: u64,
}

impl Show {
    fn new(args: &VerifyArgs, height: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos} of {len} blocks, {eta} left");
            let bar = ProgressBar::new(height);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self {
            json: args.json,
            quiet: args.quiet,
            bar,
            differences: 0,
        }
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        match record {
            Record::Block(_) => {
                if let Some(bar) = &self.bar {
                    bar.inc(1);
                }
                if self.quiet {
                    return Ok(());
                }
            }
            Record::Difference(_) => self.differences += 1,
            Record::Summary(_) => {}
        }
        let text = match self.json {
            true => serde_json::to_string(record)? + "\n",
            false => table::lines(record),
        };
        let write = || {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
