use bytes::Bytes;

/// 24 random bytes, as Fabric's nonces have. From the system's generator; should that fail, nothing can be signed.
pub(crate) fn nonce() -> Bytes {
    let mut bytes = [0; 24];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        // An all-zero nonce would repeat transaction IDs; an empty one is refused by everybody.
        tracing::error!("the system has no random numbers");
        return Bytes::new();
    }
    Bytes::copy_from_slice(&bytes)
}

/// A random number, for choices that nobody may foresee.
pub(crate) fn random_number() -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(nonce()) {
        *to = from;
    }
    u64::from_ne_bytes(bytes)
}
