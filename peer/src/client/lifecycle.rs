//! Calls of `_lifecycle`.

use bytes::Bytes;
use prost::Message;

use super::{Call, ClientError};

/// A call of a `_lifecycle` function: its name and its serialized arguments. `channel` is empty for the functions about
/// packages.
pub fn lifecycle_call(channel: &str, function: &'static str, args: &impl Message) -> Call {
    Call {
        channel: channel.to_owned(),
        chaincode: "_lifecycle".to_owned(),
        args: vec![
            Bytes::from_static(function.as_bytes()),
            args.encode_to_vec().into(),
        ],
        ..Call::default()
    }
}

/// Decodes the result of a call.
///
/// # Errors
/// When `payload` is not a message of type `T`.
pub fn decode<T: Message + Default>(payload: &[u8]) -> Result<T, ClientError> {
    T::decode(payload).map_err(|error| {
        ClientError::Decode(
            "failed to unmarshal proposal response's response payload",
            error,
        )
    })
}
