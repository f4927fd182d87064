//! How much memory chaincode takes: many contracts as Wasm in one peer, or as containers beside it. Every case is a process
//! of its own, because memory that one has given back may still be resident in the next.

use crate::Live;
use anyhow::{Context, Result, bail, ensure};
use bollard::query_parameters::ListContainersOptionsBuilder;
use selvedge_engine::Engine;
use selvedge_peer::cli::static_program;
use selvedge_peer::node::MakeBuilder;
use selvedge_runtime::{
    BuildError, Builder, COMPILE_WORKER, CacheConfig, Chaincode, ChildCompiler, Compiler,
    EngineConfig, Package, PackageSource, WasmEngine, compile_worker_main,
};
use selvedge_stream::ChaincodeSupport;
use selvedge_stream::docker::{DockerBuilder, DockerSettings, HostSettings, Images, Owner};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

/// Resident memory in KiB.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    /// Every page that a process maps.
    pub rss: u64,
    /// The same with each page divided by the number of processes that map it: what can be added up.
    pub pss: u64,
}

/// What one case came to.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Measured {
    /// The process with the peer, its orderer and its client.
    pub peer: Memory,
    /// All chaincode outside of it.
    pub chaincode: Memory,
    /// The engine's process for each container, and nothing else of the engine.
    pub keepers: Memory,
}

/// How the contracts run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Wasm,
    Container,
}

const CASE: &str = "SELVEDGE_BENCH_MEMORY";

/// Runs a case where this process was started for one, or compiles where a case started it for that. A program that
/// measures begins with it.
pub fn child() -> Option<ExitCode> {
    if std::env::args().nth(1).as_deref() == Some(COMPILE_WORKER) {
        let compiled = compile_worker_main(std::io::stdin().lock(), std::io::stdout().lock());
        return Some(match compiled {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        });
    }
    let case = std::env::var(CASE).ok()?;
    let measured = parse(&case).and_then(|(kind, count)| match kind {
        Kind::Wasm => wasm(count),
        Kind::Container => containers(count),
    });
    Some(match measured {
        Ok(measured) => {
            println!("{}", serde_json::json!(measured));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{case}: {error:#}");
            ExitCode::FAILURE
        }
    })
}

fn parse(case: &str) -> Result<(Kind, usize)> {
    let (kind, count) = case
        .split_once(' ')
        .context("a case is a kind and a count")?;
    let kind = match kind {
        "Wasm" => Kind::Wasm,
        "Container" => Kind::Container,
        other => bail!("no chaincode is a {other}"),
    };
    Ok((kind, count.parse()?))
}

/// Installs as many different contracts, invokes each twice, and looks.
pub fn measure(kind: Kind, count: usize) -> Result<Measured> {
    let output = Command::new(std::env::current_exe()?)
        .env(CASE, format!("{kind:?} {count}"))
        .stderr(std::process::Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "{kind:?} {count} failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn wasm(count: usize) -> Result<Measured> {
    let live = Live::start(|dir| Ok((vec![engine(dir)? as Arc<dyn Builder>], Vec::new())))?;
    let component = selvedge_testkit::component(&asset_transfer::CHAINCODE);
    for n in 0..count {
        let component = another(&component, n)?;
        let package = PackageSource::wasm(&format!("cc{n}_1"), component, BTreeMap::new());
        live.deploy(&format!("cc{n}"), &package.write()?)?;
    }
    invoke_all(&live, count)?;
    Ok(Measured {
        peer: memory_of("self")?,
        ..Measured::default()
    })
}

/// As `selvedge node` has it: compiled by a child, and code in files.
fn engine(dir: &Path) -> Result<Arc<WasmEngine>> {
    Ok(Arc::new(WasmEngine::new(&EngineConfig {
        compiler: Compiler::Child(ChildCompiler::new(std::env::current_exe()?)),
        cache: Some(CacheConfig {
            dir: dir.join("wasm"),
            fresh_key: [7; 32],
        }),
        ..EngineConfig::default()
    })?))
}

fn invoke_all(live: &Live, count: usize) -> Result<()> {
    for _ in 0..2 {
        for n in 0..count {
            let response = live.invoke(&format!("cc{n}"), &["AssetExists", "none"])?;
            ensure!(response.payload == "false", "{response:?}");
        }
    }
    Ok(())
}

/// The same component with other bytes, in a section without meaning: nothing of it can be shared.
fn another(component: &[u8], number: usize) -> Result<Vec<u8>> {
    let text = format!("number {number}");
    let name = "copy";
    let size = u8::try_from(1 + name.len() + text.len())?;
    ensure!(size < 0x80, "a size of one byte");
    let mut bytes = component.to_vec();
    bytes.extend([0, size, u8::try_from(name.len())?]);
    bytes.extend(name.bytes());
    bytes.extend(text.bytes());
    Ok(bytes)
}

fn containers(count: usize) -> Result<Measured> {
    let engine = Engine::start().context("no Docker engine")?;
    let live = Live::start(|dir| Ok((Vec::new(), vec![docker(dir, engine.endpoint())])))?;
    let program = static_program(Path::new(asset_transfer::CHAINCODE.manifest_dir()))?;
    for n in 0..count {
        let mut program = program.clone();
        // Behind the end of what is loaded: an image of its own, as different contracts have.
        program.extend(format!("number {n}").bytes());
        let source = PackageSource {
            label: format!("cc{n}_1"),
            kind: "docker".to_owned(),
            path: String::new(),
            files: BTreeMap::from([("chaincode".to_owned(), program)]),
        };
        live.deploy(&format!("cc{n}"), &source.write()?)?;
    }
    invoke_all(&live, count)?;
    let processes = processes(&engine)?;
    ensure!(
        processes.len() == count,
        "{} containers run",
        processes.len()
    );
    let keepers: BTreeSet<String> = processes
        .iter()
        .map(|process| parent_of(process))
        .collect::<Result<_>>()?;
    Ok(Measured {
        peer: memory_of("self")?,
        chaincode: sum(&processes)?,
        keepers: sum(&keepers)?,
    })
}

/// The first process of every running container.
fn processes(engine: &Engine) -> Result<BTreeSet<String>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let client = engine.client()?;
    runtime.block_on(async {
        let options = ListContainersOptionsBuilder::new().build();
        let mut processes = BTreeSet::new();
        for container in client.list_containers(Some(options)).await? {
            let id = container.id.context("a container has an ID")?;
            let inspected = client.inspect_container(&id, None).await?;
            let state = inspected.state.context("a container has a state")?;
            processes.insert(state.pid.context("it runs")?.to_string());
        }
        Ok(processes)
    })
}

fn parent_of(process: &str) -> Result<String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    Ok(parent.context("a process has a parent")?.trim().to_owned())
}

