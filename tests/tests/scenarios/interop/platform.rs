//! A package of type `node`, built and run by the peer as Fabric's peer does it, in an image that stands in for Fabric's: it
//! has this machine's Node and npm, and no network. npm installs what the package needs from a cache in the package.

use super::{attributes, compare, deploy, folder, scripts};
use crate::harness::{Files, Net, Plan, Runtime, block_on, docker};
use selvedge_engine::{Engine, libraries_of};
use selvedge_ledger::StateDatabase;
use selvedge_runtime::PackageSource;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const NAMES: [&str; 2] = ["our Wasm", "Node, built by the peer"];

/// Files below a folder, by their path in it.
fn below(folder: &Path) -> BTreeMap<PathBuf, PathBuf> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let inside = path.strip_prefix(folder).unwrap().to_owned();
                    found.insert(inside, path);
                }
            }
        }
    }
    found
}

fn package(label: &str) -> Vec<u8> {
    let read = |(inside, path): (PathBuf, PathBuf)| {
        let name = inside.into_os_string().into_string().unwrap();
        (name, std::fs::read(path).unwrap())
    };
    let files: Files = below(&folder("SELVEDGE_INTEROP_PLATFORM"))
        .into_iter()
        .map(read)
        .collect();
    let source = PackageSource {
        label: label.to_owned(),
        kind: "node".to_owned(),
        path: String::new(),
        files,
    };
    source.write().unwrap()
}

/// A program of this machine.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut candidates = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = candidates.find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("there is no {name}"))
}

/// What a build of Node packages uses of Fabric's image, under the name of Fabric's image: a shell, two tools, Node, npm.
async fn environment(engine: &Engine) {
    let scratch = tempfile::tempdir().unwrap();
    let empty = scratch.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    let programs = ["sh", "cp", "env", "node"].map(program);
    let npm = program("npm").canonicalize().unwrap();
    let npm = npm.ancestors().nth(2).unwrap();
    let mut files: BTreeMap<PathBuf, PathBuf> = below(npm)
        .into_iter()
        .map(|(inside, path)| (Path::new("/usr/lib/node_modules/npm").join(inside), path))
        .collect();
    for program in &programs {
        let name = program.file_name().unwrap();
        files.insert(Path::new("/usr/bin").join(name), program.clone());
        for library in libraries_of(program).unwrap() {
            files.insert(library.clone(), library);
        }
    }
    files.insert("/bin/sh".into(), programs[0].clone());
    let launcher = scratch.path().join("npm");
    let text = "#!/bin/sh\nexec node /usr/lib/node_modules/npm/bin/npm-cli.js \"$@\"\n";
    write_program(&launcher, text);
    files.insert("/usr/bin/npm".into(), launcher);
    for folder in [
        "chaincode/input",
        "chaincode/output",
        "usr/local/src",
        "tmp",
    ] {
        files.insert(Path::new("/").join(folder).join(".keep"), empty.clone());
    }
    let files: Vec<_> = files
        .iter()
        .map(|(inside, path)| (inside.clone(), path.as_path()))
        .collect();
    let image = engine
        .import(&files, &["ENV PATH=/usr/bin:/bin"])
        .await
        .unwrap();
    let name = "hyperledger/fabric-nodeenv";
    engine.tag(&image, name, "2.5").await.unwrap();
}

fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
#[ignore = "needs Node, npm and a Docker engine: started by tests/interop/run"]
fn a_node_package_is_built_by_the_peer_and_answers_with_the_same_bytes() {
    // Says past the capture of the harness when there is none.
    let Some(engine) = selvedge_engine::shared() else {
        return;
    };
    block_on(environment(engine));
    let before = block_on(engine.leftovers()).unwrap();
    let plan = Plan {
        runtime: Runtime::Process,
        organisations: NAMES.len(),
        batch: 1,
    };
    let tune = |options: &mut selvedge_peer::node::NodeOptions| {
        options.chaincode.docker = Some(docker::settings());
    };
    let mut net = Net::start_tuned(&plan, StateDatabase::default(), |_| {}, Arc::new(tune));
    // Each organisation builds one: `other`, which scripts call, is Node's where `script` is ours.
    deploy(&net, |label| {
        vec![Runtime::Wasm.script_package(label), package(label)]
    });
    for operations in scripts::all() {
        compare(&net, &NAMES, &operations);
    }
    attributes(&net, &NAMES);
    assert_eq!(net.running(0).len() + net.running(1).len(), 2);
    net.stop();
    assert_eq!(block_on(engine.leftovers()).unwrap(), before);
}
