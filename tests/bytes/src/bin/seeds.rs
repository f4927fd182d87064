//! Writes the seeds of all targets into a folder, each target's into its own: the corpus that the fuzzers of `fuzz/` begin
//! with.

use anyhow::{Context as _, Result};
use selvedge_bytes::TARGETS;
use std::path::PathBuf;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.context("usage: seeds FOLDER")?;
    for target in &TARGETS {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:02}")), seed)?;
        }
    }
    Ok(())
}
