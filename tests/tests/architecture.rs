//! The invariants of ARCHITECTURE.md that a machine can check. Each is an absence.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Package name to (directory, names of its normal dependencies).
fn members() -> BTreeMap<String, (PathBuf, BTreeSet<String>)> {
    let out = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let packages = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let normal = dependencies
                .filter(|d| d["kind"].is_null())
                .map(|d| d["name"].as_str().unwrap().to_owned());
            let manifest = Path::new(package["manifest_path"].as_str().unwrap());
            let directory = manifest.parent().unwrap().to_owned();
            (
                package["name"].as_str().unwrap().to_owned(),
                (directory, normal.collect()),
            )
        });
    packages.collect()
}

#[test]
fn dependencies_between_members_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("selvedge-interface", &[] as &[&str]),
        ("selvedge-protos", &[]),
        ("selvedge-query", &[]),
        ("selvedge-tools", &[]),
        ("selvedge-wire", &[]),
        ("selvedge-sdk-macros", &[]),
        ("selvedge-identity", &["selvedge-protos"]),
        // The ledger implements Host over its simulator, so it knows the interface.
        (
            "selvedge-ledger",
            &["selvedge-interface", "selvedge-protos", "selvedge-query"],
        ),
        ("selvedge-runtime", &["selvedge-interface"]),
        (
            "selvedge-stream",
            &["selvedge-interface", "selvedge-protos", "selvedge-runtime"],
        ),
        ("selvedge-gossip", &["selvedge-identity", "selvedge-protos"]),
        (
            "selvedge-native",
            &["selvedge-interface", "selvedge-protos", "selvedge-sdk"],
        ),
        (
            "selvedge-sdk",
            &["selvedge-interface", "selvedge-sdk-macros"],
        ),
        (
            "selvedge-testkit",
            // The identity crate makes the certificates of the clients under test.
            &[
                "selvedge-identity",
                "selvedge-interface",
                "selvedge-ledger",
                // A contract at the other end of the chat stream, in the test's process.
                "selvedge-native",
                "selvedge-protos",
                "selvedge-runtime",
                "selvedge-sdk",
                "selvedge-sdk-macros",
                "selvedge-stream",
            ],
        ),
        (
            "selvedge-peer",
            &[
                "selvedge-gossip",
                "selvedge-identity",
                "selvedge-interface",
                "selvedge-ledger",
                "selvedge-protos",
                "selvedge-runtime",
                "selvedge-stream",
                // `conflicts` and `check` simulate calls as tests do.
                "selvedge-testkit",
                "selvedge-tools",
                "selvedge-wire",
            ],
        ),
        // It gives bytes to everything that reads any; nothing depends on it but fuzzers.
        (
            "selvedge-bytes",
            &[
                "selvedge-gossip",
                "selvedge-identity",
                "selvedge-interface",
                "selvedge-ledger",
                "selvedge-peer",
                "selvedge-protos",
                "selvedge-query",
                "selvedge-runtime",
                "selvedge-sdk",
                "selvedge-stream",
                "selvedge-tools",
            ],
        ),
        // Starts a Docker engine for tests, and knows nothing of chaincode.
        ("selvedge-engine", &[]),
        // `script` as a program, for the scenarios.
        (
            "selvedge-tests",
            // The peer: one of its programs is a peer in a process of its own.
            &["script", "selvedge-native", "selvedge-peer", "selvedge-sdk"],
        ),
        ("bench-contract", &["selvedge-sdk"]),
        // It compares everything with everything; nothing depends on it.
        (
            "selvedge-benches",
            &[
                "bench-contract",
                "selvedge-identity",
                "selvedge-interface",
                "selvedge-ledger",
                "selvedge-native",
                "selvedge-peer",
                "selvedge-protos",
                "selvedge-runtime",
                "selvedge-stream",
                "selvedge-testkit",
            ],
        ),
    ]);
    let members = members();
    for (name, (directory, dependencies)) in &members {
        let ours: BTreeSet<&str> = dependencies
            .iter()
            .map(String::as_str)
            .filter(|name| members.contains_key(*name))
            .collect();
        let may: BTreeSet<&str> = match allowed.get(name.as_str()) {
            Some(list) => list.iter().copied().collect(),
            None if directory.starts_with(root().join("chaincodes")) => {
                BTreeSet::from(["selvedge-sdk", "selvedge-testkit"])
            }
            None => {
                panic!("the new member {name} needs a line in this test and in ARCHITECTURE.md")
            }
        };
        let surplus: Vec<_> = ours.difference(&may).collect();
        assert!(surplus.is_empty(), "{name} must not depend on {surplus:?}");
    }
}

