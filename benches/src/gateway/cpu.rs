//! Whose CPU time it was, in a process that is a whole network.

use anyhow::{Context, Result};
use cpu_time::ProcessTime;
use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// How the threads of the gateway's peer begin.
pub(super) const OWN: &str = "gateway";
/// Threads that work for both peers: those that run contracts, and those of the databases.
const SHARED: [&str; 2] = ["wasm-", "rocksdb"];

/// How much of what threads do that are not of one peer alone was for the gateway's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Both peers do the same.
    Half,
    /// Only the gateway's peer has anything to do.
    All,
}

/// CPU time so far: of every thread there is, and of the process.
pub(super) struct Threads {
    /// By thread: its name, and nanoseconds.
    threads: HashMap<u64, (String, u64)>,
    process: ProcessTime,
}

impl Threads {
    pub(super) fn now() -> Result<Self> {
        let process = ProcessTime::now();
        let mut threads = HashMap::new();
        for entry in fs::read_dir("/proc/self/task").context("the threads of this process")? {
            let path = entry?.path();
            // One that has ended meanwhile counts with those that are gone.
            let (Ok(name), Ok(times)) = (
                fs::read_to_string(path.join("comm")),
                fs::read_to_string(path.join("schedstat")),
            ) else {
                continue;
            };
            let id = path
                .file_name()
                .and_then(|name| name.to_str()?.parse().ok());
            let spent = times.split(' ').next().and_then(|first| first.parse().ok());
            let (id, spent) = id.zip(spent).context("a thread's schedstat")?;
            threads.insert(id, (name.trim().to_owned(), spent));
        }
        Ok(Self { threads, process })
    }

    /// What the gateway's peer has used since: its own threads, and its share of the others. Threads that have ended,
    /// which are those that judge blocks, are what the process has used and no living thread has.
    pub(super) fn gateway_since(&self, before: &Self, share: Share) -> Duration {
        let (mut own, mut shared, mut living) = (0, 0, 0);
        for (id, (name, spent)) in &self.threads {
            let earlier = before.threads.get(id).map_or(0, |(_, spent)| *spent);
            let spent = spent.saturating_sub(earlier);
            living += spent;
            if name.starts_with(OWN) {
                own += spent;
            } else if SHARED.iter().any(|shared| name.starts_with(shared)) {
                shared += spent;
            }
        }
        let process = self.process.duration_since(before.process);
        let ended = process.saturating_sub(Duration::from_nanos(living));
        let shared = Duration::from_nanos(shared) + ended;
        Duration::from_nanos(own)
            + match share {
                Share::Half => shared / 2,
                Share::All => shared,
            }
    }
}
