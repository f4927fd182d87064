//! Every verb and every flag of Fabric's `peer lifecycle chaincode` and `peer chaincode`: that they are here, with their
//! short forms and defaults, and nothing that Fabric does not require is required.
//!
//! Fabric: internal/peer/lifecycle/chaincode, internal/peer/chaincode (v3.1.5; the legacy verbs: release 2.5),
//! internal/peer/common/ordererenv.go.

use super::Cli;
use clap::{Arg, Command, CommandFactory};

/// `name`, `name/short`, `name=default`.
const ORDERER: &str = "orderer/o tls=false clientauth=false cafile keyfile certfile ordererTLSHostnameOverride \
    connTimeout=3s tlsHandshakeTimeShift=0s";
const PEERS: &str = "peerAddresses tlsRootCertFiles connectionProfile";
const DEFINITION: &str = "channelID/C name/n version/v sequence=0 endorsement-plugin/E validation-plugin/V \
    signature-policy channel-config-policy init-required=false collections-config";
const WAIT: &str = "waitForEvent=true waitForEventTimeout=30s";

/// Verbs with their own flags. All of them take those of the orderer as well.
const VERBS: &[(&str, &[&str])] = &[
    (
        "lifecycle chaincode package",
        &["label lang/l path/p", PEERS],
    ),
    ("lifecycle chaincode install", &["targetPeer", PEERS]),
    (
        "lifecycle chaincode queryinstalled",
        &["targetPeer output/O", PEERS],
    ),
    (
        "lifecycle chaincode getinstalledpackage",
        &["targetPeer package-id output-directory", PEERS],
    ),
    (
        "lifecycle chaincode calculatepackageid",
        &["output/O", PEERS],
    ),
    (
        "lifecycle chaincode approveformyorg",
        &["package-id", DEFINITION, PEERS, WAIT],
    ),
    (
        "lifecycle chaincode checkcommitreadiness",
        &["output/O inspect=false", DEFINITION, PEERS],
    ),
    ("lifecycle chaincode commit", &[DEFINITION, PEERS, WAIT]),
    (
        "lifecycle chaincode queryapproved",
        &["channelID/C name/n sequence=0 output/O", PEERS],
    ),
    (
        "lifecycle chaincode querycommitted",
        &["channelID/C name/n output/O", PEERS],
    ),
    (
        "chaincode invoke",
        &[
            "name/n ctor/c={} isInit/I=false channelID/C transient waitForEvent=false waitForEventTimeout=30s",
            PEERS,
        ],
    ),
    (
        "chaincode query",
        &[
            "name/n ctor/c={} channelID/C transient raw/r=false hex/x=false",
            PEERS,
        ],
    ),
    (
        "chaincode package",
        &[
            "name/n version/v ctor/c={} lang/l path/p cc-package/s=false sign/S=false instantiate-policy/i",
        ],
    ),
    ("chaincode signpackage", &[]),
    (
        "chaincode install",
        &["name/n version/v ctor/c={} lang/l path/p", PEERS],
    ),
    (
        "chaincode instantiate",
        &[
            "name/n version/v ctor/c={} channelID/C lang/l=golang policy/P escc/E vscc/V collections-config",
            PEERS,
        ],
    ),
    (
        "chaincode upgrade",
        &[
            "name/n version/v ctor/c={} channelID/C lang/l=golang policy/P escc/E vscc/V collections-config path/p",
            PEERS,
        ],
    ),
    (
        "chaincode list",
        &["channelID/C installed=false instantiated=false", PEERS],
    ),
];

fn verb<'c>(root: &'c Command, path: &str) -> &'c Command {
    path.split(' ').fold(root, |command, name| {
        let found = command.find_subcommand(name);
        found.unwrap_or_else(|| panic!("there is no '{path}'"))
    })
}

fn flag<'c>(command: &'c Command, long: &str) -> Option<&'c Arg> {
    command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(long))
}

fn default(arg: &Arg) -> Option<String> {
    let values = arg.get_default_values();
    let value = values.first()?.to_str()?;
    (!value.is_empty()).then(|| value.to_owned())
}

#[test]
fn every_flag_of_fabrics_verbs_is_here() {
    let mut root = Cli::command();
    // Hands the flags of a command that are for all verbs below it to each of them.
    root.build();
    let mut checked = 0;
    for (path, flags) in VERBS {
        let command = verb(&root, path);
        let all = flags.iter().chain([&ORDERER]);
        for wanted in all.flat_map(|flags| flags.split_whitespace()) {
            let (names, value) = match wanted.split_once('=') {
                Some((names, value)) => (names, Some(value.to_owned())),
                None => (wanted, None),
            };
            let (long, short) = match names.split_once('/') {
                Some((long, short)) => (long, short.chars().next()),
                None => (names, None),
            };
            let found = flag(command, long).unwrap_or_else(|| panic!("{path} has no --{long}"));
            assert_eq!(found.get_short(), short, "{path} --{long}");
            // What Go calls an empty string is nothing here; the language is found out, the plugins have their names.
            if !matches!(long, "lang" | "escc" | "vscc") || value.is_some() {
                assert_eq!(default(found), value, "{path} --{long}");
            }
            assert!(!found.is_required_set(), "{path} --{long}");
            checked += 1;
        }
    }
    assert!(checked > 250, "{checked}");
}

/// Go's switches take `=true` and `=false`, and none of them needs a value.
#[test]
fn switches_are_read_as_go_reads_them() {
    let switches = [
        "lifecycle chaincode commit --init-required",
        "lifecycle chaincode commit --waitForEvent",
        "lifecycle chaincode commit --tls",
        "lifecycle chaincode commit --clientauth",
        "lifecycle chaincode checkcommitreadiness --inspect",
        "chaincode invoke --isInit",
        "chaincode invoke --waitForEvent",
        "chaincode query --raw",
        "chaincode query --hex",
        "chaincode package --cc-package",
        "chaincode package --sign",
        "chaincode list --installed",
        "chaincode list --instantiated",
    ];
    for line in switches {
        for value in ["", "=true", "=false", "=1", "=F"] {
            let line = format!("selvedge {line}{value}");
            let parsed = <Cli as clap::Parser>::try_parse_from(line.split(' '));
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
        }
    }
}

/// Flags of the orderer go before the verb as well, as Fabric's scripts have them.
#[test]
fn the_orderers_flags_go_anywhere() {
    for line in [
        "selvedge lifecycle chaincode -o o:1 --tls --cafile ca.pem queryinstalled",
        "selvedge lifecycle chaincode queryinstalled -o o:1 --tls --cafile ca.pem",
        "selvedge chaincode query -C ch -n cc -o o:1 --tls --cafile ca.pem --connTimeout 5s",
        "selvedge chaincode -o o:1 list --installed --tlsHandshakeTimeShift 0",
        "selvedge lifecycle chaincode package x.tar.gz --path . --label a --peerAddresses p:1 --tlsRootCertFiles p.pem",
    ] {
        let parsed = <Cli as clap::Parser>::try_parse_from(line.split(' '));
        assert!(parsed.is_ok(), "{line}: {parsed:?}");
    }
    let shifted = "selvedge chaincode query --tlsHandshakeTimeShift 24h";
    let refused = <Cli as clap::Parser>::try_parse_from(shifted.split(' ')).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("renew the orderer's certificate")
    );
}