#[test]
fn members_do_not_know_what_is_not_theirs() {
    let never: &[(&str, &[&str])] = &[
        (
            "selvedge-interface",
            &["prost", "serde", "tokio", "wasmtime"],
        ),
        (
            "selvedge-ledger",
            &["aws-lc-rs", "tokio", "tonic", "wasmtime", "x509-parser"],
        ),
        (
            "selvedge-identity",
            &["rocksdb", "tokio", "tonic", "wasmtime"],
        ),
        (
            "selvedge-runtime",
            &["aws-lc-rs", "prost", "rocksdb", "tonic", "x509-parser"],
        ),
        (
            "selvedge-sdk",
            &["prost", "rocksdb", "tokio", "tonic", "wasmtime"],
        ),
        ("selvedge-testkit", &["tonic"]),
    ];
    let members = members();
    for (name, forbidden) in never {
        let (_, dependencies) = &members[*name];
        for dependency in *forbidden {
            assert!(
                !dependencies.contains(*dependency),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

/// Rust sources of the project: path relative to the root, and text.
fn sources() -> Vec<(String, String)> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "golden" {
                    walk(&path, found);
                }
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    assert!(found.len() > 50, "the walk does not see the sources");
    let read = |path: PathBuf| {
        let relative = path
            .strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        (relative, std::fs::read_to_string(path).unwrap())
    };
    found.into_iter().map(read).collect()
}

/// Lines of production code: no comments, no tests.
fn production<'a>(path: &str, text: &'a str) -> Vec<(usize, &'a str)> {
    let is_test = path.split('/').any(|part| {
        matches!(part, "tests" | "benches" | "tests.rs") || part.ends_with("_tests.rs")
    });
    if is_test {
        return Vec::new();
    }
    let lines = text
        .lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"));
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(n, line)| (n + 1, line))
        .collect()
}

#[test]
fn nothing_below_the_peer_reads_a_clock_the_environment_or_a_random_source() {
    let readers = [
        "env::var",
        "env::args",
        "SystemTime::now",
        "Instant::now",
        "rand::",
        "thread_rng",
        "getrandom",
    ];
    // (file, what it may read, why)
    let exceptions: &[(&str, &str, &str)] = &[
        (
            "peer/identity/src/crypto/",
            "rand::",
            "signatures and keys need randomness that no caller may choose",
        ),
        (
            "sdk/native/src/entry.rs",
            "env::args",
            "the program of a native chaincode begins here",
        ),
        (
            "sdk/native/src/entry.rs",
            "env::var",
            "the program of a native chaincode begins here",
        ),
        (
            "peer/gossip/src/",
            "Instant::now",
            "a peer is dead when its network's timers say that it was silent for too long",
        ),
        (
            "runtime/stream/src/",
            "Instant::now",
            "how long a chaincode may take is counted from when it was asked",
        ),
        (
            "sdk/native/src/chat/crew.rs",
            "Instant::now",
            "a thread that waits looks for the answer for a limited time before it sleeps",
        ),
        (
            "sdk/testkit/src/compile.rs",
            "env::var",
            "a test compiles its contract with the cargo that runs it",
        ),
        (
            "sdk/testkit/src/environment.rs",
            "env::var",
            "who runs tests says on which runtimes, from which seed, and whether costs may grow",
        ),
        (
            "sdk/testkit/src/hunt.rs",
            "SystemTime::now",
            "the hunter waits until a contract that reads the clock must answer otherwise",
        ),
    ];
    for (path, text) in sources() {
        if path.starts_with("peer/src/") || path.ends_with("build.rs") || path.starts_with("tests/")
        {
            continue;
        }
        for (number, line) in production(&path, &text) {
            for reader in readers.iter().filter(|reader| line.contains(**reader)) {
                let excused = exceptions
                    .iter()
                    .any(|(file, what, _)| path.starts_with(file) && what == reader);
                assert!(
                    excused,
                    "{path}:{number} reads {reader}; let the caller pass it in"
                );
            }
        }
    }
}

#[test]
fn unsafe_code_lives_in_three_modules() {
    // The peer's: it loads machine code that our own compiler wrote. The guest's: an allocator, inside the sandbox.
    let homes = BTreeSet::from([
        "runtime/src/compile/load.rs",
        "sdk/src/wasm/arena.rs",
        "sdk/src/wasm/c.rs",
    ]);
    let mut found = BTreeSet::new();
    for (path, text) in sources() {
        for (_, line) in production(&path, &text) {
            let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            if words.any(|word| word == "unsafe") && !line.contains('"') {
                found.insert(path.clone());
            }
        }
    }
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, homes);
}

#[test]
fn files_stay_readable() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 800, "{path} has {lines} lines; 800 is the limit");
    }
}

#[test]
fn nothing_is_left_to_do_in_the_code() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
        "todo!(",
        "unimplemented!(",
    ];
    for (path, text) in sources()
        .into_iter()
        .filter(|(path, _)| path != "tests/tests/architecture.rs")
    {
        for mark in marks {
            assert!(!text.contains(mark), "{path} contains {mark}");
        }
    }
}

#[test]
fn nothing_names_a_path_of_one_machine() {
    let places = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
    ];
    for (path, text) in sources() {
        // Where Fabric's Java image keeps chaincode: a path of that image, not of a machine.
        let text = text.replace(concat!("/ro", "ot/chaincode-java/"), "");
        for place in places {
            assert!(!text.contains(place), "{path} names {place}");
        }
    }
}

#[test]
fn the_two_commands_of_the_readme_exist() {
    use std::os::unix::fs::PermissionsExt;
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for script in ["scripts/demo", "scripts/test"] {
        assert!(readme.contains(script), "README.md does not name {script}");
        let mode = std::fs::metadata(root().join(script))
            .unwrap()
            .permissions()
            .mode();
        assert!(mode & 0o111 != 0, "{script} is not executable");
    }
}
