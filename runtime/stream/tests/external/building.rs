use super::support::{Bench, folder, names, package};
use selvedge_runtime::Builder;
use selvedge_stream::external::{ExternalBuilder, ExternalBuilders, ExternalSettings};
use selvedge_stream::launch::Service;
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::collections::BTreeMap;
use std::fs;

/// Accepts packages of type `mine`.
const DETECT: &str = "grep -q '\"type\":\"mine\"' \"$2/metadata.json\"";

#[test]
fn commands_get_the_directories_of_the_contract() {
    let mut bench = Bench::new();
    let seen = bench.file("seen");
    let note =
        |command: &str| format!("echo {command} $# $(cd \"$1\"; find . -type f | sort) >> {seen}");
    let build = format!(
        "{}\ncat \"$1/src/main.x\" \"$2/metadata.json\" > \"$3/result\"\nmkdir \"$3/sub\"; ln -s ../result \"$3/sub/link\"",
        note("build")
    );
    let release = format!(
        "{}\nmkdir -p \"$2/statedb/couchdb/indexes\"; echo released > \"$2/statedb/couchdb/indexes/b.json\"; echo x > \"$2/other\"",
        note("release")
    );
    let detect = format!("{}\n{DETECT}", note("detect"));
    bench.builder(
        "mine",
        &[],
        &[
            ("detect", &detect),
            ("build", &build),
            ("release", &release),
        ],
    );
    let package = package("mine");
    assert!(bench.build(&package).unwrap().is_some());
    let source = "./META-INF/statedb/couchdb/indexes/a.json ./src/main.x";
    assert_eq!(
        bench.read("seen"),
        format!("detect 2 {source}\nbuild 3 {source}\nrelease 2 ./result\n")
    );
    let kept = bench.durable().join(folder(&package));
    assert_eq!(names(&kept), ["bld", "build-info.json", "release"]);
    let info = fs::read_to_string(kept.join("build-info.json")).unwrap();
    assert_eq!(info, r#"{"builder_name":"mine"}"#);
    assert_eq!(
        fs::read_to_string(kept.join("bld/sub/link")).unwrap(),
        r#"code{"path":"some/where","type":"mine","label":"cc_1"}"#
    );
    let artifacts = bench.started().released(&package.id).unwrap().unwrap();
    assert_eq!(artifacts.len(), 1);
    assert_eq!(artifacts[0].name, "META-INF/statedb/couchdb/indexes/b.json");
}

#[test]
fn commands_see_the_variables_that_are_propagated_and_no_others() {
    let mut bench = Bench::new();
    bench.variable("SECRET", "s");
    bench.variable("WANTED", "w");
    bench.variable("TMPDIR", "/tmp");
    // A shell adds PWD and its like by itself.
    let detect = format!(
        "/usr/bin/env | cut -d= -f1 | grep -v -e PWD -e SHLVL -e '^_$' | sort > {}",
        bench.file("variables")
    );
    bench.builder(
        "env",
        &["WANTED", "MISSING"],
        &[("detect", &detect), ("build", "exit 0")],
    );
    assert!(bench.build(&package("x")).unwrap().is_some());
    assert_eq!(bench.read("variables"), "PATH\nTMPDIR\nWANTED\n");
}

#[test]
fn the_first_builder_that_detects_a_package_takes_it() {
    let mut bench = Bench::new();
    bench.builder("absent", &[], &[]);
    bench.builder("other", &[], &[("detect", "exit 1"), ("build", "exit 9")]);
    bench.builder("first", &[], &[("detect", DETECT), ("build", "exit 0")]);
    bench.builder("second", &[], &[("detect", "exit 0"), ("build", "exit 9")]);
    let package = package("mine");
    assert!(bench.build(&package).unwrap().is_some());
    let info = bench
        .durable()
        .join(folder(&package))
        .join("build-info.json");
    assert!(fs::read_to_string(info).unwrap().contains("first"));
}

#[test]
fn a_package_that_nobody_wants_goes_to_the_next_runtime() {
    let mut bench = Bench::new();
    let package = package("wasm");
    assert!(
        bench.build(&package).unwrap().is_none(),
        "no builders at all"
    );
    bench.builder("mine", &[], &[("detect", DETECT)]);
    assert!(bench.build(&package).unwrap().is_none());
    assert!(bench.started().claim(&package).unwrap().is_none());
    assert!(names(&bench.durable()).is_empty());
    assert_eq!(bench.started().released(&package.id), Ok(None));
}

#[test]
fn failures_have_fabrics_texts_and_leave_nothing() {
    for (build, release, text) in [
        (
            "echo no >&2; exit 3",
            "exit 0",
            "external builder failed to build: external builder 'mine' failed: exit status 3",
        ),
        (
            "kill -9 $$",
            "exit 0",
            "external builder failed to build: external builder 'mine' failed: signal: killed",
        ),
        (
            "exit 0",
            "exit 4",
            "external builder failed to release: builder 'mine' release failed: exit status 4",
        ),
    ] {
        let mut bench = Bench::new();
        bench.builder(
            "mine",
            &[],
            &[("detect", DETECT), ("build", build), ("release", release)],
        );
        let error = bench.build(&package("mine")).err().unwrap();
        assert_eq!(error, format!("external builder failed: {text}"));
        assert!(names(&bench.durable()).is_empty());
    }
    let mut bench = Bench::new();
    bench.builder("mine", &[], &[("detect", DETECT)]);
    let error = bench.build(&package("mine")).err().unwrap();
    assert_eq!(
        error,
        format!(
            "external builder failed: external builder failed to build: external builder 'mine' failed: fork/exec {}/mine/bin/build: no such file or directory",
            bench.root.path().display()
        )
    );
}

/// Fabric's peer takes the half that it copied for a build, the next time.
#[test]
fn a_result_that_cannot_be_kept_is_not_kept_in_part() {
    let mut bench = Bench::new();
    let build = "echo a > \"$3/a\"; ln -s /etc/passwd \"$3/b\"";
    bench.builder("mine", &[], &[("detect", DETECT), ("build", build)]);
    for _ in 0..2 {
        let error = bench.build(&package("mine")).err().unwrap();
        assert!(
            error.starts_with("external builder failed: could not move or copy build context bld to persistent location '")
                && error.contains("refusing to copy absolute symlink"),
            "{error}"
        );
        assert!(names(&bench.durable()).is_empty());
    }
}

#[test]
fn what_was_built_is_found_again_while_its_builder_is_there() {
    let mut bench = Bench::new();
    let count = format!("echo x >> {}", bench.file("count"));
    bench.builder("mine", &[], &[("detect", &count), ("build", &count)]);
    let package = package("mine");
    for _ in 0..3 {
        assert!(bench.build(&package).unwrap().is_some());
    }
    assert_eq!(bench.read("count"), "x\nx\n", "detected and built once");
    bench.forget_builders();
    assert!(
        bench.build(&package).unwrap().is_none(),
        "no builders at all: not asked"
    );
    bench.builder("other", &[], &[("detect", "exit 0")]);
    assert_eq!(
        bench.build(&package).err().unwrap(),
        format!(
            "external builder failed: existing build could not be restored: chaincode '{}' was already built with builder 'mine', but that builder is no longer available",
            package.id
        )
    );
}

#[test]
fn a_released_connection_is_a_service_and_read_at_every_launch() {
    let mut bench = Bench::new();
    let release = "mkdir -p \"$2/chaincode/server\"; echo '{\"address\":\"cc:9999\",\"dial_timeout\":\"10s\"}' > \"$2/chaincode/server/connection.json\"";
    bench.builder(
        "mine",
        &[],
        &[
            ("detect", DETECT),
            ("build", "exit 0"),
            ("release", release),
        ],
    );
    let package = package("mine");
    let launcher = bench.build(&package).unwrap().unwrap();
    let ask = || bench.runtime.block_on(launcher.service());
    let service = ask().unwrap().unwrap();
    assert_eq!(
        (service.address.as_str(), service.dial_timeout.as_secs()),
        ("cc:9999", 10)
    );
    let file = bench
        .durable()
        .join(folder(&package))
        .join("release/chaincode/server/connection.json");
    fs::write(&file, r#"{"address":"cc:1"}"#).unwrap();
    assert_eq!(ask(), Ok(Some(Service::plain("cc:1"))));
    fs::write(&file, "{").unwrap();
    let error = ask().unwrap_err().to_string();
    assert!(
        error.starts_with(&format!(
            "error building chaincode: malformed chaincode info at '{}': ",
            file.display()
        )),
        "{error}"
    );
    fs::write(&file, "{}").unwrap();
    assert_eq!(
        ask().unwrap_err().to_string(),
        "error building chaincode: chaincode address not provided"
    );
    fs::remove_file(&file).unwrap();
    assert_eq!(ask(), Ok(None));
}

#[test]
fn a_builder_without_a_name_or_a_path_is_refused_at_the_start() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let start = |name: &str, path: &str, times: usize| {
        let builder = ExternalBuilder {
            name: name.into(),
            path: path.into(),
            propagate: Vec::new(),
        };
        let settings = ExternalSettings {
            builders: vec![builder; times],
            durable: dir.path().join("builds"),
            scratch: dir.path().into(),
            environment: BTreeMap::new(),
        };
        let options = SupportOptions::new("a:1", "Org1MSP");
        let support = ChaincodeSupport::new(options, runtime.handle().clone());
        ExternalBuilders::new(settings, support)
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(
        start("a", "", 1).unwrap(),
        "invalid external builder configuration, path attribute missing in one or more builders"
    );
    assert_eq!(
        start("", "/b", 1).unwrap(),
        "external builder at path /b has no name attribute"
    );
    assert!(
        start("a", "/b", 2)
            .unwrap()
            .starts_with("two external builders have the name 'a'")
    );
    assert_eq!(start("a", "/b", 1), None);
}
