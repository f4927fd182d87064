//! Packages that name an image.

use super::support::{introduction, package, probe, with_engine};
use std::path::PathBuf;

#[test]
fn an_image_that_the_engine_has_runs_with_its_own_command_or_the_packages() {
    with_engine(
        "image",
        |_| {},
        async |bench| {
            let before = bench.engine.leftovers().await.unwrap();
            let files = [(PathBuf::from("/opt/cc"), probe())];
            let changes = ["ENTRYPOINT [\"/opt/cc\"]", "CMD [\"serve\"]"];
            let image = bench.engine.import(&files, &changes).await.unwrap();
            for (command, expected) in [
                ("", "arguments: serve --peer.address=exit:0"),
                (
                    r#","command":["one","two"]"#,
                    "arguments: one two --peer.address=exit:0",
                ),
            ] {
                let json = format!(r#"{{"image":"{image}"{command}}}"#);
                let package = package(
                    "image_1",
                    "docker",
                    "",
                    &[("image.json", json.into_bytes())],
                );
                let launcher =
                    tokio::task::block_in_place(|| bench.builder.launcher(&package)).unwrap();
                let running = launcher
                    .launch(&introduction(&package, "exit:0"))
                    .await
                    .unwrap();
                bench.log.wait_for(package.id.as_str(), expected).await;
                assert_eq!(running.exited().await, Ok(0));
                running.stop().await.unwrap();
            }
            assert_eq!(bench.engine.leftovers().await.unwrap(), before);
        },
    );
}

#[test]
fn an_image_that_nobody_has_is_named() {
    with_engine(
        "none",
        |_| {},
        async |bench| {
            let digest = "0".repeat(64);
            let json = format!(r#"{{"image":"sha256:{digest}"}}"#);
            let package = package("none_1", "docker", "", &[("image.json", json.into_bytes())]);
            let error = tokio::task::block_in_place(|| bench.builder.launcher(&package))
                .err()
                .unwrap();
            assert_eq!(
                error.to_string(),
                format!(
                    "docker build failed: the engine has no image sha256:{digest}; load it, or name it with its registry and digest"
                )
            );
        },
    );
}
