//! Proposals that are broken, forged, or about nothing, over gRPC. All are refused before any chaincode is asked: what runs
//! it has no part in this.

use crate::harness::{CHANNEL, Net, Runtime, call, script, shared, sign};
use bytes::Bytes;
use prost::Message;
use selvedge_identity::SigningIdentity;
use selvedge_protos::common::{BlockHeader, ChannelHeader, Header, SignatureHeader};
use selvedge_protos::protos::{
    ChaincodeInvocationSpec, ChaincodeProposalPayload, Proposal, SignedProposal,
};
use serde_json::json;
use tonic::Code;

/// Where a proposal is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Proposal,
    Header,
    ChannelHeader,
    SignatureHeader,
    Extension,
    Payload,
    Input,
}

/// Messages of the layers of a good proposal.
struct Layers {
    channel: ChannelHeader,
    signature: SignatureHeader,
    payload: ChaincodeProposalPayload,
}

impl Layers {
    fn good(signer: &SigningIdentity) -> Self {
        let good = sign(&script(&json!([])), signer).signed;
        let proposal = Proposal::decode(good.proposal_bytes).unwrap();
        let header = Header::decode(proposal.header).unwrap();
        Self {
            channel: ChannelHeader::decode(header.channel_header).unwrap(),
            signature: SignatureHeader::decode(header.signature_header).unwrap(),
            payload: ChaincodeProposalPayload::decode(proposal.payload).unwrap(),
        }
    }

    /// Signed, with other bytes in the place of one layer.
    fn signed(
        mut self,
        signer: &SigningIdentity,
        replaced: Option<(Layer, &[u8])>,
    ) -> SignedProposal {
        let layer = |layer: Layer, good: Bytes| match replaced {
            Some((which, bytes)) if which == layer => Bytes::copy_from_slice(bytes),
            _ => good,
        };
        self.channel.extension = layer(Layer::Extension, self.channel.extension.clone());
        self.payload.input = layer(Layer::Input, self.payload.input.clone());
        let header = Header {
            channel_header: layer(Layer::ChannelHeader, encoded(&self.channel)),
            signature_header: layer(Layer::SignatureHeader, encoded(&self.signature)),
        };
        let proposal = Proposal {
            header: layer(Layer::Header, encoded(&header)),
            payload: layer(Layer::Payload, encoded(&self.payload)),
            extension: Bytes::new(),
        };
        let proposal_bytes = layer(Layer::Proposal, encoded(&proposal));
        let signature = signer.sign(&proposal_bytes).into();
        SignedProposal {
            proposal_bytes,
            signature,
        }
    }
}

