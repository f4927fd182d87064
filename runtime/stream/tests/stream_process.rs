//! Chaincode as a process: what it is told, and that nothing of it is left.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use selvedge_stream::launch::{
    ClientMaterial, Introduction, LaunchError, Launcher, Logging, Running,
};
use selvedge_stream::process::{ADDRESS, ProcessLauncher};
use std::path::Path;
use std::sync::Arc;
use support::{Peer, Shared, execute};

fn introduction(tls: bool) -> Introduction {
    Introduction {
        chaincode_id: "cc:1".to_owned(),
        peer_address: "127.0.0.1:7052".to_owned(),
        msp_id: "Org1MSP".to_owned(),
        tls: tls.then(|| ClientMaterial {
            certificate: "the certificate".to_owned(),
            key: "the key".to_owned(),
            root: "the root".to_owned(),
        }),
        logging: Logging {
            level: "info".to_owned(),
            ..Logging::default()
        },
    }
}

fn shell(script: &str) -> ProcessLauncher {
    let arguments = ["-c", script, "sh", ADDRESS].map(str::to_owned);
    ProcessLauncher::new("/bin/sh").arguments(arguments)
}

async fn launch(launcher: &ProcessLauncher, introduction: &Introduction) -> Box<dyn Running> {
    launcher.launch(introduction).await.unwrap()
}

/// What `script` writes to the file `$OUT`.
async fn output_of(script: &str, introduction: &Introduction) -> String {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let launcher = shell(script).environment([("OUT".to_owned(), out.display().to_string())]);
    let running = launch(&launcher, introduction).await;
    assert_eq!(running.exited().await, Ok(0));
    std::fs::read_to_string(out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_finds_what_fabrics_containers_find() {
    let text = output_of("echo \"$1\" > $OUT; env >> $OUT", &introduction(false)).await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "127.0.0.1:7052");
    for line in [
        "CORE_CHAINCODE_ID_NAME=cc:1",
        "CORE_PEER_ADDRESS=127.0.0.1:7052",
        "CORE_PEER_LOCALMSPID=Org1MSP",
        "CORE_PEER_TLS_ENABLED=false",
        "CORE_CHAINCODE_LOGGING_LEVEL=info",
    ] {
        assert!(lines.contains(&line), "{line} is not in {text}");
    }
    assert!(
        !text.contains("CARGO"),
        "the peer's own environment is nobody's business"
    );
    let script = "cat $CORE_TLS_CLIENT_CERT_FILE $CORE_TLS_CLIENT_KEY_FILE $CORE_PEER_TLS_ROOTCERT_FILE \
                  $CORE_TLS_CLIENT_CERT_PATH > $OUT; ls -l $CORE_TLS_CLIENT_KEY_FILE | cut -c1-10 >> $OUT";
    let script = format!("PATH=/usr/bin:/bin; {script}");
    let text = output_of(&script, &introduction(true)).await;
    let encoded = STANDARD.encode("the certificate");
    assert_eq!(
        text,
        format!("the certificatethe keythe root{encoded}-rw-------\n")
    );
}

/// A process that has ended and was not waited for is as good as gone.
fn lives(id: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_takes_what_the_process_started_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let ids = dir.path().join("ids");
    let script = "PATH=/usr/bin:/bin; sleep 1000 & echo $$ $! > $OUT.new; mv $OUT.new $OUT; pwd > $OUT.dir; wait";
    let launcher = shell(script).environment([("OUT".to_owned(), ids.display().to_string())]);
    let running = launch(&launcher, &introduction(true)).await;
    let where_it_runs = dir.path().join("ids.dir");
    while !where_it_runs.exists() {
        tokio::task::yield_now().await;
    }
    let text = std::fs::read_to_string(&ids).unwrap();
    let files = std::fs::read_to_string(&where_it_runs).unwrap();
    running.stop().await.unwrap();
    for id in text.split_whitespace() {
        // What the process started got the same signal; the system may let it run on for a moment.
        while lives(id) {
            tokio::task::yield_now().await;
        }
    }
    running.stop().await.unwrap();
    drop(running);
    while Path::new(files.trim()).exists() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_do_not_run() {
    let peer = Peer::start(|_| {}).await;
    let failure = async |launcher: ProcessLauncher| {
        let chaincode = peer.support.chaincode("cc:1", Arc::new(launcher));
        let executed = execute(&chaincode, &Shared::default(), "tx").await.unwrap();
        executed.unwrap_err().to_string()
    };
    let text = failure(ProcessLauncher::new("/no/such/program")).await;
    assert!(
        text.starts_with(
            "could not launch chaincode cc:1: error starting container: error starting container: /no/such/program: "
        ),
        "{text}"
    );
    assert_eq!(
        failure(shell("exit 3")).await,
        "could not launch chaincode cc:1: chaincode registration failed: container exited with 3"
    );
    let error = ProcessLauncher::new("/no/such/program")
        .launch(&introduction(false))
        .await
        .err();
    assert!(matches!(error, Some(LaunchError::Start(_))));
}
