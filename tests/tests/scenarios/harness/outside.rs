//! Programs that run outside of the peers: starting them again, finding them, ending them.

use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A program that is started again whenever it ends, as an operator would have it. Ends with this.
pub(crate) struct Supervised {
    running: Arc<Mutex<Option<Child>>>,
    supervisor: Option<JoinHandle<()>>,
}

impl Supervised {
    pub(crate) fn start(command: impl Fn() -> Command + Send + 'static) -> Self {
        let spawn = move || {
            let mut command = command();
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.spawn().unwrap()
        };
        let running = Arc::new(Mutex::new(Some(spawn())));
        let watched = Arc::clone(&running);
        let supervisor = std::thread::spawn(move || {
            loop {
                match watched.lock().unwrap().as_mut() {
                    None => return,
                    Some(child) => {
                        if child.try_wait().unwrap().is_some() {
                            *child = spawn();
                        }
                    }
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Self {
            running,
            supervisor: Some(supervisor),
        }
    }
}

impl Supervised {
    /// Kills it; it is started again.
    pub(crate) fn end(&self) {
        if let Some(child) = self.running.lock().unwrap().as_mut() {
            child.kill().unwrap();
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.lock().unwrap().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if let Some(supervisor) = self.supervisor.take() {
            let _ = supervisor.join();
        }
    }
}

/// The programs that run a package, whatever started them: a program in a container is one of this machine, too.
pub(crate) fn programs_of(package_id: &str) -> Vec<Pid> {
    let variable = format!("CORE_CHAINCODE_ID_NAME={package_id}");
    let runs = |pid: i32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|entry| entry == variable.as_bytes())
    };
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| runs(*pid))
        .filter_map(Pid::from_raw)
        .collect()
}

/// Ends all programs of a package at once, without a chance to say anything.
pub(crate) fn end_chaincode(package_id: &str) {
    for pid in programs_of(package_id) {
        let _ = kill_process(pid, Signal::KILL);
    }
}
