use prost::Message as _;
use selvedge_protos::protos::ChaincodeAdditionalParams;

/// What the peer said in READY that it takes. A peer from before Fabric 3.1 says nothing, and gets one message per key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offers {
    /// Records in one WRITE_BATCH_STATE.
    pub(crate) write_batch: Option<usize>,
    /// Keys in one GET_STATE_MULTIPLE.
    pub(crate) multiple_keys: Option<usize>,
}

/// Smaller sizes are raised to this. Fabric: shim/handler.go handleEstablished.
const LEAST: u32 = 100;

impl Offers {
    /// Bytes that cannot be read offer nothing, as in the Go shim.
    pub(crate) fn read(payload: &[u8]) -> Self {
        let params = ChaincodeAdditionalParams::decode(payload).unwrap_or_default();
        let size = |used: bool, size: u32| {
            used.then(|| usize::try_from(size.max(LEAST)).unwrap_or(usize::MAX))
        };
        Self {
            write_batch: size(params.use_write_batch, params.max_size_write_batch),
            multiple_keys: size(
                params.use_get_multiple_keys,
                params.max_size_get_multiple_keys,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_count_only_when_switched_on_and_are_never_small() {
        let params = |batch, size, multiple, keys| {
            let params = ChaincodeAdditionalParams {
                use_write_batch: batch,
                max_size_write_batch: size,
                use_get_multiple_keys: multiple,
                max_size_get_multiple_keys: keys,
            };
            let Offers {
                write_batch,
                multiple_keys,
            } = Offers::read(&params.encode_to_vec());
            (write_batch, multiple_keys)
        };
        assert_eq!(params(true, 1000, true, 500), (Some(1000), Some(500)));
        assert_eq!(params(true, 1, true, 0), (Some(100), Some(100)));
        assert_eq!(params(false, 1000, false, 1000), (None, None));
        assert_eq!(Offers::read(b""), Offers::default());
        assert_eq!(Offers::read(b"\xff"), Offers::default());
    }
}
