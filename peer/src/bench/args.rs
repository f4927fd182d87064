use clap::{Args, Subcommand};
use std::path::PathBuf;

use super::{Group, Way};

/// The way results are measured is described in docs/benchmarks.md.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    #[command(subcommand)]
    pub command: Option<BenchCommand>,
    /// Less of everything, under a minute once the contract is compiled: to see whether it works, not to be quoted
    #[arg(long, conflicts_with = "full")]
    pub quick: bool,
    /// More rounds, a thousand contracts in memory: some twenty minutes
    #[arg(long)]
    pub full: bool,
    /// Only these ways of running the contract (may be repeated, or a list with commas); all that this machine can run
    /// when left out
    #[arg(long = "way", value_enum, value_delimiter = ',', value_name = "WAY")]
    pub ways: Vec<Way>,
    /// Only these measurements (may be repeated, or a list with commas)
    #[arg(
        long = "only",
        value_enum,
        value_delimiter = ',',
        value_name = "GROUP",
        conflicts_with = "scenario"
    )]
    pub groups: Vec<Group>,
    /// Rounds of each measurement, of which the median is reported
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub rounds: Option<u16>,
    /// Run the workload of this file instead, as Wasm unless --way says otherwise: benches/scenarios/fabric.yaml is that of
    /// the Caliper benchmarks for Fabric
    #[arg(long, value_name = "FILE", conflicts_with_all = ["quick", "full", "rounds"])]
    pub scenario: Option<PathBuf>,
    /// Write the result here, for a program and for `compare`
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the result here as one page with plots
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write the result here as tables for a document
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// The folder of this program's sources, which the contract is compiled from
    #[arg(long, value_name = "DIR")]
    pub repository: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Compare two results that --json has written
    Compare { before: PathBuf, after: PathBuf },
    /// One measurement in a process of its own
    #[command(name = super::memory::COMMAND, hide = true)]
    MemoryCase { case: String },
}