fn encoded(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

/// The words of a gRPC error; whoever asks next is served.
fn refusal(net: &Net, signed: &SignedProposal) -> String {
    let errors = [0, 1].map(|peer| net.ask(peer, signed).unwrap_err());
    assert_eq!(errors[0].code(), Code::Unknown, "{:?}", errors[0]);
    assert_eq!(errors[0].message(), errors[1].message());
    net.next_is_right();
    errors[0].message().to_owned()
}

/// A proposal without a timestamp is as old as time: Fabric's filter says so before anybody looks further. The text
/// holds the peer's own time, so two peers' texts may differ.
fn out_of_time(net: &Net, signed: &SignedProposal) {
    for peer in [0, 1] {
        let refused = net.ask(peer, signed).unwrap_err();
        assert_eq!(refused.code(), Code::Unknown, "{refused:?}");
        let text =
            "request unauthorized due to incorrect timestamp 1970-01-01T00:00:00Z, peer time ";
        assert!(refused.message().starts_with(text), "{refused:?}");
    }
    net.next_is_right();
}

/// The length of the first field runs past the end.
const CUT: &[u8] = b"\x0a\x7f\x00";
/// The first field has a wire type that no message of the layers has there.
const OTHER: &[u8] = b"\x0d\x01\x02\x03\x04";
/// A tag of field number 0.
const NO_FIELD: &[u8] = b"\x00\x01";

#[test]
fn every_layer_that_does_not_decode_is_named() {
    let net = shared(Runtime::Wasm);
    let texts = [
        (
            Layer::Proposal,
            "failed parsing proposal: error unmarshalling Proposal: ",
        ),
        (
            Layer::Header,
            "failed parsing header: error unmarshalling Header: ",
        ),
        (
            Layer::ChannelHeader,
            "failed parsing channel header: error unmarshalling ChannelHeader: ",
        ),
        (
            Layer::SignatureHeader,
            "failed parsing signature header: error unmarshalling SignatureHeader: ",
        ),
        (
            Layer::Extension,
            "error unmarshalling ChaincodeHeaderExtension: ",
        ),
        (
            Layer::Payload,
            "error unmarshalling ChaincodeProposalPayload: ",
        ),
        (
            Layer::Input,
            "error unmarshalling ChaincodeInvocationSpec: ",
        ),
    ];
    let signer = net.user(0);
    for (layer, text) in texts {
        for broken in [CUT, OTHER, NO_FIELD] {
            // The extension has its name in field 2 and nothing in field 1, which may hold anything but what is cut.
            if layer == Layer::Extension && broken == OTHER {
                continue;
            }
            let signed = Layers::good(signer).signed(signer, Some((layer, broken)));
            let refused = refusal(net, &signed);
            assert!(refused.starts_with(text), "{layer:?}: {refused}");
        }
    }
}

#[test]
fn every_layer_that_is_empty_is_missed() {
    let net = shared(Runtime::Wasm);
    let no_id = "ChaincodeHeaderExtension.ChaincodeId is nil";
    let no_spec = "chaincode invocation spec did not contain chaincode spec";
    let texts = [
        (
            Layer::SignatureHeader,
            "error validating proposal: nonce is empty",
        ),
        (Layer::Extension, no_id),
        (Layer::Payload, no_spec),
        (Layer::Input, no_spec),
    ];
    let signer = net.user(0);
    for (layer, text) in texts {
        let signed = Layers::good(signer).signed(signer, Some((layer, b"")));
        assert_eq!(refusal(net, &signed), text, "{layer:?}");
    }
    for layer in [Layer::Proposal, Layer::Header, Layer::ChannelHeader] {
        out_of_time(
            net,
            &Layers::good(signer).signed(signer, Some((layer, b""))),
        );
    }
    let nothing = ChaincodeInvocationSpec {
        chaincode_spec: Some(Default::default()),
    };
    let nothing = encoded(&nothing);
    let signed = Layers::good(signer).signed(signer, Some((Layer::Input, &nothing)));
    assert_eq!(
        refusal(net, &signed),
        "chaincode input did not contain any input"
    );
}

#[test]
fn a_message_that_is_no_proposal_is_refused_by_grpc() {
    let net = shared(Runtime::Wasm);
    // A number where the bytes of the proposal should be.
    let header = BlockHeader {
        number: 7,
        ..Default::default()
    };
    let refused = net.ask_with(0, header).unwrap_err();
    assert_eq!(refused.code(), Code::Internal, "{refused:?}");
    net.next_is_right();
    out_of_time(net, &SignedProposal::default());
}

#[test]
fn text_fields_that_are_not_utf8_are_refused() {
    let net = shared(Runtime::Wasm);
    let signer = net.user(0);
    // Field 4 of the channel header is the channel's name, field 2 of the chaincode ID in field 2 is the name.
    for (layer, bytes, text) in [
        (
            Layer::ChannelHeader,
            &b"\x22\x02\xff\xfe"[..],
            "failed parsing channel header: error unmarshalling ChannelHeader: ",
        ),
        (
            Layer::Extension,
            b"\x12\x04\x12\x02\xff\xfe",
            "error unmarshalling ChaincodeHeaderExtension: ",
        ),
    ] {
        let signed = Layers::good(signer).signed(signer, Some((layer, bytes)));
        let refused = refusal(net, &signed);
        assert!(refused.starts_with(text), "{refused}");
    }
}

#[test]
fn forged_proposals_are_refused() {
    let net = shared(Runtime::Wasm);
    let signer = net.user(0);
    let refused = |change: &dyn Fn(&mut Layers)| {
        let mut layers = Layers::good(signer);
        change(&mut layers);
        refusal(net, &layers.signed(signer, None))
    };
    let denied =
        |who: &str| format!("error validating proposal: access denied: channel [{CHANNEL}] {who}");
    let malformed = denied("creator org unknown, creator is malformed");
    let other = net.user(1).serialized().clone();
    let with_creator = |layers: &mut Layers, creator: Bytes| {
        layers.channel.tx_id = selvedge_identity::tx_id(&layers.signature.nonce, &creator);
        layers.signature.creator = creator;
    };
    assert_eq!(
        refused(&|l| with_creator(l, other.clone())),
        denied("creator org [Org2MSP]")
    );
    assert_eq!(
        refused(&|l| with_creator(l, Bytes::from_static(b"nobody"))),
        malformed
    );
    let text = refused(&|l| l.channel.tx_id = "ab".repeat(32));
    assert!(
        text.starts_with("error validating proposal: incorrectly computed txid 'abab"),
        "{text}"
    );
    assert_eq!(
        refused(&|l| l.channel.r#type = 0),
        "error validating proposal: invalid header type MESSAGE"
    );
    assert_eq!(
        refused(&|l| l.channel.epoch = 1),
        "error validating proposal: epoch is non-zero"
    );
    let mut signed = Layers::good(signer).signed(signer, None);
    signed.signature = Bytes::from_static(b"not a signature");
    assert_eq!(refusal(net, &signed), denied("creator org [Org1MSP]"));
    // A good signature of something else.
    signed.signature = signer.sign(b"something else").into();
    assert_eq!(refusal(net, &signed), denied("creator org [Org1MSP]"));
    signed.signature = Bytes::new();
    assert_eq!(
        refusal(net, &signed),
        "error validating proposal: empty signature bytes"
    );
}

#[test]
fn a_proposal_of_another_time_is_refused() {
    let net = shared(Runtime::Wasm);
    let signer = net.user(0);
    for apart in [-3600, 3600] {
        let mut layers = Layers::good(signer);
        layers.channel.timestamp.as_mut().unwrap().seconds += apart;
        let errors = net.ask(0, &layers.signed(signer, None)).unwrap_err();
        let text = errors.message();
        assert!(
            text.starts_with("request unauthorized due to incorrect timestamp "),
            "{text}"
        );
        assert!(
            text.ends_with(", peer.authentication.timewindow 15m0s"),
            "{text}"
        );
        net.next_is_right();
    }
}

#[test]
fn unknown_channels_and_chaincodes_are_named() {
    let net = shared(Runtime::Wasm);
    let refused = |call: &selvedge_peer::client::Call, text: &str| {
        assert_eq!(net.refusal(call), (500, text.to_owned()));
        net.next_is_right();
    };
    let elsewhere = selvedge_peer::client::Call {
        channel: "nowhere".to_owned(),
        ..script(&json!([]))
    };
    refused(&elsewhere, "channel 'nowhere' not found");
    refused(
        &call("nobody", &[b"run"]),
        "make sure the chaincode nobody has been successfully defined on channel scenarios and try again: chaincode nobody not found",
    );
    let init = selvedge_peer::client::Call {
        is_init: true,
        ..script(&json!([]))
    };
    refused(
        &init,
        "error in simulation: failed to execute transaction TX: invalid invocation: chaincode 'script' does not require initialization but called as init",
    );
}
