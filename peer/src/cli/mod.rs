//! The command line of `selvedge`.
//!
//! `args` and `flags` define it, one module per verb acts, `session` connects, `output` prints. Results go to standard
//! output, what happens on the way goes to standard error. A failure prints `Error: …` and exits with 1, as Fabric's
//! `peer` does. Fabric: internal/peer, cmd/peer.

mod args;
mod build;
mod chaincode;
mod channel;
mod channel_profile;
mod config_tx;
mod contract;
mod core_config;
mod engine;
mod files;
mod flags;
mod go_duration;
mod interrupt;
mod leave;
mod ledger;
mod legacy;
mod lifecycle;
mod node;
mod output;
mod packaging;
mod profile;
mod session;
mod snapshot;
mod version;
mod wait;

use std::io::Write;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser};

pub use args::Cli;
pub(crate) use args::DevArgs;
pub use build::static_program;
pub(crate) use build::{Built, build};
pub use core_config::{ConfigError, CoreConfig};
pub(crate) use engine::engine;
pub(crate) use files::{write_atomically, write_program};
pub(crate) use interrupt::interruption;
pub use interrupt::tidy_up_when_interrupted;
pub use lifecycle::collections_from_json;
pub(crate) use lifecycle::{collections, policy_bytes};

use args::{Command, Lifecycle};
use leave::leave;
use selvedge_runtime::{COMPILE_WORKER, compile_worker_main};

const SUCCESS: u8 = 0;
const FAILURE: u8 = 1;

/// Reads the command line, runs it and ends the process.
pub fn main() -> ! {
    let status = obey();
    // What nobody reads any more is no failure.
    let _ = std::io::stdout().flush();
    leave(status)
}

/// Gives the exit status.
fn obey() -> u8 {
    // Before anything else: the child that compiles bounds its own memory, and must not have used any.
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|first| first == COMPILE_WORKER)
        && arguments.next().is_none()
    {
        return match compile_worker_main(std::io::stdin().lock(), std::io::stdout().lock()) {
            Ok(()) => SUCCESS,
            Err(_) => FAILURE,
        };
    }
    if std::env::var_os(build::AS_RUSTC).is_some() {
        return build::as_rustc();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output and is no failure; clap decides which it is.
            let failed = error.use_stderr();
            let _ = error.print();
            let first = std::env::args_os().nth(1).unwrap_or_default();
            if first == "peer" {
                eprintln!(
                    "This program stands where Fabric's documents say `peer`: leave that word out"
                );
            }
            return match failed {
                false => SUCCESS,
                // There 1 is a verdict.
                true if first == "ledger" => 2,
                true => FAILURE,
            };
        }
    };
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Error: {error:#}");
            FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<u8> {
    match cli.command {
        // What it finds is told by its exit status, too.
        Command::Ledger(command) => Ok(ledger::run(command)),
        command => act(command).map(|()| SUCCESS),
    }
}

fn act(command: Command) -> Result<()> {
    match command {
        Command::Version(args) => print(version::run(&args).as_bytes()),
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "selvedge", &mut script);
            print(&script)
        }
        Command::Build(args) => print(build::run(args)?.as_bytes()),
        Command::Dev(args) => crate::dev::run(args),
        Command::New(args) => print(contract::new(&args)?.as_bytes()),
        Command::Test(args) => told(contract::test(&args)?),
        Command::Check(args) => told(contract::check(&args)?),
        Command::Conflicts(args) => told(contract::conflicts(&args)?),
        Command::Diff(args) => told(contract::diff(&args)?),
        Command::Bindings(args) => print(contract::bindings(&args)?.as_bytes()),
        Command::Bench(args) => {
            tidy_up_when_interrupted()?;
            print(crate::bench::run(args)?.as_bytes())
        }
        Command::Invoke(args) => print(&block_on(contract::invoke(configuration()?, args))?),
        Command::Lifecycle(Lifecycle::Chaincode(args)) => {
            print(block_on(lifecycle::run(configuration()?, args))?.as_bytes())
        }
        Command::Chaincode(command) => print(&block_on(chaincode::run(configuration()?, command))?),
        Command::Channel(command) => {
            print(block_on(channel::run(configuration()?, command))?.as_bytes())
        }
        Command::Snapshot(command) => {
            print(block_on(snapshot::run(configuration()?, command))?.as_bytes())
        }
        Command::Node(command) => node::run(configuration()?, command),
        Command::Ledger(_) => Ok(()),
    }
}

fn configuration() -> Result<CoreConfig> {
    // Variables that are not Unicode cannot be a setting of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    Ok(CoreConfig::load(environment)?)
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    one_thread()?.block_on(work)
}

fn one_thread() -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.context("starting the asynchronous runtime")
}

/// Prints a result; then fails if it is not what it should be.
fn told((text, failed): (String, Option<String>)) -> Result<()> {
    print(text.as_bytes())?;
    failed.map_or(Ok(()), |why| Err(anyhow::Error::msg(why)))
}

/// A reader that has gone away, such as `head`, is no failure.
fn print(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("writing to standard output")
        }
        _ => Ok(()),
    }
}

/// A line for the person at the terminal; Fabric's `peer` logs these to standard error too.
fn note(line: &str) {
    eprintln!("{line}");
}
