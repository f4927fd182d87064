//! The builder that comes with Fabric's peer, where SELVEDGE_CCAAS_BUILDER names its folder.

use super::support::{Bench, folder};
use selvedge_runtime::{Builder, Package, PackageSource};
use std::io::Write;
use std::path::Path;

fn service(kind: &str) -> Package {
    let files = [
        (
            "connection.json",
            r#"{"address":"{{.peername}}_cc:9999","dial_timeout":"10s","tls_required":false}"#,
        ),
        ("META-INF/statedb/couchdb/indexes/a.json", "{}"),
    ];
    let source = PackageSource {
        label: "service_1".into(),
        kind: kind.into(),
        path: String::new(),
        files: files
            .map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec()))
            .into(),
    };
    Package::parse(&source.write().unwrap()).unwrap()
}

#[test]
fn fabrics_own_builder_makes_a_service_of_a_package() {
    const VARIABLE: &str = "SELVEDGE_CCAAS_BUILDER";
    let Some(path) = std::env::var_os(VARIABLE) else {
        let line =
            format!("\n*** SKIPPED: {VARIABLE} names no folder with Fabric's ccaas_builder\n");
        std::io::stderr().write_all(line.as_bytes()).ok();
        return;
    };
    let mut bench = Bench::new();
    let config = "CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG";
    bench.variable(config, r#"{"peername":"org1peer1"}"#);
    bench.existing_builder("ccaas_builder", Path::new(&path), &[config]);
    let package = service("CCAAS");
    let launcher = bench.build(&package).unwrap().unwrap();
    let service_of = || bench.runtime.block_on(launcher.service()).unwrap().unwrap();
    assert_eq!(service_of().address, "org1peer1_cc:9999");
    assert_eq!(service_of().dial_timeout.as_secs(), 10);
    let artifacts = bench.started().released(&package.id).unwrap().unwrap();
    assert_eq!(artifacts[0].name, "META-INF/statedb/couchdb/indexes/a.json");
    assert!(
        bench
            .durable()
            .join(folder(&package))
            .join("bld/metadata.json")
            .is_file()
    );
    assert!(bench.build(&service("golang")).unwrap().is_none());
}
