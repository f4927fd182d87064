//! The form of a transaction: what cannot be read, is not what its header says, or was not signed by its creator.

use super::bench::Bench;
use super::draft::Draft;
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::common::{Header, HeaderType, Payload};

const GARBAGE: Bytes = Bytes::from_static(b"garbage");

/// What is changed in a good transaction, and the code it gets.
type Case = (&'static str, u8, fn(&mut Draft<'_>));

fn check(bench: &Bench, cases: &[Case]) {
    for (what, code, edit) in cases {
        assert_eq!(bench.code(&bench.draft().edit(edit)), *code, "{what}");
    }
}

/// Fabric: core/common/validation/msgvalidation.go, ValidateTransaction, validateCommonHeader.
#[test]
fn headers() {
    let bench = Bench::new();
    assert_eq!(bench.code(&bench.draft()), 0, "nothing is wrong with it");
    assert_eq!(bench.judge(vec![GARBAGE]), [255], "no envelope");
    assert_eq!(bench.judge(vec![Bytes::new()]), [3], "an empty envelope");
    check(
        &bench,
        &[
            ("no payload", 3, |d| d.with.payload = Some(Bytes::new())),
            ("no message", 2, |d| d.with.payload = Some(GARBAGE)),
            ("no header", 3, |d| d.with.header = Some(None)),
            ("empty header", 3, |d| {
                d.with.header = Some(Some(Header::default()));
            }),
            ("channel header", 3, |d| {
                d.with.channel_header = Some(GARBAGE)
            }),
            ("no channel header", 3, |d| {
                d.with.channel_header = Some(Bytes::new());
            }),
            ("signature header", 3, |d| {
                d.with.signature_header = Some(GARBAGE);
            }),
            ("no signature header", 3, |d| {
                d.with.signature_header = Some(Bytes::new());
            }),
            ("no nonce", 3, |d| d.nonce = Bytes::new()),
            ("no creator", 3, |d| d.creator = Bytes::new()),
            ("epoch", 3, |d| d.epoch = 1),
        ],
    );
}

/// Endorser transactions, configuration and updates of it are known; an update is no transaction of its own.
#[test]
fn header_types() {
    let bench = Bench::new();
    for (kind, code) in [
        (HeaderType::Message, 3),
        (HeaderType::ConfigUpdate, 7),
        (HeaderType::OrdererTransaction, 3),
        (HeaderType::DeliverSeekInfo, 3),
        (HeaderType::ChaincodePackage, 3),
    ] {
        let draft = bench.draft().edit(|d| d.header_type = kind as i32);
        assert_eq!(bench.code(&draft), code, "{kind:?}");
    }
    for unknown in [7, 9, 99, -1] {
        let draft = bench.draft().edit(|d| d.header_type = unknown);
        assert_eq!(bench.code(&draft), 3, "{unknown}");
    }
    let config = bench.draft().edit(|d| {
        d.header_type = HeaderType::Config as i32;
        d.with.data = Some(Bytes::new());
    });
    assert_eq!(bench.code(&config), 6, "configuration without data");
}

/// Of several things that are wrong, the first that is looked at gives the code.
#[test]
fn the_first_fault_decides() {
    let bench = Bench::new();
    check(
        &bench,
        &[
            ("creator before transaction ID", 4, |d| {
                d.with.signature = Some(GARBAGE);
                d.with.tx_id = Some("wrong".to_owned());
            }),
            ("creator before header type", 4, |d| {
                d.with.signature = Some(GARBAGE);
                d.header_type = HeaderType::ConfigUpdate as i32;
            }),
            ("header type before transaction ID", 7, |d| {
                d.with.tx_id = Some("wrong".to_owned());
                d.header_type = HeaderType::ConfigUpdate as i32;
            }),
            ("transaction ID before data", 8, |d| {
                d.with.tx_id = Some("wrong".to_owned());
                d.with.data = Some(GARBAGE);
            }),
            ("epoch before creator", 3, |d| {
                d.epoch = 7;
                d.with.signature = Some(GARBAGE);
            }),
        ],
    );
}

