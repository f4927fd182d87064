//! A native chaincode as whoever starts it sees it: what it prints, and how it ends.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_script-chaincode"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Exit code and what is left on standard error.
fn end(mut program: Child) -> (Option<i32>, String) {
    let mut text = String::new();
    let mut errors = program.stderr.take().unwrap();
    errors.read_to_string(&mut text).unwrap();
    (program.wait().unwrap().code(), text)
}

#[test]
fn a_service_says_where_it_serves_and_ends_on_sigterm_with_success() {
    let mut program = start(
        &[],
        &[
            ("CHAINCODE_SERVER_ADDRESS", "127.0.0.1:0"),
            ("CHAINCODE_ID", "script_1:ab"),
        ],
    );
    let mut line = String::new();
    let mut errors = BufReader::new(program.stderr.take().unwrap());
    errors.read_line(&mut line).unwrap();
    assert!(
        line.starts_with("serving script_1:ab on 127.0.0.1:"),
        "{line}"
    );
    kill_process(Pid::from_child(&program), Signal::TERM).unwrap();
    assert_eq!(program.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_missing_is_named_and_nothing_starts() {
    let (code, text) = end(start(&[], &[]));
    assert_eq!(code, Some(1));
    assert_eq!(
        text,
        "chaincode script: flag 'peer.address' must be set to dial a peer, or CHAINCODE_SERVER_ADDRESS to be dialled by one\n"
    );
}

#[test]
fn a_peer_that_hangs_up_ends_the_program_with_failure() {
    let peer = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = peer.local_addr().unwrap().to_string();
    let program = start(
        &["--peer.address", &address],
        &[("CORE_CHAINCODE_ID_NAME", "script:1")],
    );
    drop(peer.accept().unwrap());
    drop(peer);
    let (code, text) = end(program);
    assert_eq!(code, Some(1));
    assert!(
        text.starts_with("chaincode script: ") && text.contains(&address),
        "{text}"
    );
}
