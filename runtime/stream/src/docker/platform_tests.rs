use super::*;

fn images() -> Images {
    Images::of_release("3.1.5")
}

/// Line by line what Fabric's peer of that release writes.
#[test]
fn dockerfiles_are_fabrics() {
    assert_eq!(
        Platform::Golang.dockerfile(&images()),
        "FROM hyperledger/fabric-baseos:3.1\n\
         ADD binpackage.tar /usr/local/bin\n\
         LABEL org.hyperledger.fabric.chaincode.type=\"GOLANG\" \\\n      \
         org.hyperledger.fabric.version=\"3.1.5\"\n\
         ENV CORE_CHAINCODE_BUILDLEVEL=3.1.5"
    );
    let node = Platform::Node.dockerfile(&images());
    assert!(
        node.starts_with(
            "FROM hyperledger/fabric-nodeenv:2.5\nADD binpackage.tar /usr/local/src\nLABEL org.hyperledger.fabric.chaincode.type=\"NODE\""
        ),
        "{node}"
    );
    let java = Platform::Java.dockerfile(&images());
    assert!(
        java.starts_with(
            "FROM hyperledger/fabric-javaenv:2.5\nADD binpackage.tar /root/chaincode-java/chaincode\nLABEL org.hyperledger.fabric.chaincode.type=\"JAVA\""
        ),
        "{java}"
    );
}

#[test]
fn commands_are_fabrics() {
    let address = "peer0.org1:7052";
    assert_eq!(
        Platform::Golang.arguments(address),
        ["chaincode", "-peer.address=peer0.org1:7052"]
    );
    assert_eq!(
        Platform::Java.arguments(address),
        ["/root/chaincode-java/start", "--peerAddress", address]
    );
    let node = Platform::Node.arguments(address);
    assert_eq!(node[..2], ["/bin/sh", "-c"]);
    assert!(node[2].contains("/chaincode/start.sh --peer.address peer0.org1:7052\n"));
    assert!(node[2].contains("npm start -- --peer.address peer0.org1:7052\n"));
}

/// Runs the script in a folder, with a `go` that says how it was called.
fn run_go(path: &str, tree: &[&str]) -> String {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let base = root.path().display().to_string();
    for file in tree {
        let file = root.path().join("input/src").join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "").unwrap();
    }
    std::fs::create_dir_all(root.path().join("bin")).unwrap();
    let go = root.path().join("bin/go");
    std::fs::write(&go, "#!/bin/sh\necho \"$GO111MODULE $PWD: $*\"\n").unwrap();
    std::fs::set_permissions(&go, std::fs::Permissions::from_mode(0o755)).unwrap();
    let script = golang_script(path, true).replace("/chaincode/", &format!("{base}/"));
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env("PATH", format!("{base}/bin:/bin:/usr/bin"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .replace(&base, "")
        .trim()
        .to_owned()
}

#[test]
fn go_is_built_as_modules_vendored_or_not_or_below_gopath() {
    let vendored = run_go("example.com/cc", &["go.mod", "vendor/modules.txt"]);
    assert_eq!(
        vendored,
        "on /input/src: build -v -mod=vendor -o /output/chaincode example.com/cc"
    );
    let plain = run_go("example.com/cc/cmd", &["go.mod"]);
    assert_eq!(
        plain,
        "on /input/src: build -v -mod=readonly -o /output/chaincode example.com/cc/cmd"
    );
    let below = run_go("github.com/me/cc", &["github.com/me/cc/go.mod"]);
    assert_eq!(
        below,
        "on /input/src/github.com/me/cc: build -v -mod=readonly -o /output/chaincode ."
    );
    let gopath = run_go("github.com/me/cc", &["github.com/me/cc/main.go"]);
    assert!(
        gopath.starts_with("off ")
            && gopath.ends_with("build -v -o /output/chaincode github.com/me/cc"),
        "{gopath}"
    );
}

/// The path is whatever a package says.
#[test]
fn a_path_is_never_more_than_one_word() {
    assert_eq!(quoted("example.com/a-b_c"), "example.com/a-b_c");
    assert_eq!(quoted("a; rm -rf '/'"), r"'a; rm -rf '\''/'\'''");
    let hostile = run_go("x; echo oops", &["go.mod"]);
    assert_eq!(
        hostile,
        "on /input/src: build -v -mod=readonly -o /output/chaincode x; echo oops"
    );
}

#[test]
fn static_linking_is_the_default() {
    let job = Platform::Golang
        .job("p", &images(), &["GOPROXY=off".into()])
        .unwrap();
    assert_eq!(job.image, "hyperledger/fabric-ccenv:3.1");
    assert!(
        job.script
            .contains("-ldflags \"-linkmode external -extldflags '-static'\"")
    );
    assert_eq!(job.environment, ["GOPROXY=off"]);
    let none = Images {
        builder: String::new(),
        ..images()
    };
    let error = Platform::Golang.job("p", &none, &[]).unwrap_err();
    assert_eq!(
        error,
        "No image provided and \"chaincode.builder\" default does not exist"
    );
}

#[test]
fn node_and_java_are_built_in_the_image_that_runs_them() {
    let node = Platform::Node.job("p", &images(), &[]).unwrap();
    assert_eq!(node.image, "hyperledger/fabric-nodeenv:2.5");
    assert!(node.script.contains("npm install --production"));
    let java = Platform::Java.job("p", &images(), &[]).unwrap();
    assert_eq!(
        (java.image.as_str(), java.script.as_str()),
        ("hyperledger/fabric-javaenv:2.5", "./build.sh")
    );
}