/// Fabric: core/common/validation/msgvalidation.go, checkSignatureFromCreator.
#[test]
fn creators() {
    let bench = Bench::new();
    check(
        &bench,
        &[
            ("no signature", 4, |d| d.with.signature = Some(Bytes::new())),
            ("another's signature", 4, |d| {
                d.creator = d.endorsers[0].serialized().clone();
            }),
            ("no identity", 4, |d| d.creator = GARBAGE),
            ("unknown channel", 4, |d| d.channel = "nowhere".to_owned()),
            ("no channel", 4, |d| d.channel = String::new()),
            ("unreadable channel name", 4, |d| {
                d.channel = "Golden".to_owned()
            }),
        ],
    );
    // A peer may submit, too: which roles may is the ordering service's affair.
    let by_peer = Draft::new(&bench.org3, &[&bench.org1], 1 << 40);
    assert_eq!(bench.code(&by_peer), 0);
}

#[test]
fn transaction_ids() {
    let bench = Bench::new();
    check(
        &bench,
        &[
            ("wrong", 8, |d| d.with.tx_id = Some("wrong".to_owned())),
            ("none", 8, |d| d.with.tx_id = Some(String::new())),
            ("upper case", 8, |d| {
                d.with.tx_id = Some(d.tx_id().to_uppercase());
            }),
        ],
    );
}

/// Fabric: core/common/validation/msgvalidation.go, validateEndorserTransaction.
#[test]
fn endorser_transactions() {
    let bench = Bench::new();
    check(
        &bench,
        &[
            ("no data", 5, |d| d.with.data = Some(Bytes::new())),
            ("no transaction", 5, |d| d.with.data = Some(GARBAGE)),
            ("no action", 5, |d| d.with.actions = Some(0)),
            ("two actions", 5, |d| d.with.actions = Some(2)),
            ("action header", 5, |d| d.with.action_header = Some(GARBAGE)),
            ("no action header", 5, |d| {
                d.with.action_header = Some(Bytes::new());
            }),
            ("action header without nonce", 5, |d| {
                let header = selvedge_protos::common::SignatureHeader {
                    creator: d.creator.clone(),
                    nonce: Bytes::new(),
                };
                d.with.action_header = Some(header.encode_to_vec().into());
            }),
            ("action payload", 5, |d| {
                d.with.action_payload = Some(GARBAGE)
            }),
            ("no action payload", 5, |d| {
                d.with.action_payload = Some(Bytes::new());
            }),
            ("no endorsed action", 5, |d| {
                d.with.endorsed_action = Some(None)
            }),
            ("response payload", 5, |d| {
                d.with.response_payload = Some(GARBAGE);
            }),
            ("no response payload", 5, |d| {
                d.with.response_payload = Some(Bytes::new());
            }),
            ("proposal hash", 5, |d| {
                d.with.proposal_hash = Some(Bytes::from_static(&[1; 32]));
            }),
            ("no proposal hash", 5, |d| {
                d.with.proposal_hash = Some(Bytes::new());
            }),
            ("no proposal payload", 5, |d| {
                d.with.proposal_payload = Some(Bytes::new());
            }),
        ],
    );
}

/// The header of the action need not be the transaction's; the proposal's hash covers the action's.
#[test]
fn an_action_may_have_a_header_of_its_own() {
    let bench = Bench::new();
    let draft = bench.draft().edit(|d| {
        let header = selvedge_protos::common::SignatureHeader {
            creator: Bytes::from_static(b"anybody"),
            nonce: Bytes::from_static(b"another"),
        };
        d.with.action_header = Some(header.encode_to_vec().into());
    });
    assert_eq!(bench.code(&draft), 0);
}

/// Fields nobody knows, and known ones of another wire type, are passed over at every level, as in Go.
#[test]
fn unknown_fields_change_nothing() {
    let bench = Bench::new();
    let strange =
        |bytes: Bytes| Bytes::from([&[0x08, 1, 0x9a, 0x06, 1, b'x'], &bytes[..]].concat());
    let draft = bench.draft();
    // Field 1 of Payload, Transaction and ChaincodeActionPayload holds bytes, not a number.
    let outer = draft
        .clone()
        .edit(|d| d.with.payload = Some(strange(d.payload())));
    assert_eq!(bench.code(&outer), 0, "payload");
    let inner = draft.clone().edit(|d| {
        let payload = Payload::decode(d.payload()).unwrap();
        d.with.data = Some(strange(payload.data));
    });
    assert_eq!(bench.code(&inner), 0, "transaction");
    let results = draft.clone().edit(|d| {
        // Field 2, the namespaces, as a number.
        d.with.results = Some(Bytes::from_static(&[0x10, 1]));
    });
    assert_eq!(bench.code(&results), 0, "read-write set");
}
