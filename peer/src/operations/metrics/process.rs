//! The process as the system sees it, under the names that Prometheus' libraries give it.

use super::families::raise;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, IntCounterVec, IntGauge, Opts};
use std::fs;

/// Reads `/proc/self` at every scrape; where there is none it says nothing.
pub(super) struct Process {
    cpu: Counter,
    started: Gauge,
    descriptors: IntGauge,
    virtual_memory: IntGauge,
    resident_memory: IntGauge,
    threads: IntGauge,
    faults: IntCounterVec,
}

/// Ticks a second in `/proc/self/stat`: the same on every Linux that this program is built for.
const TICKS: f64 = 100.0;

impl Default for Process {
    fn default() -> Self {
        const GOOD: &str = "the names are good ones";
        let gauge = |name: &str, help: &str| IntGauge::new(name, help).expect(GOOD);
        Self {
            cpu: Counter::new(
                "process_cpu_seconds_total",
                "Total user and system CPU time spent in seconds.",
            )
            .expect(GOOD),
            started: Gauge::new(
                "process_start_time_seconds",
                "Start time of the process since unix epoch in seconds.",
            )
            .expect(GOOD),
            descriptors: gauge("process_open_fds", "Number of open file descriptors."),
            virtual_memory: gauge(
                "process_virtual_memory_bytes",
                "Virtual memory size in bytes.",
            ),
            resident_memory: gauge(
                "process_resident_memory_bytes",
                "Resident memory size in bytes.",
            ),
            threads: gauge("process_threads", "Number of OS threads in the process."),
            faults: IntCounterVec::new(
                Opts::new(
                    "process_page_faults_total",
                    "Page faults: minor ones took no disk.",
                ),
                &["kind"],
            )
            .expect(GOOD),
        }
    }
}

/// What `/proc/self/stat` says.
#[derive(Debug, PartialEq)]
struct Stat {
    minor_faults: u64,
    major_faults: u64,
    cpu_ticks: u64,
    threads: i64,
    /// After the system's start.
    start_ticks: u64,
    virtual_memory: i64,
}

impl Stat {
    /// The fields follow the program's name, which is in brackets and may hold anything.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        // proc(5) counts from 1 and the first here is its third.
        let field = |number: usize| fields.get(number - 3).copied();
        let number = |at| field(at)?.parse::<u64>().ok();
        Some(Self {
            minor_faults: number(10)?,
            major_faults: number(12)?,
            cpu_ticks: number(14)? + number(15)?,
            threads: field(20)?.parse().ok()?,
            start_ticks: number(22)?,
            virtual_memory: field(23)?.parse().ok()?,
        })
    }
}

impl Process {
    fn refresh(&self) -> Option<()> {
        let stat = Stat::parse(&fs::read_to_string("/proc/self/stat").ok()?)?;
        // Numbers of this size are exact in a double for some centuries.
        let cpu = stat.cpu_ticks as f64 / TICKS;
        self.cpu.inc_by((cpu - self.cpu.get()).max(0.0));
        let faults = |kind| self.faults.with_label_values(&[kind]);
        raise(&faults("minor"), stat.minor_faults);
        raise(&faults("major"), stat.major_faults);
        self.threads.set(stat.threads);
        self.virtual_memory.set(stat.virtual_memory);
        self.resident_memory.set(resident_memory()?);
        let descriptors = fs::read_dir("/proc/self/fd").ok()?.count();
        self.descriptors
            .set(i64::try_from(descriptors).unwrap_or(i64::MAX));
        self.started
            .set(boot_time()? + stat.start_ticks as f64 / TICKS);
        Some(())
    }
}

fn resident_memory() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib = after(&status, "VmRSS:")?.strip_suffix("kB")?.trim();
    Some(kib.parse::<i64>().ok()? * 1024)
}

/// Seconds since 1970.
fn boot_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    after(&stat, "btime ")?.parse().ok()
}

fn after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.trim())
}

impl Collector for Process {
    fn desc(&self) -> Vec<&Desc> {
        let gauges = [
            &self.descriptors,
            &self.virtual_memory,
            &self.resident_memory,
            &self.threads,
        ];
        let mut all: Vec<_> = gauges.into_iter().flat_map(Collector::desc).collect();
        all.extend(self.cpu.desc());
        all.extend(self.started.desc());
        all.extend(self.faults.desc());
        all
    }

    fn collect(&self) -> Vec<MetricFamily> {
        if self.refresh().is_none() {
            return Vec::new();
        }
        let mut all = self.cpu.collect();
        all.extend(self.started.collect());
        all.extend(self.descriptors.collect());
        all.extend(self.virtual_memory.collect());
        all.extend(self.resident_memory.collect());
        all.extend(self.threads.collect());
        all.extend(self.faults.collect());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_proc_are_found_behind_any_name() {
        let text = "4711 (a ) name) S 1 2 3 4 5 6 100 8 7 10 250 50 0 0 20 0 12 0 9000 4096 33 0";
        let stat = Stat::parse(text).unwrap();
        let expected = Stat {
            minor_faults: 100,
            major_faults: 7,
            cpu_ticks: 300,
            threads: 12,
            start_ticks: 9000,
            virtual_memory: 4096,
        };
        assert_eq!(stat, expected);
        assert_eq!(Stat::parse("4711 (x) S 1"), None);
    }
}
