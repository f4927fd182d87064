use super::worker::{COMPILE_WORKER, COMPILED, REFUSED};
use crate::wasm::{ChildCompiler, Code};
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use thiserror::Error;

/// Machine code that a child may send.
const MAX_ANSWER: u64 = 512 << 20;

#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompileError {
    /// The compiler does not take it.
    #[error("{0}")]
    Refused(String),
    #[error("compiling it takes longer than {0} s")]
    Deadline(u64),
    /// Most likely it met one of its bounds.
    #[error(
        "the compiler was stopped ({status}); it may use {memory_mib} MiB of memory and {cpu} s of CPU"
    )]
    Stopped {
        status: String,
        memory_mib: u64,
        cpu: u64,
    },
    #[error("cannot run the compiler {program}: {cause}")]
    Start { program: String, cause: String },
}

/// Compiles in a child process that ends, one way or another, within its deadline.
pub(super) fn compile(
    settings: &ChildCompiler,
    code: Code,
    component: &[u8],
) -> Result<Vec<u8>, CompileError> {
    let failed = |cause: std::io::Error| CompileError::Start {
        program: settings.program.display().to_string(),
        cause: cause.to_string(),
    };
    let mut child = Command::new(&settings.program)
        .arg(COMPILE_WORKER)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let answer = converse(&mut child, settings, request(settings, code, component));
    // Ends a child that is still there, and nothing otherwise.
    let _ = child.kill();
    let status = child.wait().map_err(failed)?;
    let mut answer = answer?;
    match answer.first().copied() {
        _ if !status.success() => Err(stopped(settings, status)),
        Some(COMPILED) => Ok(answer.split_off(1)),
        Some(REFUSED) => Err(CompileError::Refused(
            String::from_utf8_lossy(&answer.split_off(1)).into(),
        )),
        _ => Err(failed(std::io::Error::other(
            "it does not answer as a compiler does",
        ))),
    }
}

/// Sends the request and reads until the child closes its output.
fn converse(
    child: &mut Child,
    settings: &ChildCompiler,
    request: Vec<u8>,
) -> Result<Vec<u8>, CompileError> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Ok(Vec::new());
    };
    let (sender, receiver) = sync_channel(1);
    // The thread ends with the child, whose death closes both pipes.
    std::thread::spawn(move || {
        // A child that died early does not read; what it answered, or how it ended, tells why.
        let _ = stdin.write_all(&request);
        drop(stdin);
        let mut answer = Vec::new();
        let _ = stdout.take(MAX_ANSWER).read_to_end(&mut answer);
        let _ = sender.send(answer);
    });
    match receiver.recv_timeout(settings.deadline) {
        Ok(answer) => {
            // It closed its output, so it is about to end; give it the rest of its own time to do so.
            let _ = child.wait();
            Ok(answer)
        }
        Err(RecvTimeoutError::Timeout) => Err(CompileError::Deadline(settings.deadline.as_secs())),
        Err(RecvTimeoutError::Disconnected) => Ok(Vec::new()),
    }
}

fn request(settings: &ChildCompiler, code: Code, component: &[u8]) -> Vec<u8> {
    let mut request = Vec::with_capacity(32 + component.len());
    let quick = u64::from(code == Code::Quick);
    for number in [
        settings.max_memory,
        settings.max_cpu,
        quick,
        component.len() as u64,
    ] {
        request.extend_from_slice(&number.to_be_bytes());
    }
    request.extend_from_slice(component);
    request
}

fn stopped(settings: &ChildCompiler, status: ExitStatus) -> CompileError {
    let status = match status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => format!("exit status {}", status.code().unwrap_or(-1)),
    };
    CompileError::Stopped {
        status,
        memory_mib: settings.max_memory >> 20,
        cpu: settings.max_cpu,
    }
}
