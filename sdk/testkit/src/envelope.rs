use crate::{Event, Network};
use bytes::Bytes;
use prost::Message;
use selvedge_interface::{Response, Transaction};
use selvedge_protos::{common, protos};

/// What an endorsed transaction is made of.
pub(crate) struct Contents<'c> {
    pub(crate) transaction: &'c Transaction,
    pub(crate) nonce: &'c [u8],
    pub(crate) chaincode: &'c str,
    pub(crate) args: &'c [Bytes],
    pub(crate) response: &'c Response,
    pub(crate) results: &'c Bytes,
    pub(crate) event: Option<&'c Event>,
}

/// The transaction in Fabric's format, unsigned and unendorsed: the ledger judges neither.
pub(crate) fn envelope(contents: &Contents<'_>) -> Bytes {
    let creator = contents.transaction.creator.clone();
    let signature_header = common::SignatureHeader {
        creator,
        nonce: Bytes::copy_from_slice(contents.nonce),
    };
    let signature_header = bytes(&signature_header);
    let action = protos::TransactionAction {
        header: signature_header.clone(),
        payload: bytes(&protos::ChaincodeActionPayload {
            chaincode_proposal_payload: proposal_payload(contents),
            action: Some(protos::ChaincodeEndorsedAction {
                proposal_response_payload: response_payload(contents),
                endorsements: Vec::new(),
            }),
        }),
    };
    let payload = common::Payload {
        header: Some(common::Header {
            channel_header: channel_header(contents),
            signature_header,
        }),
        data: bytes(&protos::Transaction {
            actions: vec![action],
        }),
    };
    bytes(&common::Envelope {
        payload: bytes(&payload),
        signature: Bytes::new(),
    })
}

/// Block 0: a configuration that says nothing.
pub(crate) fn genesis_envelope(channel: &str) -> Bytes {
    let channel_header = common::ChannelHeader {
        r#type: common::HeaderType::Config.into(),
        channel_id: channel.to_owned(),
        ..Default::default()
    };
    let payload = common::Payload {
        header: Some(common::Header {
            channel_header: bytes(&channel_header),
            signature_header: Bytes::new(),
        }),
        data: bytes(&common::ConfigEnvelope {
            config: Some(common::Config::default()),
            last_update: None,
        }),
    };
    bytes(&common::Envelope {
        payload: bytes(&payload),
        signature: Bytes::new(),
    })
}

fn channel_header(contents: &Contents<'_>) -> Bytes {
    let time = contents.transaction.timestamp;
    bytes(&common::ChannelHeader {
        r#type: common::HeaderType::EndorserTransaction.into(),
        channel_id: Network::CHANNEL.to_owned(),
        tx_id: contents.transaction.tx_id.clone(),
        timestamp: Some(prost_types::Timestamp {
            seconds: time.seconds,
            nanos: time.nanos,
        }),
        ..Default::default()
    })
}

fn proposal_payload(contents: &Contents<'_>) -> Bytes {
    let spec = protos::ChaincodeSpec {
        chaincode_id: Some(chaincode_id(contents)),
        input: Some(protos::ChaincodeInput {
            args: contents.args.to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let input = bytes(&protos::ChaincodeInvocationSpec {
        chaincode_spec: Some(spec),
    });
    bytes(&protos::ChaincodeProposalPayload {
        input,
        ..Default::default()
    })
}

fn response_payload(contents: &Contents<'_>) -> Bytes {
    let event = contents.event.map(|event| {
        bytes(&protos::ChaincodeEvent {
            chaincode_id: contents.chaincode.to_owned(),
            tx_id: contents.transaction.tx_id.clone(),
            event_name: event.name.clone(),
            payload: event.payload.clone(),
        })
    });
    let action = protos::ChaincodeAction {
        results: contents.results.clone(),
        events: event.unwrap_or_default(),
        response: Some(protos::Response {
            status: contents.response.status,
            message: contents.response.message.clone(),
            payload: contents.response.payload.clone(),
        }),
        chaincode_id: Some(chaincode_id(contents)),
    };
    bytes(&protos::ProposalResponsePayload {
        proposal_hash: Bytes::new(),
        extension: bytes(&action),
    })
}

fn chaincode_id(contents: &Contents<'_>) -> protos::ChaincodeId {
    protos::ChaincodeId {
        name: contents.chaincode.to_owned(),
        version: "1.0".to_owned(),
        ..Default::default()
    }
}

fn bytes(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}
