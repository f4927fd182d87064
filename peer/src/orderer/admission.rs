use super::Refusal;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, SignedData, SigningIdentity, expires_at};
use selvedge_protos::common::{
    ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader,
};
use std::time::SystemTime;

/// Who may order. Fabric: the channel's writers.
const WRITERS: &str = "/Channel/Writers";
/// Who may read blocks.
pub(super) const READERS: &str = "/Channel/Readers";

/// What a message is to the ordering service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Normal,
    ConfigUpdate,
}

/// The channel a message is for, and what it is to be done with it there.
///
/// Fabric: orderer/common/multichannel/registrar.go, BroadcastChannelSupport.
pub(super) fn classify(envelope: &Envelope) -> Result<(String, Result<Class, Refusal>), Refusal> {
    let header = channel_header(envelope).map_err(Refusal::NoChannelHeader)?;
    let class = match HeaderType::try_from(header.r#type) {
        Ok(HeaderType::ConfigUpdate) => Ok(Class::ConfigUpdate),
        Ok(HeaderType::Config) => Err(Refusal::ConfigDirectly),
        Ok(HeaderType::OrdererTransaction) => Err(Refusal::NoLongerSupported),
        _ => Ok(Class::Normal),
    };
    Ok((header.channel_id, class))
}

fn channel_header(envelope: &Envelope) -> Result<ChannelHeader, String> {
    let payload = Payload::decode(envelope.payload.clone())
        .map_err(|error| format!("error unmarshalling Payload: {error}"))?;
    let header = payload.header.ok_or("header not set")?;
    if header.channel_header.is_empty() {
        return Err("channel header not set".to_owned());
    }
    ChannelHeader::decode(header.channel_header).map_err(|error| {
        format!("error unmarshalling channel header: error unmarshalling ChannelHeader: {error}")
    })
}

/// What every message must pass under the configuration in force.
///
/// Fabric: orderer/common/msgprocessor/standardchannel.go, CreateStandardChannelFilters.
pub(super) fn filter(
    envelope: &Envelope,
    config: &ChannelConfig,
    now: SystemTime,
) -> Result<(), Refusal> {
    if envelope.payload.is_empty() {
        return Err(Refusal::Empty);
    }
    let size = size(envelope);
    if let Some(limit) = config
        .orderer()
        .map(|orderer| orderer.batch.absolute_max_bytes)
        && size > limit as usize
    {
        return Err(Refusal::TooLarge { size, limit });
    }
    let signed = signed_data(envelope).map_err(Refusal::Unsigned)?;
    if expires_at(&signed.identity).is_some_and(|ends| now >= ends) {
        return Err(Refusal::Expired);
    }
    let policy = config.policy(WRITERS).ok_or(Refusal::NoPolicy(WRITERS))?;
    policy
        .evaluate(&[signed])
        .map_err(|error| Refusal::Denied(error.to_string()))
}

/// Bytes as batches count them.
pub(super) fn size(envelope: &Envelope) -> usize {
    envelope
        .payload
        .len()
        .saturating_add(envelope.signature.len())
}

/// Fabric: protoutil/signeddata.go, EnvelopeAsSignedData.
pub(super) fn signed_data(envelope: &Envelope) -> Result<SignedData, String> {
    let payload = Payload::decode(envelope.payload.clone()).map_err(|error| error.to_string())?;
    let header = payload.header.ok_or("Missing Header")?;
    let signature = SignatureHeader::decode(header.signature_header)
        .map_err(|error| format!("GetSignatureHeaderFromBytes failed, err {error}"))?;
    Ok(SignedData {
        data: envelope.payload.clone(),
        identity: signature.creator,
        signature: envelope.signature.clone(),
    })
}

/// The CONFIG transaction that a CONFIG_UPDATE leads to, signed by the orderer.
///
/// Fabric: orderer/common/msgprocessor/standardchannel.go, ProcessConfigUpdateMsg.
pub(super) fn config_transaction(
    update: &Envelope,
    config: &ChannelConfig,
    signer: &SigningIdentity,
    now: SystemTime,
    nonce: Bytes,
) -> Result<Envelope, Refusal> {
    filter(update, config, now).map_err(|refusal| Refusal::InitialChecks(Box::new(refusal)))?;
    let channel = config.channel_id();
    let proposed = config
        .propose_update(update)
        .map_err(|error| Refusal::Update {
            channel: channel.to_owned(),
            cause: error.to_string(),
        })?;
    let seconds = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let channel_header = ChannelHeader {
        r#type: HeaderType::Config as i32,
        timestamp: Some(prost_types::Timestamp {
            seconds: i64::try_from(seconds).unwrap_or_default(),
            nanos: 0,
        }),
        channel_id: channel.to_owned(),
        ..Default::default()
    };
    let signature_header = SignatureHeader {
        creator: signer.serialized().clone(),
        nonce,
    };
    let header = Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: signature_header.encode_to_vec().into(),
    };
    let payload = Payload {
        header: Some(header),
        data: proposed.encode_to_vec().into(),
    };
    let payload = Bytes::from(payload.encode_to_vec());
    let signature = signer.sign(&payload).into();
    let transaction = Envelope { payload, signature };
    filter(&transaction, config, now).map_err(|refusal| Refusal::FinalChecks(Box::new(refusal)))?;
    Ok(transaction)
}
