use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Whatever `work` executes is counted, on this thread, and one number is written for each call of this function.
#[inline(never)]
pub(super) fn counted_by_callgrind(work: &mut dyn FnMut()) {
    work();
    // A tail call would leave this function before its work.
    std::hint::black_box(());
}

/// Its whole name: a pattern is good for `--toggle-collect`, and matches nothing for `--dump-after`.
const FUNCTION: &str = "counts::callgrind::counted_by_callgrind";

pub(super) fn is_there() -> bool {
    let version = Command::new("valgrind").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

/// Runs this program again, with the variable `child` set; gives the numbers in the order of the calls.
pub(super) fn count(child: &str) -> Result<Vec<u64>> {
    let directory = TempDir::new()?;
    let out = directory.path().join("out");
    let log = directory.path().join("log");
    let status = Command::new("valgrind")
        .arg("--tool=callgrind")
        // Else a thread that waits can keep the one it waits for from running at all.
        .arg("--fair-sched=yes")
        .arg(format!("--toggle-collect={FUNCTION}"))
        .arg(format!("--dump-after={FUNCTION}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(format!("--log-file={}", log.display()))
        .arg(std::env::current_exe()?)
        .env(child, "1")
        .stdin(Stdio::null())
        .status()
        .context("starting valgrind")?;
    if !status.success() {
        eprint!("{}", std::fs::read_to_string(&log).unwrap_or_default());
    }
    ensure!(status.success(), "valgrind ended with {status}");
    let mut counts = Vec::new();
    // The last dump, without a number, is of what follows the last call: nothing.
    for part in 1.. {
        let file = out.with_extension(part.to_string());
        if !file.exists() {
            break;
        }
        counts.push(total(&file)?);
    }
    Ok(counts)
}

fn total(file: &Path) -> Result<u64> {
    let text = std::fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| {
        line.strip_prefix("totals:")
            .or(line.strip_prefix("summary:"))
    });
    let line = line.with_context(|| format!("{} has no total", file.display()))?;
    Ok(line.trim().parse()?)
}
