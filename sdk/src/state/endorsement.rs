//! The policy of one key, written by hand: a protobuf library for four small messages would outweigh the rest of a contract.

use crate::SdkError;
use selvedge_interface::Bytes;

/// Of `MSPRole.MSPRoleType`.
const PEER: u8 = 3;

/// An endorsement policy for single records: a peer of each of these organisations must endorse their changes. For
/// [`Records::set_policy`](super::Records::set_policy) and its like; once it is set, the record obeys it instead of the
/// chaincode's policy. The bytes are those of the Go helper `statebased` with the role `PEER`.
/// ```
/// # use selvedge_sdk::prelude::*;
/// const CARS: Records<String, String> = Records::new("car");
///
/// fn sell(tx: &Tx, plate: &str, buyer: String) -> Result<(), SdkError> {
///     CARS.set_policy(tx, plate, endorsed_by_all([&buyer])?)?; // takes effect with the next block
///     CARS.put(tx, plate, &buyer)
/// }
/// ```
///
/// # Errors
/// No organisation: nobody's endorsement would be asked for.
pub fn endorsed_by_all<M: AsRef<str>>(
    msp_ids: impl IntoIterator<Item = M>,
) -> Result<Bytes, SdkError> {
    let mut msp_ids: Vec<String> = msp_ids
        .into_iter()
        .map(|id| id.as_ref().to_owned())
        .collect();
    msp_ids.sort_unstable();
    msp_ids.dedup();
    if msp_ids.is_empty() {
        return Err(SdkError::internal(
            "an endorsement policy names at least one organisation",
        ));
    }
    let mut n_out_of = number(1, msp_ids.len());
    let mut identities = Vec::new();
    for (index, msp_id) in msp_ids.iter().enumerate() {
        n_out_of.extend(message(2, &number(1, index)));
        let role = [message(1, msp_id.as_bytes()), number(2, PEER.into())].concat();
        identities.extend(message(3, &message(2, &role)));
    }
    let envelope = [message(2, &message(2, &n_out_of)), identities].concat();
    Ok(envelope.into())
}

/// A field that is a varint.
fn number(field: u8, value: usize) -> Vec<u8> {
    let mut out = vec![field << 3];
    varint(&mut out, value);
    out
}

/// A field that is bytes, text or another message.
fn message(field: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![(field << 3) | 2];
    varint(&mut out, value.len());
    out.extend_from_slice(value);
    out
}

fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    // Seven bits are left.
    out.push(value as u8);
}
