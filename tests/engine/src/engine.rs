use anyhow::{Context, Result, bail};
use bollard::{API_DEFAULT_VERSION, Docker};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Says past the capture of the test harness what is missing.
const REQUIRED: &str = "SELVEDGE_REQUIRE_ENGINE";

/// `$0` is the directory, the rest are arguments. The engine leaves a mount of its network namespace behind.
const SUPERVISOR: &str = r#"
dockerd "$@" >"$0/log" 2>&1 &
engine=$!
cat >/dev/null
kill "$engine" 2>/dev/null
wait "$engine"
umount "$0/exec/netns/default" 2>/dev/null
rm -rf "$0"
"#;

/// How long an engine may take to answer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    endpoint: String,
    /// Where it listens for clients with TLS, if it does.
    secure: Option<SocketAddr>,
    supervisor: Child,
    /// Removed by the supervisor, too, in case this process is killed.
    directory: Option<TempDir>,
}

/// PEM files of an engine that listens for clients with TLS, and asks them for certificates of the same authority.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    pub authority: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// One engine for all tests of this process; `None` after a loud line.
pub fn shared() -> Option<&'static Engine> {
    static SHARED: OnceLock<Option<Engine>> = OnceLock::new();
    SHARED.get_or_init(Engine::start).as_ref()
}

impl Engine {
    /// `None` where no engine can be had, after saying so.
    ///
    /// # Panics
    /// With SELVEDGE_REQUIRE_ENGINE set, instead of giving `None`.
    pub fn start() -> Option<Self> {
        Self::start_with(None)
    }

    /// As [`Engine::start`], on a port of 127.0.0.1 as well: [`Engine::secure`].
    ///
    /// # Panics
    /// With SELVEDGE_REQUIRE_ENGINE set, instead of giving `None`.
    pub fn start_with_tls(files: &TlsFiles) -> Option<Self> {
        Self::start_with(Some(files))
    }

    fn start_with(files: Option<&TlsFiles>) -> Option<Self> {
        match Self::try_start(files) {
            Ok(engine) => Some(engine),
            Err(error) => {
                assert!(
                    std::env::var_os(REQUIRED).is_none(),
                    "{REQUIRED} is set and there is no Docker engine: {error:#}"
                );
                let thread = std::thread::current();
                let test = thread.name().unwrap_or("a test");
                let line = format!(
                    "\n*** SKIPPED {test}: NO DOCKER ENGINE: {error:#} (as root: apt-get install docker.io iptables)\n"
                );
                // Not eprintln!, whose output the harness of a test that passes keeps to itself.
                std::io::stderr().write_all(line.as_bytes()).ok();
                None
            }
        }
    }

    fn try_start(files: Option<&TlsFiles>) -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            bail!("an engine of one's own needs root");
        }
        let found = Command::new("dockerd").arg("--version").output();
        found.context("dockerd cannot be run")?;
        let directory = tempfile::Builder::new()
            .prefix("selvedge-engine-")
            .tempdir()?;
        let path = directory.path();
        let endpoint = format!("unix://{}", path.join("socket").display());
        let supervisor = supervise(path, &endpoint, files)?;
        let mut engine = Self {
            endpoint,
            secure: None,
            supervisor,
            directory: Some(directory),
        };
        engine.wait_until_it_answers(files.is_some())?;
        Ok(engine)
    }

    /// For `vm.endpoint`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The address for clients with TLS of an engine that [`Engine::start_with_tls`] started.
    pub fn secure(&self) -> Option<SocketAddr> {
        self.secure
    }

    /// The port it chose.
    fn listening(&self) -> Option<SocketAddr> {
        let log = self.whole_log();
        let after = log.split("API listen on ").skip(1);
        let words = after.filter_map(|rest| rest.split(['"', ' ', '\n']).next());
        words.filter_map(|word| word.parse().ok()).next()
    }

    /// A client. Each has its own connections.
    pub fn client(&self) -> Result<Docker> {
        Ok(Docker::connect_with_unix(
            &self.endpoint,
            120,
            API_DEFAULT_VERSION,
        )?)
    }

    /// Answering on its socket comes before the line with the port: each listener writes its own, when it begins.
    fn wait_until_it_answers(&mut self, with_tls: bool) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        loop {
            let answers = self
                .client()
                .is_ok_and(|client| runtime.block_on(client.ping()).is_ok());
            self.secure = with_tls.then(|| self.listening()).flatten();
            if answers && self.secure.is_some() == with_tls {
                return Ok(());
            }
            if self.log().contains("failed to start daemon") || Instant::now() > until {
                bail!("dockerd does not come up:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The end of what it wrote.
    fn log(&self) -> String {
        let log = self.whole_log();
        let lines: Vec<&str> = log.lines().rev().take(10).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Engine {
    fn whole_log(&self) -> String {
        let directory = self.directory.as_ref().map(TempDir::path);
        let log = directory.and_then(|path| std::fs::read_to_string(path.join("log")).ok());
        log.unwrap_or_default()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        self.supervisor.wait().ok();
        // The supervisor has removed it.
        if let Some(directory) = self.directory.take() {
            drop(directory.keep());
        }
    }
}

fn supervise(directory: &Path, endpoint: &str, files: Option<&TlsFiles>) -> Result<Child> {
    let file = |name: &str| directory.join(name).display().to_string();
    let tls = files.map(|files| {
        let option = |name: &str, file: &Path| format!("--{name}={}", file.display());
        [
            "--host=tcp://127.0.0.1:0".to_owned(),
            "--tlsverify".to_owned(),
            option("tlscacert", &files.authority),
            option("tlscert", &files.certificate),
            option("tlskey", &files.key),
        ]
    });
    let arguments = [
        format!("--data-root={}", file("data")),
        format!("--exec-root={}", file("exec")),
        format!("--pidfile={}", file("pid")),
        format!("--host={endpoint}"),
        "--bridge=none".to_owned(),
        "--iptables=false".to_owned(),
        "--ip-forward=false".to_owned(),
        "--ip-masq=false".to_owned(),
    ];
    Command::new("sh")
        .args(["-c", SUPERVISOR])
        .arg(directory)
        .args(arguments)
        .args(tls.into_iter().flatten())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A signal to the tests' whole group, from a terminal or a timeout, must not end who cleans up after them.
        .process_group(0)
        .spawn()
        .context("starting a shell")
}
