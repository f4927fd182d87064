use super::environment::environment;
use super::running::Process;
use crate::launch::{Introduction, LaunchError, Launcher, Running};
use futures::future::BoxFuture;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::Command;

/// Stands for the peer's address in the arguments.
pub const ADDRESS: &str = "{peer.address}";

/// Starts a program as chaincode. It inherits nothing of the peer's environment but what is passed on.
#[derive(Clone, Debug)]
pub struct ProcessLauncher {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    dir: Option<PathBuf>,
}

impl ProcessLauncher {
    /// With the argument that Go and Rust chaincode takes: `-peer.address=<address>`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: vec![format!("-peer.address={ADDRESS}")],
            environment: Vec::new(),
            dir: None,
        }
    }

    /// Other arguments; [`ADDRESS`] in them becomes the peer's address.
    pub fn arguments(mut self, arguments: impl IntoIterator<Item = String>) -> Self {
        self.arguments = arguments.into_iter().collect();
        self
    }

    /// Variables beside Fabric's.
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables);
        self
    }

    /// Where it runs; otherwise in the directory of its certificates.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    fn start(&self, introduction: &Introduction) -> std::io::Result<Process> {
        let files = tempfile::Builder::new()
            .prefix("selvedge-chaincode-")
            .tempdir()?;
        let arguments = self
            .arguments
            .iter()
            .map(|argument| argument.replace(ADDRESS, &introduction.peer_address));
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .envs(environment(introduction, files.path())?)
            .envs(self.environment.iter().cloned())
            .current_dir(self.dir.as_deref().unwrap_or(files.path()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Signals meant for the peer are not meant for its chaincode.
            .process_group(0)
            .kill_on_drop(true);
        Process::start(&introduction.chaincode_id, command, files)
    }
}

impl Launcher for ProcessLauncher {
    fn launch<'a>(
        &'a self,
        introduction: &'a Introduction,
    ) -> BoxFuture<'a, Result<Box<dyn Running>, LaunchError>> {
        Box::pin(async move {
            let started = self.start(introduction).map_err(|error| {
                LaunchError::Start(format!("{}: {error}", self.program.display()))
            })?;
            Ok(Box::new(started) as Box<dyn Running>)
        })
    }
}
