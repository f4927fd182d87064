use serde::{Deserialize, Serialize};
use std::fs::read_to_string;

/// Where a run took place; what cannot be found out is empty or zero.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// Model of the processor.
    pub processor: String,
    /// How many threads may run at once.
    pub cores: usize,
    /// In MiB.
    pub memory: u64,
    pub system: String,
    /// Load average over one minute before and after.
    pub load: [f64; 2],
}

impl Machine {
    pub(super) fn look() -> Self {
        let field = |file: &str, name: &str| {
            let text = read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once(':'));
            value.map(|(_, value)| value.trim().to_owned())
        };
        let kibibytes = field("/proc/meminfo", "MemTotal").unwrap_or_default();
        let kibibytes = kibibytes.split(' ').next().and_then(|k| k.parse().ok());
        let release = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let system = format!(
            "{} {} {}",
            std::env::consts::OS,
            release.trim(),
            std::env::consts::ARCH
        );
        let load = load();
        Self {
            processor: field("/proc/cpuinfo", "model name").unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: kibibytes.unwrap_or(0u64) / 1024,
            system: system.split_whitespace().collect::<Vec<_>>().join(" "),
            load: [load, load],
        }
    }

    pub(super) fn look_again(&mut self) {
        self.load[1] = load();
    }

    /// Others were at work before this run began.
    pub(super) fn is_busy(&self) -> bool {
        self.load[0] > self.cores as f64 / 4.0
    }

    pub(super) fn describe(&self) -> String {
        let processor = match self.processor.as_str() {
            "" => "unknown processor",
            known => known,
        };
        format!(
            "{} cores of {processor}, {:.1} GiB, {}, load average {:.2} before and {:.2} after",
            self.cores,
            self.memory as f64 / 1024.0,
            self.system,
            self.load[0],
            self.load[1]
        )
    }
}

fn load() -> f64 {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split(' ').next();
    first.and_then(|load| load.parse().ok()).unwrap_or(0.0)
}