fn sum(processes: &BTreeSet<String>) -> Result<Memory> {
    let mut all = Memory::default();
    for process in processes {
        let Memory { rss, pss } = memory_of(process)?;
        all.rss += rss;
        all.pss += pss;
    }
    Ok(all)
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

fn docker(dir: &Path, endpoint: &str) -> MakeBuilder {
    let (dir, endpoint) = (dir.to_owned(), endpoint.to_owned());
    let handle = tokio::runtime::Handle::current();
    Arc::new(move |support: &Arc<ChaincodeSupport>| {
        let settings = settings(&endpoint, &dir);
        let scratch: PathBuf = dir.clone();
        let builder = DockerBuilder::new(settings, Arc::clone(support), scratch, handle.clone());
        Arc::new(OnlyDocker(builder)) as Arc<dyn Builder>
    })
}

fn settings(endpoint: &str, dir: &Path) -> DockerSettings {
    DockerSettings {
        endpoint: endpoint.to_owned(),
        tls: None,
        owner: Owner {
            network_id: "benches".to_owned(),
            peer_id: "peer0".to_owned(),
        },
        home: dir.to_owned(),
        images: Images::of_release("3.1.5"),
        host: HostSettings {
            // The engine has no bridge.
            network_mode: "host".into(),
            ..HostSettings::default()
        },
        attach_output: true,
        go_environment: Vec::new(),
    }
}

/// Leaves what is not of its type to others.
struct OnlyDocker(DockerBuilder);

impl Builder for OnlyDocker {
    fn kind(&self) -> &str {
        self.0.kind()
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        self.0.build(package)
    }
}
