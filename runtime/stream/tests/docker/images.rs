//! Packages that name an image.

use super::registry::Registry;
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

#[test]
fn an_image_comes_from_its_registry_by_its_digest() {
    with_engine(
        "pulled",
        |_| {},
        async |bench| {
            let registry = Registry::start(&["/opt/cc", "pulled"]);
            let before = bench.engine.leftovers().await.unwrap();
            let json = format!(r#"{{"image":"{}"}}"#, registry.reference);
            let pinned = package(
                "pulled_1",
                "docker",
                "",
                &[("image.json", json.into_bytes())],
            );
            let launcher = tokio::task::block_in_place(|| bench.builder.launcher(&pinned)).unwrap();
            let running = launcher
                .launch(&introduction(&pinned, "exit:0"))
                .await
                .unwrap();
            let expected = "arguments: pulled --peer.address=exit:0";
            bench.log.wait_for(pinned.id.as_str(), expected).await;
            assert_eq!(running.exited().await, Ok(0));
            running.stop().await.unwrap();
            assert_eq!(bench.engine.leftovers().await.unwrap(), before);

            // The digest is of what was meant: the registry has nothing else under it.
            let (name, digest) = registry.reference.split_once("@sha256:").unwrap();
            let other = digest.chars().rev().collect::<String>();
            let json = format!(r#"{{"image":"{name}@sha256:{other}"}}"#);
            let wrong = package(
                "pulled_2",
                "docker",
                "",
                &[("image.json", json.into_bytes())],
            );
            let error = tokio::task::block_in_place(|| bench.builder.launcher(&wrong))
                .err()
                .unwrap();
            let start = format!("docker build failed: Failed to pull {name}@sha256:{other}: ");
            assert!(error.to_string().starts_with(&start), "{error}");
        },
    );
}
