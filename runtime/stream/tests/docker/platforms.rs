//! Fabric's platform builds, with an image that plays Fabric's.

use super::support::{fake_environment, introduction, package, with_engine};

#[test]
fn go_node_and_java_are_built_and_started_as_fabric_does() {
    with_engine(
        "platforms",
        |_| {},
        async |bench| {
            fake_environment(bench.engine).await;
            let before = bench.engine.leftovers().await.unwrap();
            for (kind, source, arguments) in [
                ("golang", "src/go.mod", "arguments: -peer.address=exit:3"),
                (
                    "NODE",
                    "src/package.json",
                    "arguments: --peer.address exit:3",
                ),
                (
                    "java",
                    "src/build.gradle",
                    "arguments: --peerAddress exit:3",
                ),
            ] {
                let label = format!("{}_1", kind.to_lowercase());
                let package = package(&label, kind, "example.com/cc", &[(source, b"x".to_vec())]);
                let launcher =
                    tokio::task::block_in_place(|| bench.builder.launcher(&package)).unwrap();
                let running = launcher
                    .launch(&introduction(&package, "exit:3"))
                    .await
                    .unwrap();
                let said = bench.log.wait_for(package.id.as_str(), "ready").await;
                assert!(said.contains(arguments), "{said}");
                assert!(
                    said.contains("variable: CORE_CHAINCODE_BUILDLEVEL=3.1.5"),
                    "{said}"
                );
                assert_eq!(running.exited().await, Ok(3));
                running.stop().await.unwrap();
                // The second time there is nothing to build.
                tokio::task::block_in_place(|| bench.builder.launcher(&package)).unwrap();
            }
            assert_eq!(bench.engine.leftovers().await.unwrap(), before);
        },
    );
}

#[test]
fn a_build_that_fails_says_what_it_printed_and_leaves_nothing() {
    let fail = |settings: &mut selvedge_stream::docker::DockerSettings| {
        settings.go_environment = vec!["GOPROXY=fail".into()];
    };
    with_engine("failing", fail, async |bench| {
        fake_environment(bench.engine).await;
        let before = bench.engine.leftovers().await.unwrap();
        let go = package(
            "failing_1",
            "golang",
            "example.com/cc",
            &[("src/go.mod", b"x".to_vec())],
        );
        let error = tokio::task::block_in_place(|| bench.builder.launcher(&go))
            .err()
            .unwrap();
        let error = error.to_string();
        assert!(error.starts_with("docker build failed: docker image build failed: docker build failed: Error returned from build: 2 \""), "{error}");
        for printed in [
            "compiling with build -v -mod=readonly -ldflags -linkmode external -extldflags '-static' -o /chaincode/output/chaincode example.com/cc\n",
            "main.go:1: this does not compile\n",
        ] {
            assert!(error.contains(printed), "{error}");
        }
        let rust = package("failing_2", "rust", "", &[("src/main.rs", Vec::new())]);
        let error = tokio::task::block_in_place(|| bench.builder.launcher(&rust))
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "docker build failed: platform builder failed: Failed to generate a Dockerfile: Unknown chaincodeType: RUST"
        );
        assert_eq!(bench.engine.leftovers().await.unwrap(), before);
    });
}

#[test]
fn an_image_to_build_with_that_cannot_be_had_is_named() {
    let change = |settings: &mut selvedge_stream::docker::DockerSettings| {
        settings.images.builder = "127.0.0.1:1/none/ccenv:3.1".into();
    };
    with_engine("nobuilder", change, async |bench| {
        let go = package(
            "nobuilder_1",
            "golang",
            "p",
            &[("src/go.mod", b"x".to_vec())],
        );
        let error = tokio::task::block_in_place(|| bench.builder.launcher(&go))
            .err()
            .unwrap();
        let error = error.to_string();
        assert!(
            error.starts_with("docker build failed: docker image build failed: docker build failed: Failed to pull 127.0.0.1:1/none/ccenv:3.1: "),
            "{error}"
        );
    });
}
