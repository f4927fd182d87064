//! What is refused, and in which words.

use crate::network::{CHANNEL, Network, identity, script};
use bytes::Bytes;
use prost::Message;
use selvedge_identity::{SigningIdentity, tx_id};
use selvedge_peer::client::Call;
use selvedge_protos::{
    common::{ChannelHeader, Header, HeaderType, SignatureHeader},
    protos::{
        ChaincodeHeaderExtension, ChaincodeId, ChaincodeInput, ChaincodeInvocationSpec,
        ChaincodeProposalPayload, ChaincodeSpec, Proposal, SignedProposal,
    },
};

/// A proposal whose layers can be broken one by one.
struct Layers {
    kind: i32,
    epoch: u64,
    channel: String,
    tx_id: Option<String>,
    nonce: Bytes,
    creator: Bytes,
    extension: Bytes,
    input: Bytes,
    channel_header: Option<Bytes>,
    signature_header: Option<Bytes>,
    header: Option<Bytes>,
    payload: Option<Bytes>,
    proposal: Option<Bytes>,
    signature: Option<Bytes>,
}

fn encoded(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

fn chaincode(name: &str) -> Option<ChaincodeId> {
    Some(ChaincodeId {
        name: name.to_owned(),
        ..ChaincodeId::default()
    })
}

fn invocation(input: Option<ChaincodeInput>) -> ChaincodeInvocationSpec {
    let spec = ChaincodeSpec {
        chaincode_id: chaincode("kv"),
        input,
        ..ChaincodeSpec::default()
    };
    ChaincodeInvocationSpec {
        chaincode_spec: Some(spec),
    }
}

impl Layers {
    fn good(signer: &SigningIdentity) -> Self {
        let input = ChaincodeInput {
            args: vec![Bytes::from_static(b"run"), Bytes::from_static(b"[]")],
            ..ChaincodeInput::default()
        };
        Self {
            kind: HeaderType::EndorserTransaction.into(),
            epoch: 0,
            channel: CHANNEL.to_owned(),
            tx_id: None,
            nonce: Bytes::from_static(b"nonce"),
            creator: signer.serialized().clone(),
            extension: encoded(&ChaincodeHeaderExtension {
                chaincode_id: chaincode("kv"),
            }),
            input: encoded(&invocation(Some(input))),
            channel_header: None,
            signature_header: None,
            header: None,
            payload: None,
            proposal: None,
            signature: None,
        }
    }

    fn signed(self, signer: &SigningIdentity) -> Bytes {
        let channel_header = self.channel_header.unwrap_or_else(|| {
            encoded(&ChannelHeader {
                r#type: self.kind,
                epoch: self.epoch,
                channel_id: self.channel,
                tx_id: self
                    .tx_id
                    .unwrap_or_else(|| tx_id(&self.nonce, &self.creator)),
                extension: self.extension,
                ..ChannelHeader::default()
            })
        });
        let signature_header = self.signature_header.unwrap_or_else(|| {
            encoded(&SignatureHeader {
                creator: self.creator,
                nonce: self.nonce,
            })
        });
        let header = self.header.unwrap_or_else(|| {
            encoded(&Header {
                channel_header,
                signature_header,
            })
        });
        let payload = self.payload.unwrap_or_else(|| {
            encoded(&ChaincodeProposalPayload {
                input: self.input,
                ..ChaincodeProposalPayload::default()
            })
        });
        let proposal_bytes = self.proposal.unwrap_or_else(|| {
            encoded(&Proposal {
                header,
                payload,
                extension: Bytes::new(),
            })
        });
        let signature = self
            .signature
            .unwrap_or_else(|| signer.sign(&proposal_bytes).into());
        encoded(&SignedProposal {
            proposal_bytes,
            signature,
        })
    }
}

/// What is done to a good proposal.
type Change<'a> = &'a dyn Fn(&mut Layers);

/// Not a message: the length runs past the end.
const BROKEN: Bytes = Bytes::from_static(b"\x0a\x7f\x00");

#[test]
fn every_layer_that_is_broken_or_empty_has_its_text() {
    let network = Network::new(&["Org1"]);
    let signer = identity("Org1", "User1");
    let refusal = |change: Change<'_>| {
        let mut layers = Layers::good(&signer);
        change(&mut layers);
        network.organisations["Org1"]
            .endorser
            .process_proposal(layers.signed(&signer))
            .unwrap_err()
            .to_string()
    };
    let starts: [(&str, Change<'_>); 12] = [
        // With Fabric's filters on, the outer layers are refused by the filters.
        (
            "failed parsing proposal: error unmarshalling Proposal: ",
            &|l| l.proposal = Some(BROKEN),
        ),
        (
            "failed parsing header: error unmarshalling Header: ",
            &|l| l.header = Some(BROKEN),
        ),
        (
            "failed parsing signature header: error unmarshalling SignatureHeader: ",
            &|l| {
                l.signature_header = Some(BROKEN);
            },
        ),
        ("error unmarshalling ChannelHeader: ", &|l| {
            l.channel_header = Some(BROKEN)
        }),
        ("error unmarshalling ChaincodeHeaderExtension: ", &|l| {
            l.extension = BROKEN
        }),
        ("error unmarshalling ChaincodeProposalPayload: ", &|l| {
            l.payload = Some(BROKEN)
        }),
        ("error unmarshalling ChaincodeInvocationSpec: ", &|l| {
            l.input = BROKEN
        }),
        ("ChaincodeHeaderExtension.ChaincodeId is nil", &|l| {
            l.proposal = Some(Bytes::new())
        }),
        ("ChaincodeHeaderExtension.ChaincodeId is nil", &|l| {
            l.extension = Bytes::new()
        }),
        ("ChaincodeHeaderExtension.ChaincodeId.Name is empty", &|l| {
            l.extension = encoded(&ChaincodeHeaderExtension {
                chaincode_id: chaincode(""),
            });
        }),
        (
            "chaincode invocation spec did not contain chaincode spec",
            &|l| l.input = Bytes::new(),
        ),
        ("chaincode input did not contain any input", &|l| {
            l.input = encoded(&invocation(None))
        }),
    ];
    for (start, change) in starts {
        let text = refusal(change);
        assert!(text.starts_with(start), "{text}");
    }
}

#[test]
fn every_header_that_is_wrong_has_its_text() {
    let network = Network::new(&["Org1"]);
    let signer = identity("Org1", "User1");
    let refusal = |change: Change<'_>| {
        let mut layers = Layers::good(&signer);
        change(&mut layers);
        network.organisations["Org1"]
            .endorser
            .process_proposal(layers.signed(&signer))
            .unwrap_err()
            .to_string()
    };
    let expected = tx_id(b"nonce", signer.serialized());
    let malformed = "access denied: channel [golden] creator org unknown, creator is malformed";
    let texts: [(&str, Change<'_>); 11] = [
        ("invalid header type MESSAGE", &|l| l.kind = 0),
        ("invalid header type 77", &|l| l.kind = 77),
        ("epoch is non-zero", &|l| l.epoch = 1),
        ("nonce is empty", &|l| l.nonce = Bytes::new()),
        ("creator is empty", &|l| l.creator = Bytes::new()),
        (
            &format!("incorrectly computed txid 'x' -- expected '{expected}'"),
            &|l| l.tx_id = Some("x".to_owned()),
        ),
        ("empty signature bytes", &|l| {
            l.signature = Some(Bytes::new())
        }),
        (malformed, &|l| l.creator = Bytes::from_static(b"nobody")),
        (malformed, &|l| {
            let foreign = selvedge_protos::msp::SerializedIdentity {
                mspid: "None".to_owned(),
                ..Default::default()
            };
            l.creator = encoded(&foreign);
        }),
        (
            "access denied: channel [golden] creator org [Org1MSP]",
            &|l| l.signature = Some(Bytes::from_static(b"no")),
        ),
        (
            "access denied: channel [golden] creator org [Org2MSP]",
            &|l| {
                l.creator = identity("Org2", "User1").serialized().clone();
            },
        ),
    ];
    for (expected, change) in texts {
        assert_eq!(
            refusal(change),
            format!("error validating proposal: {expected}")
        );
    }
    // Without a channel only this peer's own organisation is known.
    let foreigner = identity("Org2", "User1");
    let layers = Layers {
        channel: String::new(),
        ..Layers::good(&foreigner)
    };
    let refused = network.organisations["Org1"]
        .endorser
        .process_proposal(layers.signed(&foreigner));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "error validating proposal: access denied: channel [] creator org unknown, creator is malformed"
    );
}

