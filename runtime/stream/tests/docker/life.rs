//! Starting, watching and removing.

use super::support::{Bench, introduction, program, with_engine};
use bollard::query_parameters::InspectContainerOptions;
use futures::FutureExt;
use selvedge_stream::launch::{ClientMaterial, Launcher};
use std::sync::Arc;
use std::time::Instant;

/// Builds on a thread that is not Tokio's.
fn built(bench: &Bench, package: &selvedge_runtime::Package) -> Arc<dyn Launcher> {
    tokio::task::block_in_place(|| bench.builder.launcher(package).unwrap())
}

#[test]
fn a_program_runs_alone_and_leaves_nothing() {
    with_engine(
        "alone",
        |_| {},
        async |bench| {
            let before = bench.engine.leftovers().await.unwrap();
            let package = program("alone_1");
            let id = package.id.to_string();
            let launcher = built(&bench, &package);
            assert_eq!(launcher.service().await.unwrap(), None);
            let begun = Instant::now();
            let running = launcher
                .launch(&introduction(&package, "peer:7052"))
                .await
                .unwrap();
            let started = begun.elapsed();
            let said = bench.log.wait_for(&id, "ready").await;
            for line in [
                "arguments: --peer.address=peer:7052",
                &format!("variable: CORE_CHAINCODE_ID_NAME={id}"),
                "variable: CORE_PEER_TLS_ENABLED=false",
                "variable: CORE_PEER_LOCALMSPID=Org1MSP",
                "variable: CORE_CHAINCODE_LOGGING_LEVEL=info",
                "variable: CORE_CHAINCODE_BUILDLEVEL=3.1.5",
                "Uid: 65534 65534 65534 65534",
                "CapEff: 0000000000000000",
                "NoNewPrivs: 1",
                "write /etc/selvedge-probe: false",
                "write /tmp/selvedge-probe: true",
            ] {
                assert!(said.contains(line), "{line} is not in\n{said}");
            }
            let name = format!("test-alone-{}", id.replace(':', "-"));
            let client = bench.engine.client().unwrap();
            let seen = client
                .inspect_container(&name, None::<InspectContainerOptions>)
                .await
                .unwrap();
            let host = seen.host_config.unwrap();
            assert_eq!((host.memory, host.pids_limit), (Some(2 << 30), Some(2048)));
            assert_eq!(
                (host.network_mode.as_deref(), host.readonly_rootfs),
                (Some("host"), Some(true))
            );
            let labels = seen.config.unwrap().labels.unwrap();
            assert_eq!(labels["org.selvedge.chaincode"], id);
            assert_eq!(labels["org.hyperledger.fabric.chaincode.type"], "DOCKER");
            let ending = Instant::now();
            running.stop().await.unwrap();
            println!("container start {started:?}, stop {:?}", ending.elapsed());
            running.stop().await.unwrap();
            assert_eq!(bench.engine.leftovers().await.unwrap(), before);
        },
    );
}

#[test]
fn files_of_tls_are_there_before_the_program_starts() {
    with_engine(
        "tls",
        |_| {},
        async |bench| {
            let before = bench.engine.leftovers().await.unwrap();
            let package = program("tls_1");
            let mut introduction = introduction(&package, "exit:0");
            introduction.tls = Some(ClientMaterial {
                certificate: "CERT".into(),
                key: "KEY".into(),
                root: "ROOT".into(),
            });
            let launcher = built(&bench, &package);
            let running = launcher.launch(&introduction).await.unwrap();
            let said = bench.log.wait_for(package.id.as_str(), "ready").await;
            for line in [
                "variable: CORE_PEER_TLS_ENABLED=true",
                "variable: CORE_TLS_CLIENT_CERT_FILE=/etc/hyperledger/fabric/client_pem.crt",
                "file client.key: S0VZ",
                "file client.crt: Q0VSVA==",
                "file client_pem.key: KEY",
                "file client_pem.crt: CERT",
                "file peer.crt: ROOT",
                "write /etc/selvedge-probe: false",
            ] {
                assert!(said.contains(line), "{line} is not in\n{said}");
            }
            assert_eq!(running.exited().await, Ok(0));
            running.stop().await.unwrap();
            assert_eq!(
                bench.engine.leftovers().await.unwrap(),
                before,
                "no volume is left either"
            );
        },
    );
}

#[test]
fn an_exit_is_seen_with_its_code() {
    with_engine(
        "exit",
        |_| {},
        async |bench| {
            let package = program("exit_1");
            let launcher = built(&bench, &package);
            let running = launcher
                .launch(&introduction(&package, "exit:7"))
                .await
                .unwrap();
            assert_eq!(running.exited().await, Ok(7));
            running.stop().await.unwrap();
            let running = launcher
                .launch(&introduction(&package, "stays"))
                .await
                .unwrap();
            let exited = running.exited();
            bench
                .log
                .wait_for(package.id.as_str(), "arguments: --peer.address=stays")
                .await;
            running.stop().await.unwrap();
            assert_eq!(exited.await, Ok(137), "killed");
        },
    );
}

