//! What the processes of a chaincode take, as Linux tells it. Elsewhere there is nothing to be found.

use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::ops::Add;
use std::time::Duration;

/// Resident memory in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Every page that a process maps.
    pub(super) rss: u64,
    /// The same with each page divided by the number of processes that map it: what can be added up.
    pub(super) pss: u64,
}

impl Add for Memory {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            rss: self.rss + other.rss,
            pss: self.pss + other.pss,
        }
    }
}

/// Processes by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Processes(pub(super) BTreeSet<u32>);

/// One tick of `/proc/<pid>/stat`: Linux shows it as a hundredth of a second on every machine.
const TICK: Duration = Duration::from_millis(10);

impl Processes {
    /// Those whose environment names one of the package IDs as theirs, inside containers as well.
    pub(super) fn of(package_ids: &BTreeSet<String>) -> Self {
        let numbers = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Self(numbers.filter(|pid| belongs(*pid, package_ids)).collect())
    }

    /// The processes that keep these ones, each once: those of an engine, for containers.
    pub(super) fn parents(&self) -> Self {
        let own = std::process::id();
        let parents = self.0.iter().filter_map(|pid| parent_of(*pid));
        Self(parents.filter(|pid| *pid != own && *pid > 1).collect())
    }

    /// CPU time until now, in steps of a hundredth of a second.
    pub(super) fn cpu(&self) -> Duration {
        let ticks = self.0.iter().filter_map(|pid| ticks_of(*pid)).sum::<u32>();
        TICK * ticks
    }

    pub(super) fn memory(&self) -> Result<Memory> {
        let mut each = self.0.iter().map(|pid| memory_of(&pid.to_string()));
        each.try_fold(Memory::default(), |sum, one| Ok(sum + one?))
    }
}

/// Of this process.
pub(super) fn own_memory() -> Result<Memory> {
    memory_of("self")
}

fn belongs(pid: u32, package_ids: &BTreeSet<String>) -> bool {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| {
        let Ok(text) = std::str::from_utf8(variable) else {
            return false;
        };
        let id = text
            .strip_prefix("CORE_CHAINCODE_ID_NAME=")
            .or_else(|| text.strip_prefix("CHAINCODE_ID="));
        id.is_some_and(|id| package_ids.contains(id))
    })
}

fn parent_of(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    parent.trim().parse().ok()
}

/// User and system time of a process: fields 14 and 15, counted behind the name, which may hold anything.
fn ticks_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn memory_of(process: &str) -> Result<Memory> {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let field = |name: &str| -> Result<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let line = line.with_context(|| format!("{path} has no {name}"))?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    };
    Ok(Memory {
        rss: field("Rss:")?,
        pss: field("Pss:")?,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_is_found_by_what_it_was_told_to_be() {
        let id = format!("label_{}:abc", std::process::id());
        let mut child = Command::new("sleep")
            .arg("60")
            .env("CORE_CHAINCODE_ID_NAME", &id)
            .spawn()
            .unwrap();
        let ids = BTreeSet::from([id]);
        // Between fork and exec it still has the environment of this process.
        let found = loop {
            let found = Processes::of(&ids);
            if !found.0.is_empty() {
                break found;
            }
        };
        assert_eq!(found.0, BTreeSet::from([child.id()]));
        assert_eq!(
            found.parents(),
            Processes::default(),
            "this process is none"
        );
        let memory = found.memory().unwrap();
        assert!(memory.pss > 0 && memory.pss <= memory.rss, "{memory:?}");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(Processes::of(&ids), Processes::default());
    }

    #[test]
    fn this_process_has_used_the_processor() {
        let own = Processes(BTreeSet::from([std::process::id()]));
        while own.cpu().is_zero() {
            std::hint::black_box((0..1_000_000u64).sum::<u64>());
        }
    }
}
