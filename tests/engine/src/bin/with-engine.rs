//! `with-engine COMMAND [ARGUMENT…]`: runs a command with DOCKER_HOST set to an engine of its own, which ends with the
//! command. Where there is no engine to be had it says so and runs the command without.

use anyhow::{Context, Result};
use selvedge_engine::Engine;
use std::process::{Command, ExitCode};

fn main() -> Result<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let program = words.next().context("with-engine needs a command")?;
    let engine = Engine::start();
    let mut command = Command::new(&program);
    command.args(words);
    if let Some(engine) = &engine {
        command.env("DOCKER_HOST", engine.endpoint());
    }
    let status = command.status();
    let status = status.with_context(|| format!("starting {}", program.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
