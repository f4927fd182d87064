//! `channel signconfigtx|update`. Fabric: internal/peer/channel/signconfigtx.go, update.go, create.go.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use bytes::Bytes;
use prost::Message;
use selvedge_identity::{SigningIdentity, config_signature_bytes};
use selvedge_protos::common::{
    ChannelHeader, ConfigSignature, ConfigUpdateEnvelope, Envelope, HeaderType, Payload,
    SignatureHeader,
};

use super::args::{SignConfigTxArgs, UpdateArgs};
use super::core_config::CoreConfig;
use super::files::write_atomically;
use super::flags::OrdererFlags;
use super::note;
use super::session::{Peers, Session};
use crate::client::{Fresh, signed_envelope};

/// What is wrong with a file that should hold a configuration update.
#[derive(Debug, thiserror::Error)]
#[error("Invalid channel create transaction : {0}")]
struct Invalid(String);

/// Adds this identity's signature to the update in a file.
pub(super) fn sign_file(config: CoreConfig, args: SignConfigTxArgs) -> Result<String> {
    let path = given(args.file)?;
    let session = Session::alone(config)?;
    let signed = signed_again(&read(&path)?, "", &session.signer)?;
    write_atomically(&path, &signed.encode_to_vec())?;
    Ok(String::new())
}

/// Adds this identity's signature to the update in a file and sends it to the ordering service.
pub(super) async fn update(config: CoreConfig, args: UpdateArgs) -> Result<String> {
    if args.on.channel.is_empty() {
        bail!("Must supply channel ID");
    }
    let path = given(args.file)?;
    let session = if args.orderer.orderer.is_empty() {
        Session::open(
            config,
            "update",
            &args.connection,
            &args.on.channel,
            Peers::One,
        )
        .await?
    } else {
        Session::alone(config)?
    };
    submit(&session, &read(&path)?, &args.on.channel, &args.orderer).await?;
    note("Successfully submitted channel update");
    Ok(String::new())
}

/// Sends an update with one signature more.
pub(super) async fn submit(
    session: &Session,
    envelope: &Envelope,
    channel: &str,
    orderer: &OrdererFlags,
) -> Result<()> {
    let signed = signed_again(envelope, channel, &session.signer)?;
    let mut orderer = session
        .broadcaster(orderer, channel)
        .await
        .map_err(|error| anyhow!("Error getting broadcast client: {error:#}"))?;
    Ok(orderer.send(signed).await?)
}

fn given(file: Option<PathBuf>) -> Result<PathBuf> {
    match file {
        Some(path) if !path.as_os_str().is_empty() => Ok(path),
        _ => Err(Invalid("No configtx file name supplied".to_owned()).into()),
    }
}

/// The envelope in a file.
pub(super) fn read(path: &Path) -> Result<Envelope> {
    let bytes = std::fs::read(path).map_err(|error| {
        anyhow!(
            "channel create configuration tx file not found open {}: {error}",
            path.display()
        )
    })?;
    Envelope::decode(Bytes::from(bytes))
        .map_err(|error| anyhow!("error unmarshalling Envelope: {error}"))
}

/// The update with one signature more, in an envelope of the signer's. `channel` is the one expected; empty: any.
fn signed_again(envelope: &Envelope, channel: &str, signer: &SigningIdentity) -> Result<Envelope> {
    let (found, mut update) = opened(envelope)?;
    if !channel.is_empty() && channel != found {
        return Err(Invalid(format!("mismatched channel ID {found} != {channel}")).into());
    }
    let header = SignatureHeader {
        creator: signer.serialized().clone(),
        nonce: Bytes::copy_from_slice(&Fresh::from_system()?.nonce),
    };
    let signature_header = Bytes::from(header.encode_to_vec());
    let signed = config_signature_bytes(&signature_header, &update.config_update);
    update.signatures.push(ConfigSignature {
        signature: signer.sign(&signed).into(),
        signature_header,
    });
    Ok(signed_envelope(
        HeaderType::ConfigUpdate,
        &found,
        &update,
        Bytes::new(),
        signer,
        &Fresh::from_system()?,
    )?)
}