#[test]
fn what_a_killed_peer_left_is_removed() {
    with_engine(
        "left",
        |_| {},
        async |bench| {
            let before = bench.engine.leftovers().await.unwrap();
            let (package, another) = (program("left_1"), program("left_2"));
            let launcher = built(&bench, &package);
            let forgotten = launcher
                .launch(&introduction(&package, "stays"))
                .await
                .unwrap();
            // The same chaincode again: one name, one container.
            let again = launcher
                .launch(&introduction(&package, "stays"))
                .await
                .unwrap();
            assert_eq!(forgotten.exited().await, Ok(137), "it was ended");
            let other = built(&bench, &another)
                .launch(&introduction(&another, "stays"))
                .await
                .unwrap();
            drop((again, other));
            assert_eq!(
                bench.engine.leftovers().await.unwrap().containers.len(),
                before.containers.len() + 2
            );
            assert_eq!(
                bench.builder.remove_leftovers().await,
                Ok(0),
                "a peer's own containers are not left over"
            );
            let restarted = bench.restarted();
            assert_eq!(restarted.remove_leftovers().await, Ok(2));
            assert_eq!(bench.engine.leftovers().await.unwrap(), before);
            assert_eq!(restarted.health().await, Ok(()));
        },
    );
}

#[test]
fn a_start_that_nobody_waits_for_leaves_nothing() {
    with_engine(
        "unwanted",
        |_| {},
        async |bench| {
            let before = bench.engine.leftovers().await.unwrap();
            let package = program("unwanted_1");
            let launcher = built(&bench, &package);
            let introduction = introduction(&package, "stays");
            // Begun, and given up at once.
            assert!(launcher.launch(&introduction).now_or_never().is_none());
            let name = format!("/test-unwanted-{}", package.id.as_str().replace(':', "-"));
            let mut seen = false;
            for _ in 0..400 {
                let now = bench.engine.leftovers().await.unwrap();
                seen |= now.containers.contains(&name);
                if seen && now == before {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(25)).await;
            }
            assert_eq!(bench.engine.leftovers().await.unwrap(), before);
        },
    );
}

#[test]
fn a_start_that_fails_says_why_and_leaves_nothing() {
    with_engine(
        "fails",
        |settings| settings.host.network_mode = "no-such-network".into(),
        async |bench| {
            let before = bench.engine.leftovers().await.unwrap();
            // Built by another peer of the same names, whose network is there.
            let package = program("fails_1");
            let error = tokio::task::block_in_place(|| bench.builder.launcher(&package)).err();
            if let Some(error) = error {
                assert!(error.to_string().contains("no-such-network"), "{error}");
            } else {
                let launcher = built(&bench, &package);
                let error = launcher
                    .launch(&introduction(&package, "x"))
                    .await
                    .err()
                    .unwrap();
                assert!(
                error.to_string().starts_with("error starting container: error starting container: Error response from daemon: ")
                    && error.to_string().contains("no-such-network"),
                "{error}"
            );
            }
            assert_eq!(bench.engine.leftovers().await.unwrap(), before);
        },
    );
}

#[test]
fn what_the_operator_says_counts() {
    let change = |settings: &mut selvedge_stream::docker::DockerSettings| {
        settings.attach_output = false;
        settings.host.readonly_rootfs = Some(false);
        settings.host.cap_drop = Vec::new();
        settings.host.memory = 64 << 20;
        settings.host.extra_hosts = vec!["peer0:127.0.0.1".into()];
    };
    with_engine("told", change, async |bench| {
        let package = program("told_1");
        let launcher = built(&bench, &package);
        let running = launcher
            .launch(&introduction(&package, "stays"))
            .await
            .unwrap();
        let name = format!("test-told-{}", package.id.as_str().replace(':', "-"));
        let client = bench.engine.client().unwrap();
        let seen = client
            .inspect_container(&name, None::<InspectContainerOptions>)
            .await
            .unwrap();
        let host = seen.host_config.unwrap();
        assert_eq!(
            (host.memory, host.readonly_rootfs, host.cap_drop),
            (Some(64 << 20), Some(false), None)
        );
        assert_eq!(host.extra_hosts.unwrap(), ["peer0:127.0.0.1"]);
        running.stop().await.unwrap();
        let said = bench.log.of(package.id.as_str());
        assert!(
            !said.contains("arguments:"),
            "output stays with the engine: {said}"
        );
    });
}
