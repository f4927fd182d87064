//! The binary as a user meets it: exit codes, streams, and texts; nothing here needs a network.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use expect_test::{Expect, expect};

fn selvedge(directory: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CORE_") || name == "FABRIC_CFG_PATH" {
            command.env_remove(name);
        }
    }
    command
        .current_dir(directory)
        .envs(variables.iter().copied())
        .args(arguments);
    command.output().unwrap()
}

/// Fails with 1, says nothing on standard output and exactly this on standard error.
fn refuses(variables: &[(&str, &str)], arguments: &[&str], expected: Expect) {
    let directory = tempfile::tempdir().unwrap();
    let output = selvedge(directory.path(), variables, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    let here = directory.path().canonicalize().unwrap();
    let said = String::from_utf8(output.stderr)
        .unwrap()
        .replace(&here.display().to_string(), "<here>");
    expected.assert_eq(&said);
}

#[test]
fn version_names_the_fabric_release() {
    let output = selvedge(Path::new("."), &[], &["version"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with(&format!(
            "selvedge:\n Version: v{}\n",
            env!("CARGO_PKG_VERSION")
        )),
        "{text}"
    );
    let json = selvedge(Path::new("."), &[], &["version", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn who_copies_a_line_of_fabrics_documents_is_told_what_to_leave_out() {
    let output = selvedge(Path::new("."), &[], &["peer", "channel", "list"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    let hint = "This program stands where Fabric's documents say `peer`: leave that word out\n";
    assert!(said.ends_with(hint), "{said}");
}

#[test]
fn completions_are_scripts() {
    for shell in ["bash", "zsh", "fish"] {
        let output = selvedge(Path::new("."), &[], &["completion", shell]);
        assert!(output.status.success());
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("selvedge"),
            "{shell}"
        );
    }
}

#[test]
fn a_missing_parameter_is_named_with_its_flag() {
    let channel = [
        "lifecycle",
        "chaincode",
        "approveformyorg",
        "-n",
        "kv",
        "-v",
        "1.0",
        "--sequence",
        "1",
    ];
    refuses(
        &[],
        &channel,
        expect![[r#"
        Error: The required parameter 'channelID' is empty. Rerun the command with -C flag
    "#]],
    );
    let sequence = [
        "lifecycle",
        "chaincode",
        "commit",
        "-C",
        "ch",
        "-n",
        "kv",
        "-v",
        "1.0",
    ];
    refuses(
        &[],
        &sequence,
        expect![[r#"
        Error: The required parameter 'sequence' is empty. Rerun the command with --sequence flag
    "#]],
    );
    refuses(
        &[],
        &["lifecycle", "chaincode", "querycommitted"],
        expect![[r#"
        Error: channel name must be specified
    "#]],
    );
    refuses(
        &[],
        &["lifecycle", "chaincode", "install"],
        expect![[r#"
        Error: chaincode install package must be provided
    "#]],
    );
    refuses(
        &[],
        &["chaincode", "query", "-C", "ch", "-n", "kv"],
        expect![[r#"
        Error: empty JSON chaincode parameters must contain the following keys: 'Args' or 'Function' and 'Args'
    "#]],
    );
}

/// Fabric: the texts of Validate and of the argument counts in internal/peer/lifecycle/chaincode.
#[test]
fn what_a_lifecycle_verb_needs_is_said_in_fabrics_words() {
    let channel = "The required parameter 'channelID' is empty. Rerun the command with -C flag";
    for (line, message) in [
        (
            "package --path p --label l",
            "invalid number of args. expected only the output file",
        ),
        (
            "package a b --path p --label l",
            "invalid number of args. expected only the output file",
        ),
        ("package a --label l", "chaincode path must be specified"),
        (
            "package a --path p --lang= --label l",
            "chaincode language must be specified",
        ),
        ("package a --path p", "package label must be specified"),
        ("install a b", "chaincode install package must be provided"),
        (
            "calculatepackageid",
            "invalid number of args. expected only the packaged chaincode file",
        ),
        (
            "calculatepackageid gone",
            "failed to read chaincode package at 'gone': No such file or directory (os error 2)",
        ),
        (
            "getinstalledpackage",
            "The required parameter 'package-id' is empty. Rerun the command with --package-id flag",
        ),
        ("queryapproved", channel),
        (
            "queryapproved -C ch --sequence 1",
            "Specifying parameter 'sequence' is invalid without parameter 'name'. Rerun the command with -n flag",
        ),
        ("querycommitted", "channel name must be specified"),
        ("checkcommitreadiness", channel),
        (
            "checkcommitreadiness -C ch",
            "The required parameter 'name' is empty. Rerun the command with -n flag",
        ),
        (
            "commit -C ch -n cc",
            "The required parameter 'version' is empty. Rerun the command with -v flag",
        ),
        (
            "commit --signature-policy a --channel-config-policy b",
            "cannot specify both \"--signature-policy\" and \"--channel-config-policy\"",
        ),
        (
            "commit --collections-config gone.json",
            "invalid collection configuration in file gone.json: could not read file 'gone.json': No such file or directory (os error 2)",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let arguments: Vec<_> = ["lifecycle", "chaincode"]
            .into_iter()
            .chain(line.split(' '))
            .collect();
        let output = selvedge(directory.path(), &[], &arguments);
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(output.stdout.is_empty(), "{line}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, format!("Error: {message}\n"), "{line}");
    }
}

/// Peers that cannot be meant: too many, without certificates, not in the profile.
#[test]
fn peers_must_be_those_that_a_verb_can_talk_to() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let msp = golden
        .join("crypto/peerOrganizations/org1.example.com/users/Admin@org1.example.com/msp")
        .display()
        .to_string();
    let variables = [
        ("CORE_PEER_MSPCONFIGPATH", msp.as_str()),
        ("CORE_PEER_LOCALMSPID", "Org1MSP"),
        ("CORE_PEER_TLS_ENABLED", "true"),
    ];
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("root.pem"), "").unwrap();
    let profile = "channels: {ch: {peers: {gone: {endorsingPeer: true}}}}\npeers: {}\n";
    std::fs::write(directory.path().join("profile.yaml"), profile).unwrap();
    for (line, message) in [
        (
            "lifecycle chaincode queryinstalled --peerAddresses a:1 --peerAddresses b:2 --tlsRootCertFiles root.pem --tlsRootCertFiles root.pem",
            "'queryinstalled' command supports one peer. 2 peers provided",
        ),
        (
            "lifecycle chaincode commit -C ch -n cc -v 1 --sequence 1 --peerAddresses a:1 --peerAddresses b:2 --tlsRootCertFiles root.pem",
            "number of peer addresses (2) does not match the number of TLS root cert files (1)",
        ),
        (
            "lifecycle chaincode install --connectionProfile profile.yaml root.pem",
            "--targetPeer must be specified for channel-less operation using connection profile",
        ),
        (
            "lifecycle chaincode install --connectionProfile profile.yaml --targetPeer other root.pem",
            "peer 'other' doesn't have associated peer config",
        ),
        (
            "lifecycle chaincode querycommitted -C ch --connectionProfile profile.yaml",
            "peer 'gone' doesn't have associated peer config",
        ),
    ] {
        let arguments: Vec<_> = line.split(' ').collect();
        let output = selvedge(directory.path(), &variables, &arguments);
        assert_eq!(output.status.code(), Some(1), "{line}");
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = format!("Error: failed to validate peer connection parameters: {message}\n");
        assert_eq!(said, expected, "{line}");
    }
}

#[test]
fn settings_that_are_missing_are_named_with_their_variable() {
    let query = [
        "chaincode",
        "query",
        "-C",
        "ch",
        "-n",
        "kv",
        "-c",
        r#"{"Args":["x"]}"#,
    ];
    refuses(
        &[],
        &query,
        expect![[r#"
        Error: the MSP folder is not set; set CORE_PEER_MSPCONFIGPATH or peer.mspConfigPath in core.yaml
    "#]],
    );
    refuses(
        &[
            ("CORE_PEER_MSPCONFIGPATH", "gone"),
            ("CORE_PEER_LOCALMSPID", "Org1MSP"),
        ],
        &query,
        expect![[r#"
        Error: Cannot run peer because cannot init crypto, specified path "gone" does not exist or cannot be accessed: No such file or directory (os error 2)
    "#]],
    );
    refuses(
        &[("FABRIC_CFG_PATH", "/does/not/exist")],
        &query,
        expect![[r#"
        Error: FABRIC_CFG_PATH /does/not/exist does not exist
    "#]],
    );
}

#[test]
fn packages_that_are_none_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("p.tar.gz"), b"this is no gzip stream").unwrap();
    let output = selvedge(
        directory.path(),
        &[],
        &["lifecycle", "chaincode", "calculatepackageid", "p.tar.gz"],
    );
    assert_eq!(output.status.code(), Some(1));
    expect![[r#"
        Error: could not parse as a chaincode install package: error reading as gzip stream: gzip: invalid header
    "#]]
    .assert_eq(&String::from_utf8(output.stderr).unwrap());
    refuses(
        &[],
        &[
            "lifecycle",
            "chaincode",
            "package",
            "out",
            "--path",
            ".",
            "--label",
            "a b",
        ],
        expect![[r#"
        Error: invalid label 'a b'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', and can only begin with alphanumerics
    "#]],
    );
    refuses(
        &[],
        &[
            "lifecycle",
            "chaincode",
            "package",
            "out",
            "--path",
            ".",
            "--label",
            "a",
            "-l",
            "cobol",
        ],
        expect![[r#"
        Error: failed to normalize chaincode path: unknown chaincodeType: COBOL; known are wasm, golang, node, java, ccaas and docker
    "#]],
    );
    refuses(
        &[],
        &["build", "."],
        expect![[r#"
        Error: . is no contract crate: it has no Cargo.toml
    "#]],
    );
}

#[test]
fn what_goes_with_another_target_is_refused() {
    let build = |more: &[&'static str]| [&["build", "."], more].concat();
    refuses(
        &[],
        &build(&["--target", "native", "--component", "c.wasm"]),
        expect![[r#"
            Error: --component goes with --target wasm; there is no component in a program
        "#]],
    );
    refuses(
        &[],
        &build(&["--static"]),
        expect![[r#"
            Error: --static goes with --target native; a component has nothing to link
        "#]],
    );
    refuses(
        &[],
        &build(&["--target", "native", "--label", "l"]),
        expect![[r#"
            Error: --label names a package; --target native makes a program
        "#]],
    );
    refuses(
        &[],
        &build(&["--target", "docker"]),
        expect![[r#"
            Error: . is no contract crate: it has no Cargo.toml
        "#]],
    );
}

#[test]
fn a_recorded_package_has_its_recorded_id() {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/packages");
    let ids = std::fs::read_to_string(packages.join("package_ids.txt")).unwrap();
    let mut checked = 0;
    for entry in std::fs::read_dir(&packages).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "gz") {
            let output = selvedge(
                &packages,
                &[],
                &[
                    "lifecycle",
                    "chaincode",
                    "calculatepackageid",
                    path.to_str().unwrap(),
                ],
            );
            let id = String::from_utf8(output.stdout).unwrap();
            assert!(
                !id.is_empty() && ids.contains(id.trim()),
                "{}: {id}",
                path.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn a_contract_packaged_twice_gives_the_same_bytes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let out = tempfile::tempdir().unwrap();
    let mut packages = Vec::new();
    for name in ["one.tar.gz", "two.tar.gz"] {
        let file = out.path().join(name);
        let file = file.to_str().unwrap();
        let package = [
            "lifecycle",
            "chaincode",
            "package",
            file,
            "-p",
            "chaincodes/asset-transfer",
            "--label",
            "basic_1",
        ];
        let output = selvedge(&root, &[], &package);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        packages.push(std::fs::read(file).unwrap());
    }
    assert!(packages[0].len() > 1000 && packages[0] == packages[1]);
    let file = out.path().join("three.tar.gz");
    let build = [
        "build",
        "chaincodes/asset-transfer",
        "--label",
        "basic_1",
        "--out",
        file.to_str().unwrap(),
        "--json",
    ];
    let output = selvedge(&root, &[], &build);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), packages[0]);
    assert_eq!(report["package_bytes"], packages[0].len());
    assert!(
        report["package_id"]
            .as_str()
            .unwrap()
            .starts_with("basic_1:")
    );
}

#[test]
fn one_source_gives_one_package_in_every_directory_and_on_every_day() {
    // The shortest thing that says it is a component.
    let component = b"\0asm\x0d\0\x01\0";
    let day = Duration::from_secs(24 * 60 * 60);
    let mut made = Vec::new();
    for days in [1_000, 20_000] {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("contract.wasm");
        std::fs::write(&source, component).unwrap();
        let then = std::time::UNIX_EPOCH + day * days;
        let file = std::fs::File::options().write(true).open(&source).unwrap();
        file.set_modified(then).unwrap();
        for arguments in [
            "lifecycle chaincode package new.tar.gz --path contract.wasm --label cc_1",
            "chaincode package old.pak -p contract.wasm -n cc -v 1 -c {\"Args\":[\"init\"]}",
        ] {
            let arguments: Vec<_> = arguments.split(' ').collect();
            let output = selvedge(directory.path(), &[], &arguments);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{arguments:?}: {said}");
        }
        let read = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
        made.push((read("new.tar.gz"), read("old.pak")));
    }
    assert_eq!(made[0], made[1]);
    // The day on which it is packaged is nowhere either: gzip and tar have fields for it.
    let package = &made[0].0;
    assert_eq!(package[4..8], [0; 4]);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&package[..]));
    let mut entries = 0;
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        assert_eq!(entry.header().mtime().unwrap(), 0);
        if entry.path().unwrap() == Path::new("code.tar.gz") {
            let mut code = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut code).unwrap();
            assert_eq!(code[4..8], [0; 4]);
            let mut code = tar::Archive::new(flate2::read::GzDecoder::new(&code[..]));
            let mut files = code.entries().unwrap();
            assert!(files.all(|file| file.unwrap().header().mtime().unwrap() == 0));
        }
        entries += 1;
    }
    assert_eq!(entries, 2);
}

/// From the source this time: what the compiler makes of it knows neither its directory nor the age of its files.
#[test]
fn one_crate_gives_one_package_in_every_directory_and_on_every_day() {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk");
    let sdk = sdk.canonicalize().unwrap().display().to_string();
    let mut made = Vec::new();
    for (place, days) in [("one", 20_000), ("another/place/that/is/longer", 10_000)] {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join(place);
        std::fs::create_dir_all(&place).unwrap();
        let does = |arguments: &[&str]| {
            let output = selvedge(&place, &[], arguments);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{arguments:?}: {said}");
        };
        does(&["new", "notes", "--sdk", &sdk]);
        let then = std::time::UNIX_EPOCH + Duration::from_secs(days * 24 * 60 * 60);
        for file in ["Cargo.toml", "src/lib.rs"] {
            let file = place.join("notes").join(file);
            let file = std::fs::File::options().write(true).open(file).unwrap();
            file.set_modified(then).unwrap();
        }
        does(&["build", "notes", "--label", "notes_1", "-o", "notes.tar.gz"]);
        made.push(std::fs::read(place.join("notes.tar.gz")).unwrap());
    }
    assert!(made[0].len() > 10_000 && made[0] == made[1]);
}

#[test]
fn the_verbs_of_the_legacy_lifecycle_name_what_is_missing() {
    let said = |arguments: &[&str], expected: Expect| refuses(&[], arguments, expected);
    said(
        &["chaincode", "package", "-n", "cc", "-v", "1"],
        expect![[r#"
            Error: output file not specified or invalid number of args (filename should be the only arg)
        "#]],
    );
    said(
        &["chaincode", "package", "x.pak", "-p", "x", "-n", "cc"],
        expect![[r#"
            Error: chaincode version is not provided for package
        "#]],
    );
    said(
        &[
            "chaincode",
            "package",
            "x.pak",
            "-p",
            "x",
            "-n",
            "cc",
            "-v",
            "1",
            "-l",
            "golang",
        ],
        expect![[r#"
            Error: chaincode language 'golang' cannot be packaged here; use --lang wasm, or make the package with the peer command of Fabric 2.5: any package can be installed
        "#]],
    );
    said(
        &["chaincode", "install", "-n", "cc"],
        expect![[r#"
            Error: must supply value for chaincode name, path and version parameters
        "#]],
    );
    said(
        &[
            "chaincode",
            "instantiate",
            "-n",
            "cc",
            "-v",
            "1",
            "-c",
            "{\"Args\":[]}",
        ],
        expect![[r#"
            Error: The required parameter 'channelID' is empty. Rerun the command with -C flag
        "#]],
    );
    said(
        &["chaincode", "upgrade", "-C", "ch", "-n", "cc", "-v", "1"],
        expect![[r#"
            Error: empty JSON chaincode parameters must contain the following keys: 'Args' or 'Function' and 'Args'
        "#]],
    );
    said(
        &["chaincode", "list", "-C", "ch"],
        expect![[r#"
            Error: must explicitly specify "--installed" or "--instantiated"
        "#]],
    );
    said(
        &["chaincode", "signpackage", "only-one"],
        expect![[r#"
            Error: peer chaincode signpackage <inputpackage> <outputpackage>
        "#]],
    );
}

/// An auditor's exit status: 0 as it should be, 1 not, 2 nobody knows.
#[test]
fn ledgers_are_verified() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let genesis = golden.join("genesis.block").display().to_string();
    let here = tempfile::tempdir().unwrap();
    let blocks = here.path().join("blocks");
    std::fs::create_dir(&blocks).unwrap();
    let verify = |more: &[&str]| {
        let all = [
            "ledger",
            "verify",
            "--genesis",
            &genesis,
            "--blocks",
            "blocks",
        ];
        selvedge(here.path(), &[], &[&all, more].concat())
    };
    assert_eq!(verify(&[]).status.code(), Some(2));
    for number in 0..5 {
        let name = format!("{number:04}.block");
        std::fs::copy(golden.join("blocks").join(&name), blocks.join(&name)).unwrap();
    }
    let output = verify(&[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty());
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("channel golden: 5 blocks"), "{table}");
    assert!(table.ends_with("no difference\n"), "{table}");

    let output = verify(&["--json", "--state", "state"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<serde_json::Value> = lines.collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(
        lines[4]["transactions"][1]["verdict"]["name"],
        "MVCC_READ_CONFLICT"
    );
    assert_eq!(lines[5]["type"], "summary");
    assert!(here.path().join("state/public_state.jsonl").exists());

    let other = golden.join("aux/blocks/0003.block");
    std::fs::copy(other, blocks.join("0003.block")).unwrap();
    let output = verify(&["--quiet"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.starts_with(b"DIFFERENCE  block 3"));
    assert_eq!(verify(&["--store", "x"]).status.code(), Some(2));
    assert_eq!(verify(&["--snapshot", "x"]).status.code(), Some(2));
}

/// Where its temporary ledger was; a pipe that nobody reads keeps it from being done.
#[test]
fn an_audit_that_is_interrupted_leaves_nothing() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        interrupted_audit(signal, status);
    }
}

fn interrupted_audit(signal: &str, status: i32) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let here = tempfile::tempdir().unwrap();
    let (_unread, mut full) = std::io::pipe().unwrap();
    full.write_all(&[b'\n'; 48 << 10]).unwrap();
    let mut audit = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(["ledger", "verify", "--json", "--genesis"])
        .arg(golden.join("genesis.block"))
        .arg("--blocks")
        .arg(golden.join("blocks"))
        .env("TMPDIR", here.path())
        .stdout(full)
        .spawn()
        .unwrap();
    let has_ledger = || {
        let mut folders = std::fs::read_dir(here.path()).unwrap();
        folders.any(|folder| folder.unwrap().path().join("ledger").exists())
    };
    while !has_ledger() {
        assert_eq!(audit.try_wait().unwrap(), None, "it ended");
        std::thread::sleep(Duration::from_millis(10));
    }
    let pid = audit.id().to_string();
    let told = Command::new("kill").args([signal, &pid]).status();
    assert!(told.unwrap().success());
    assert_eq!(audit.wait().unwrap().code(), Some(status));
    assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0);
}

#[test]
fn a_ledger_is_verified_from_a_snapshot_on_and_told_what_was_not() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let snapshot = golden.join("snapshot").display().to_string();
    let blocks = golden.join("blocks").display().to_string();
    let here = tempfile::tempdir().unwrap();
    let from = [
        "ledger",
        "verify",
        "--blocks",
        &blocks,
        "--snapshot",
        &snapshot,
    ];
    let output = selvedge(here.path(), &[], &from);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("channel golden: 0 blocks"), "{table}");
    assert!(table.contains("not judged: blocks 0 to 53"), "{table}");
    let unknown = ["ledger", "verify", "--blocks", &blocks];
    let output = selvedge(here.path(), &[], &unknown);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("--genesis <FILE>|--snapshot <DIR>"), "{said}");
}