/// The channel's name and the update.
fn opened(envelope: &Envelope) -> Result<(String, ConfigUpdateEnvelope), Invalid> {
    let invalid = |text: &str| {
        Invalid(format!(
            "{text}; the file has to hold an envelope with a configuration update"
        ))
    };
    let payload = Payload::decode(envelope.payload.clone()).map_err(|_| invalid("bad payload"))?;
    let header = payload.header.unwrap_or_default().channel_header;
    if header.is_empty() {
        return Err(invalid("bad header"));
    }
    let header = ChannelHeader::decode(header)
        .map_err(|_| invalid("could not unmarshall channel header"))?;
    if header.r#type != i32::from(HeaderType::ConfigUpdate) {
        return Err(invalid("bad type"));
    }
    if header.channel_id.is_empty() {
        return Err(invalid("empty channel id"));
    }
    let update =
        ConfigUpdateEnvelope::decode(payload.data).map_err(|_| invalid("Bad config update env"))?;
    Ok((header.channel_id, update))
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_identity::Certificate;
    use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole};
    use selvedge_protos::common::Header;
    use selvedge_protos::msp::SerializedIdentity;
    use std::collections::BTreeMap;

    fn signer(organisation: &CryptoOrganisation) -> SigningIdentity {
        let enrolled = organisation.enroll("Admin", NodeRole::Admin, &BTreeMap::new());
        enrolled.unwrap().signing_identity().unwrap()
    }

    fn unsigned(kind: HeaderType, channel: &str, data: &[u8]) -> Envelope {
        let header = ChannelHeader {
            r#type: kind.into(),
            channel_id: channel.to_owned(),
            ..Default::default()
        };
        let payload = Payload {
            header: Some(Header {
                channel_header: header.encode_to_vec().into(),
                ..Default::default()
            }),
            data: Bytes::copy_from_slice(data),
        };
        Envelope {
            payload: payload.encode_to_vec().into(),
            signature: Bytes::new(),
        }
    }

    #[test]
    fn each_signature_is_added_to_the_others_and_holds() {
        let organisation = CryptoOrganisation::generate("a.example.com", "A", 1_700_000_000);
        let organisation = organisation.unwrap();
        let config_update = Bytes::from_static(b"update");
        let update = ConfigUpdateEnvelope {
            config_update: config_update.clone(),
            signatures: Vec::new(),
        };
        let mut envelope = unsigned(HeaderType::ConfigUpdate, "ch", &update.encode_to_vec());
        let signers = [signer(&organisation), signer(&organisation)];
        for signer in &signers {
            envelope = signed_again(&envelope, "ch", signer).unwrap();
        }
        let (channel, update) = opened(&envelope).unwrap();
        assert_eq!(
            (channel.as_str(), &update.config_update),
            ("ch", &config_update)
        );
        assert_eq!(update.signatures.len(), 2);
        for (signature, signer) in update.signatures.iter().zip(&signers) {
            let header = SignatureHeader::decode(signature.signature_header.clone()).unwrap();
            assert_eq!(&header.creator, signer.serialized());
            let signed = config_signature_bytes(&signature.signature_header, &config_update);
            let identity = SerializedIdentity::decode(header.creator).unwrap();
            let certificate = Certificate::from_pem(&identity.id_bytes).unwrap();
            let key = certificate.public_key().unwrap();
            key.verify(&signed, &signature.signature).unwrap();
        }
    }

    #[test]
    fn what_is_no_update_is_refused_in_fabrics_words() {
        let organisation = CryptoOrganisation::generate("a.example.com", "A", 1_700_000_000);
        let signer = signer(&organisation.unwrap());
        let refused = |envelope: &Envelope| {
            let error = signed_again(envelope, "ch", &signer).unwrap_err();
            error.to_string()
        };
        let prefixed = |text: &str| format!("Invalid channel create transaction : {text}");
        let no_update = |text: &str| {
            let wanted = "the file has to hold an envelope with a configuration update";
            prefixed(&format!("{text}; {wanted}"))
        };
        let garbage = Envelope {
            payload: Bytes::from_static(b"\xff"),
            ..Default::default()
        };
        assert_eq!(refused(&garbage), no_update("bad payload"));
        assert_eq!(refused(&Envelope::default()), no_update("bad header"));
        let other = unsigned(HeaderType::Config, "ch", b"");
        assert_eq!(refused(&other), no_update("bad type"));
        let nameless = unsigned(HeaderType::ConfigUpdate, "", b"");
        assert_eq!(refused(&nameless), no_update("empty channel id"));
        let elsewhere = unsigned(HeaderType::ConfigUpdate, "other", b"");
        assert_eq!(
            refused(&elsewhere),
            prefixed("mismatched channel ID other != ch")
        );
        let broken = unsigned(HeaderType::ConfigUpdate, "ch", b"\xff");
        assert_eq!(refused(&broken), no_update("Bad config update env"));
        assert_eq!(
            given(None).unwrap_err().to_string(),
            prefixed("No configtx file name supplied")
        );
    }
}
