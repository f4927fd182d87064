use super::*;
use selvedge_runtime::code_files;
use std::fs;

const INDEX: &str = r#"{"index":{"fields":["owner"]},"ddoc":"d","name":"n","type":"json"}"#;

fn folder(files: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for name in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let content = match *name {
            "go.mod" => "// a comment\nmodule example.com/fleet // ours\n\ngo 1.23\n",
            "connection.json" => r#"{"address":"{{.peername}}_cc:9999","dial_timeout":"10s"}"#,
            name if name.starts_with("META-INF") || name.contains("/META-INF/") => INDEX,
            _ => "content",
        };
        fs::write(path, content).unwrap();
    }
    root
}

fn packaged(lang: &str, path: &Path) -> Package {
    let bytes = package(lang, path, "cc_1").unwrap();
    assert_eq!(
        bytes,
        package(lang, path, "cc_1").unwrap(),
        "the same bytes again"
    );
    Package::parse(&bytes).unwrap()
}

fn names(package: &Package) -> Vec<String> {
    let code = code_files(&package.code, 1 << 20, 100).unwrap();
    let sources = code.into_iter().map(|file| file.name);
    let artifacts = package.db_artifacts.iter().map(|it| it.name.clone());
    sources.chain(artifacts).collect()
}

fn problem(lang: &str, path: &Path) -> String {
    format!("{:#}", package(lang, path, "cc_1").unwrap_err())
}

#[test]
fn go_is_the_whole_module_with_what_it_vendors() {
    let root = folder(&[
        "go.mod",
        "go.sum",
        "lib/lib.go",
        "cmd/cc/main.go",
        "cmd/cc/META-INF/statedb/couchdb/indexes/a.json",
        "cmd/cc/META-INF/statedb/couchdb/indexes/.hidden",
        "vendor/modules.txt",
        ".git/config",
        ".golangci.yml",
    ]);
    let package = packaged("golang", &root.path().join("cmd/cc"));
    assert_eq!(package.metadata.path, "example.com/fleet/cmd/cc");
    assert_eq!(package.metadata.kind, "golang");
    assert_eq!(
        names(&package),
        [
            "src/.golangci.yml",
            "src/cmd/cc/main.go",
            "src/go.mod",
            "src/go.sum",
            "src/lib/lib.go",
            "src/vendor/modules.txt",
            "META-INF/statedb/couchdb/indexes/a.json",
        ]
    );
}

#[test]
fn go_outside_of_a_module_says_what_to_do() {
    let root = folder(&["main.go"]);
    let error = problem("golang", root.path());
    assert!(error.contains("is in no Go module"), "{error}");
    let root = folder(&["go.mod"]);
    assert!(problem("golang", root.path()).contains("no Go files in"));
    assert!(problem("golang", Path::new("/none/such")).contains("is no folder of Go chaincode"));
}

#[test]
fn node_is_the_folder_without_its_modules() {
    let root = folder(&[
        "package.json",
        "lib/a.js",
        "lib/node_modules/x.js",
        "node_modules/y/index.js",
        ".git/config",
        ".npmrc",
        "META-INF/statedb/couchdb/collections/c/indexes/b.json",
        "META-INF/.hidden",
    ]);
    let package = packaged("Node", root.path());
    assert_eq!(package.metadata.kind, "Node", "as the user writes it");
    assert_eq!(package.metadata.path, root.path().display().to_string());
    assert_eq!(
        names(&package),
        [
            "src/.npmrc",
            "src/lib/a.js",
            "src/package.json",
            "META-INF/statedb/couchdb/collections/c/indexes/b.json",
        ]
    );
}

#[test]
fn java_is_the_folder_without_what_a_build_makes() {
    let root = folder(&[
        "build.gradle",
        "src/main/java/A.java",
        "src/main/java/A.class",
        "build/libs/a.jar",
        "target/a.jar",
        "out/a.jar",
    ]);
    assert_eq!(
        names(&packaged("java", root.path())),
        ["src/build.gradle", "src/src/main/java/A.java"]
    );
    let empty = folder(&["build/a"]);
    let error = problem("java", empty.path());
    assert_eq!(
        error,
        format!(
            "error getting chaincode bytes: failed to create chaincode package: no source files found in '{}'",
            empty.path().display()
        )
    );
}

#[test]
fn a_service_is_its_connection() {
    let root = folder(&[
        "connection.json",
        "META-INF/statedb/couchdb/indexes/a.json",
        "Dockerfile",
    ]);
    let expected = ["connection.json", "META-INF/statedb/couchdb/indexes/a.json"];
    assert_eq!(names(&packaged("ccaas", root.path())), expected);
    let alone = packaged("ccaas", &root.path().join("connection.json"));
    assert_eq!(names(&alone), expected[..1]);
    fs::write(root.path().join("connection.json"), "{}").unwrap();
    assert!(problem("ccaas", root.path()).contains("has no member 'address'"));
}

#[test]
fn a_container_is_a_static_program_or_a_pinned_image() {
    let root = folder(&["chaincode"]);
    let error = problem("docker", root.path());
    assert!(error.contains("chaincode is no Linux program"), "{error}");
    let image = format!("ghcr.io/me/cc@sha256:{}", "ab".repeat(32));
    let package = packaged("docker", Path::new(&image));
    assert_eq!(names(&package), ["image.json"]);
    let error = problem("docker", Path::new("ghcr.io/me/cc:1@sha256:ab"));
    assert!(error.contains("is not pinned"), "{error}");
    let crate_folder = folder(&["Cargo.toml"]);
    assert!(problem("docker", crate_folder.path()).contains("selvedge build --target docker"));
}

#[test]
fn other_languages_are_unknown() {
    let error = problem("cobol", Path::new("/"));
    assert!(
        error.starts_with("failed to normalize chaincode path: unknown chaincodeType: COBOL"),
        "{error}"
    );
}
