use super::support::{Bench, introduction, names, package};
use selvedge_stream::launch::{ClientMaterial, Introduction, Running};
use std::path::Path;
use std::time::Duration;

/// A builder whose `run` is this script.
fn bench(run: &str) -> Bench {
    let mut bench = Bench::new();
    let run = run.replace("@", &bench.root.path().display().to_string());
    bench.builder(
        "mine",
        &[],
        &[
            ("detect", "exit 0"),
            ("build", "echo built > \"$3/out\""),
            ("run", &run),
        ],
    );
    bench
}

fn start(bench: &Bench, introduction: &Introduction) -> Box<dyn Running> {
    let launcher = bench.build(&package("mine")).unwrap().unwrap();
    bench
        .runtime
        .block_on(launcher.launch(introduction))
        .unwrap()
}

async fn appears(path: &Path) {
    for _ in 0..1_200 {
        if path.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} does not appear", path.display());
}

#[test]
fn run_is_told_of_the_peer_in_a_file() {
    for tls in [false, true] {
        let bench = bench(
            "cp \"$2/chaincode.json\" @/seen; cat \"$1/out\" >> @/seen; stat -c ' %a' \"$2/chaincode.json\" >> @/seen",
        );
        let package = package("mine");
        let mut introduction = introduction(&package);
        introduction.tls = tls.then(|| ClientMaterial {
            certificate: "CERT".into(),
            key: "KEY".into(),
            root: "ROOT".into(),
        });
        let running = start(&bench, &introduction);
        assert_eq!(bench.runtime.block_on(running.exited()), Ok(0));
        let [certificate, key, root] = if tls {
            ["CERT", "KEY", "ROOT"]
        } else {
            [""; 3]
        };
        assert_eq!(
            bench.read("seen"),
            format!(
                "{{\"chaincode_id\":\"{}\",\"peer_address\":\"peer0:7052\",\"client_cert\":\"{certificate}\",\"client_key\":\"{key}\",\"root_cert\":\"{root}\",\"mspid\":\"Org1MSP\"}}built\n 600\n",
                package.id
            )
        );
        assert_eq!(
            names(&bench.root.path().join("scratch")),
            [""; 0],
            "the file is gone"
        );
        assert_eq!(bench.runtime.block_on(running.stop()), Ok(()));
    }
}

#[test]
fn an_end_is_told_as_fabric_tells_it() {
    let bench = bench("exit 3");
    let running = start(&bench, &introduction(&package("mine")));
    assert_eq!(
        bench.runtime.block_on(running.exited()),
        Err("builder 'mine' run failed: exit status 3".to_owned())
    );
}

#[test]
fn a_builder_that_cannot_run_says_so() {
    let mut bench = Bench::new();
    bench.builder("mine", &[], &[("detect", "exit 0"), ("build", "exit 0")]);
    let launcher = bench.build(&package("mine")).unwrap().unwrap();
    let introduction = introduction(&package("mine"));
    let error = bench
        .runtime
        .block_on(launcher.launch(&introduction))
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "error starting container: error starting container: could not execute run: builder 'mine' run failed to start: fork/exec {}/mine/bin/run: no such file or directory",
            bench.root.path().display()
        )
    );
    assert_eq!(names(&bench.root.path().join("scratch")), [""; 0]);
}

#[test]
fn stopping_is_polite_at_first_and_ends_what_run_has_started() {
    let bench = bench(
        "sh -c 'trap \"echo polite > @/child; exit 0\" TERM; touch @/up; while :; do sleep 0.05; done' & child=$!; trap 'wait $child; exit 0' TERM; wait $child",
    );
    let running = start(&bench, &introduction(&package("mine")));
    bench.runtime.block_on(async {
        appears(&bench.root.path().join("up")).await;
        assert_eq!(running.stop().await, Ok(()));
    });
    assert_eq!(bench.read("child"), "polite\n");
    assert_eq!(names(&bench.root.path().join("scratch")), [""; 0]);
}

#[test]
fn what_does_not_listen_is_killed() {
    let bench = bench("trap '' TERM; touch @/up; while :; do sleep 0.05; done");
    let running = start(&bench, &introduction(&package("mine")));
    let ended = bench.runtime.block_on(async {
        appears(&bench.root.path().join("up")).await;
        running.stop().await.unwrap();
        running.exited().await
    });
    assert_eq!(
        ended,
        Err("builder 'mine' run failed: signal: killed".to_owned())
    );
}
