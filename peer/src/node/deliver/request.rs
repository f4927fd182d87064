use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SignedData;
use selvedge_protos::common::{ChannelHeader, Envelope, Payload, SignatureHeader};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A signed request for blocks, taken apart. Its signature has not been looked at.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) channel_id: String,
    /// Serialized `orderer.SeekInfo`.
    pub(super) seek: Bytes,
    pub(super) signed: SignedData,
    timestamp: SystemTime,
    tls_cert_hash: Bytes,
}

/// Why a request is answered with BAD_REQUEST; for the log, the client sees only the status.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("the {0} cannot be parsed")]
    Unparsable(&'static str),
    #[error("envelope has no header")]
    NoHeader,
    #[error("channel header in envelope must contain timestamp")]
    NoTimestamp,
    #[error("envelope timestamp is more than {0:?} apart from current server time")]
    Timestamp(Duration),
    #[error("client claims a TLS certificate it did not use")]
    TlsBinding,
}

impl Request {
    /// Fabric: common/deliver/deliver.go, parseEnvelope.
    pub(super) fn parse(envelope: Envelope) -> Result<Self, Malformed> {
        let unparsable = |what| move |_| Malformed::Unparsable(what);
        let payload = Payload::decode(envelope.payload.clone()).map_err(unparsable("payload"))?;
        let header = payload.header.ok_or(Malformed::NoHeader)?;
        let channel =
            ChannelHeader::decode(header.channel_header).map_err(unparsable("channel header"))?;
        let signature = SignatureHeader::decode(header.signature_header)
            .map_err(unparsable("signature header"))?;
        let timestamp = channel.timestamp.ok_or(Malformed::NoTimestamp)?;
        Ok(Self {
            channel_id: channel.channel_id,
            seek: payload.data,
            signed: SignedData {
                data: envelope.payload,
                identity: signature.creator,
                signature: envelope.signature,
            },
            timestamp: system_time(timestamp),
            tls_cert_hash: channel.tls_cert_hash,
        })
    }

    /// `window` in either direction.
    pub(super) fn check_timestamp(
        &self,
        now: SystemTime,
        window: Duration,
    ) -> Result<(), Malformed> {
        let apart = match now.duration_since(self.timestamp) {
            Ok(apart) => apart,
            Err(ahead) => ahead.duration(),
        };
        if apart > window {
            Err(Malformed::Timestamp(window))
        } else {
            Ok(())
        }
    }

    /// `client`: SHA-256 of the client's TLS certificate where the server asks for one.
    ///
    /// Fabric: common/deliver/binding.go.
    pub(super) fn check_binding(&self, client: Option<&[u8]>) -> Result<(), Malformed> {
        match client {
            Some(hash) if hash != self.tls_cert_hash => Err(Malformed::TlsBinding),
            _ => Ok(()),
        }
    }
}

/// A timestamp outside what the system can express is as far away as any other wrong one.
fn system_time(timestamp: prost_types::Timestamp) -> SystemTime {
    let seconds = Duration::from_secs(timestamp.seconds.unsigned_abs());
    let whole = if timestamp.seconds < 0 {
        UNIX_EPOCH.checked_sub(seconds)
    } else {
        UNIX_EPOCH.checked_add(seconds)
    };
    let nanos = Duration::from_nanos(u64::try_from(timestamp.nanos).unwrap_or_default());
    whole
        .and_then(|whole| whole.checked_add(nanos))
        .unwrap_or(UNIX_EPOCH)
}
