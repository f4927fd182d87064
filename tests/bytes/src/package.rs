//! Chaincode packages: the outer archive, `metadata.json`, the code within it.

use crate::{Target, golden};
use selvedge_runtime::{Package, PackageSource, check_artifact, check_component, code_files};
use std::collections::BTreeMap;

pub(crate) const TARGET: Target = Target {
    name: "package",
    run,
    seeds,
};

fn run(data: &[u8]) {
    let Ok(package) = Package::parse(data) else {
        return;
    };
    for artifact in &package.db_artifacts {
        let _ = check_artifact(&artifact.name, &artifact.content);
    }
    let _ = package.check_code_archive();
    let _ = selvedge_stream::docker::check_package(&package);
    for file in code_files(package.build_code(), 1 << 20, 100).unwrap_or_default() {
        let _ = check_component(&file.content);
    }
    // What is stored is found again under its ID, whatever it holds.
    let stored = Package::stored(&package.id, data).unwrap();
    assert_eq!(stored.id, package.id);
    assert!(package.id.parts().is_some());
}

fn seeds() -> Vec<Vec<u8>> {
    let index = r#"{"index":{"fields":["a"]},"ddoc":"d","name":"n","type":"json"}"#;
    let files = |names: &[(&str, &str)]| {
        let file = |(name, text): &(&str, &str)| ((*name).to_owned(), text.as_bytes().to_vec());
        names.iter().map(file).collect::<BTreeMap<_, _>>()
    };
    let source = |kind: &str, names: &[(&str, &str)]| {
        PackageSource {
            label: "seed_1".to_owned(),
            kind: kind.to_owned(),
            path: String::new(),
            files: files(names),
        }
        .write()
        .unwrap()
    };
    let mut seeds = golden::files("packages", ".tar.gz");
    seeds.extend([
        source(
            "wasm",
            &[
                ("chaincode.wasm", "\0asm"),
                ("META-INF/statedb/couchdb/indexes/a.json", index),
            ],
        ),
        source("docker", &[("image.json", r#"{"image":"a@sha256:00"}"#)]),
        source(
            "ccaas",
            &[("connection.json", r#"{"address":"127.0.0.1:1"}"#)],
        ),
    ]);
    seeds
}