#[test]
fn a_good_proposal_in_layers_is_endorsed() {
    let network = Network::new(&["Org1"]);
    let signer = identity("Org1", "User1");
    let signed = Layers::good(&signer).signed(&signer);
    let response = network.organisations["Org1"]
        .endorser
        .process_proposal(signed)
        .unwrap();
    assert_eq!(response.response.unwrap().status, 200);
    assert!(response.endorsement.is_some());
}

#[test]
fn a_committed_transaction_is_not_endorsed_again() {
    let mut network = Network::new(&["Org1", "Org2"]);
    let signer = identity("Org1", "User1");
    let proposal = network.sign(&script("kv", r#"[["put","replayed","1"]]"#), &signer);
    let responses = [
        network.ask("Org1", &proposal).unwrap(),
        network.ask("Org2", &proposal).unwrap(),
    ];
    // A proposal may be endorsed again until its transaction is in a block.
    assert_eq!(
        network.ask("Org1", &proposal).unwrap().payload,
        responses[0].payload
    );
    let envelope = selvedge_peer::client::assemble(&proposal, &responses, &signer).unwrap();
    assert_eq!(network.commit(vec![envelope.encode_to_vec().into()]), [0]);
    let refused = network.ask("Org1", &proposal).unwrap_err().to_string();
    let creator = hex::encode(signer.serialized());
    assert_eq!(
        refused,
        format!(
            "duplicate transaction found [{}]. Creator [{creator}]",
            proposal.tx_id
        )
    );
}

#[test]
fn unknown_channels_and_chaincodes_and_functions() {
    let mut network = Network::new(&["Org1"]);
    let unknown = Call {
        channel: "nowhere".to_owned(),
        ..script("kv", "[]")
    };
    assert_eq!(
        network.refused("Org1", &unknown),
        "channel 'nowhere' not found"
    );
    assert_eq!(
        network.refused("Org1", &script("nobody", "[]")),
        "make sure the chaincode nobody has been successfully defined on channel golden and try again: chaincode nobody not found"
    );
    let system = |name: &str, args: &[&str]| Call {
        channel: CHANNEL.to_owned(),
        chaincode: name.to_owned(),
        args: args
            .iter()
            .map(|arg| Bytes::copy_from_slice(arg.as_bytes()))
            .collect(),
        ..Call::default()
    };
    let texts: [(Call, &str); 10] = [
        (
            system("_lifecycle", &[]),
            "lifecycle scc must be invoked with arguments",
        ),
        (
            system("_lifecycle", &["a"]),
            "lifecycle scc operations require exactly two arguments but received 1",
        ),
        (
            system("_lifecycle", &["Nothing", ""]),
            "Failed to authorize invocation due to failed ACL check: Unmapped policy for _lifecycle/Nothing",
        ),
        (
            system("qscc", &["GetChainInfo"]),
            "Incorrect number of arguments, 1",
        ),
        (
            system("qscc", &["GetBlockByNumber", "golden"]),
            "missing 3rd argument for GetBlockByNumber",
        ),
        (
            system("qscc", &["GetBlockByNumber", "nowhere", "1"]),
            "Invalid chain ID, nowhere",
        ),
        (
            system("qscc", &["Nothing", "golden", "1"]),
            "access denied for [Nothing][golden]: [Unmapped policy for qscc/Nothing]",
        ),
        (system("cscc", &[]), "Incorrect number of arguments, 0"),
        (
            system("cscc", &["Nothing", "x"]),
            "Requested function Nothing not found.",
        ),
        (
            system("cscc", &["GetChannelConfig", ""]),
            "empty channel name provided",
        ),
    ];
    for (call, text) in texts {
        assert_eq!(network.refused("Org1", &call), text);
    }
    assert_eq!(
        network.refused("Org1", &system("lscc", &["getccdata"])),
        "invalid number of arguments to lscc: 1"
    );
    let init = Call {
        is_init: true,
        ..system("qscc", &["GetChainInfo", "golden"])
    };
    assert!(
        network
            .refused("Org1", &init)
            .ends_with("chaincode 'qscc' does not require initialization but called as init")
    );
}

#[test]
fn a_channel_is_joined_once_and_only_by_its_genesis_block() {
    let mut network = Network::new(&["Org1"]);
    let aux = crate::recording::Recording::load("aux");
    let join = |block: Bytes| Call {
        chaincode: "cscc".to_owned(),
        args: vec![Bytes::from_static(b"JoinChain"), block],
        ..Call::default()
    };
    let form = "\"JoinChain\" for channelID = aux failed because of validation of configuration block, because of ";
    assert_eq!(
        network.refused("Org1", &join(aux.block(1))),
        format!(
            "{form}Bad configuration envelope: invalid type ENDORSER_TRANSACTION, expected CONFIG"
        )
    );
    assert!(
        network
            .refused("Org1", &join(BROKEN))
            .starts_with("Failed to reconstruct the genesis block, error unmarshalling Block: ")
    );
    assert_eq!(
        network.refused("Org1", &join(Bytes::new())),
        "\"JoinChain\" request failed to extract channel id from the block due to [failed to retrieve channel id - block is empty]"
    );
    let user = network.sign(&join(aux.block(0)), &identity("Org1", "User1"));
    let denied = network.ask("Org1", &user).unwrap().response.unwrap();
    assert!(
        denied
            .message
            .starts_with("access denied for [JoinChain][aux]: ["),
        "{}",
        denied.message
    );
    assert!(network.organisations["Org1"].peer.channel("aux").is_none());

    let joined = network.query("Org1", &join(aux.block(0))).response.unwrap();
    assert_eq!((joined.status, joined.payload.len()), (200, 0));
    assert!(network.organisations["Org1"].peer.channel("aux").is_some());
    assert_eq!(
        network.refused("Org1", &join(aux.block(0))),
        "cannot create ledger from genesis block: ledger [aux] already exists with state [ACTIVE]"
    );
}

#[test]
fn blocks_and_transactions_are_found() {
    use selvedge_protos::{
        common::Block,
        protos::{ChannelQueryResponse, ProcessedTransaction},
    };
    let mut network = Network::new(&["Org2"]);
    let mut ask = |channel: &str, name: &str, args: &[&[u8]]| {
        let call = Call {
            channel: channel.to_owned(),
            chaincode: name.to_owned(),
            args: args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect(),
            ..Call::default()
        };
        let response = network.query("Org2", &call).response.unwrap();
        assert_eq!(response.status, 200, "{response:?}");
        response.payload
    };
    let last = Block::decode(ask(
        CHANNEL,
        "qscc",
        &[b"GetBlockByNumber", b"golden", b"18446744073709551615"],
    ))
    .unwrap();
    let header = last.header.unwrap();
    assert_eq!(header.number, 53);
    let previous = ask(
        CHANNEL,
        "qscc",
        &[b"GetBlockByHash", b"golden", &header.previous_hash],
    );
    assert_eq!(
        Block::decode(previous.clone())
            .unwrap()
            .header
            .unwrap()
            .number,
        52
    );
    let first = "390a710834e1582eb4e29572c6895a68468876d3c28d7776523f3c66e1a18ab8";
    let found = ask(
        CHANNEL,
        "qscc",
        &[b"GetBlockByTxID", b"golden", first.as_bytes()],
    );
    assert_eq!(Block::decode(found).unwrap().header.unwrap().number, 1);
    let found = ask(
        CHANNEL,
        "qscc",
        &[b"GetTransactionByID", b"golden", first.as_bytes()],
    );
    assert_eq!(
        ProcessedTransaction::decode(found).unwrap().validation_code,
        0
    );
    let channels = ChannelQueryResponse::decode(ask("", "cscc", &[b"GetChannels"])).unwrap();
    assert_eq!(channels.channels[0].channel_id, "golden");
    let config = ask(CHANNEL, "cscc", &[b"GetChannelConfig", b"golden"]);
    assert!(
        selvedge_protos::common::Config::decode(config)
            .unwrap()
            .sequence
            >= 3
    );
    // Mapped to Admins by the recorded configuration: nobody alone is a majority of administrators.
    let info = Call {
        channel: CHANNEL.to_owned(),
        chaincode: "qscc".to_owned(),
        args: vec![
            Bytes::from_static(b"GetChainInfo"),
            Bytes::from_static(b"golden"),
        ],
        ..Call::default()
    };
    assert!(
        network
            .refused("Org2", &info)
            .starts_with("access denied for [GetChainInfo][golden]: [")
    );
}
