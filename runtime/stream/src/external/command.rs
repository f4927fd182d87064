//! Runs one command of a builder to its end. Fabric: core/container/externalbuilder/session.go.

use super::go_error::{exit_text, path_error};
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

/// A longer line of output is cut into several.
const MAX_LINE: u64 = 8 << 10;

/// # Errors
/// `exit status 1`, or why it did not start.
pub(super) fn run(
    builder: &str,
    program: &Path,
    arguments: &[&OsStr],
    environment: Vec<(OsString, OsString)>,
) -> Result<(), String> {
    let started = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.map_err(|e| path_error("fork/exec", program, &e))?;
    if let Some(output) = child.stderr.take() {
        let (builder, command) = (builder.to_owned(), name(program));
        // On its own: a process that the command leaves behind may keep the pipe open for ever.
        std::thread::spawn(move || log(&builder, &command, output));
    }
    let status = child.wait().map_err(|e| path_error("wait", program, &e))?;
    match status.success() {
        true => Ok(()),
        false => Err(exit_text(status)),
    }
}

pub(super) fn name(program: &Path) -> String {
    let name = program.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn log(builder: &str, command: &str, output: impl Read) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut output).take(MAX_LINE).read_until(b'\n', &mut line) {
        print(builder, command, &String::from_utf8_lossy(&line));
        line.clear();
    }
}

pub(super) fn print(builder: &str, command: &str, line: &str) {
    tracing::info!(target: "chaincode.externalbuilder", builder, command, "{}", line.trim_end());
}
